"""A tool the model may call: its schema, and the checks around running it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from agent.conversation import Conversation
from agent.errors import ToolError

logger = logging.getLogger(__name__)

TOOL_SECONDS = 8.0


@dataclass(frozen=True)
class Tool:
    """`arguments` is a pydantic model that refuses unknown names; its docstring is for the model.

    `run` gets the conversation from us, never from the model. `has_effects`: it is finished even
    when the caller interrupts.
    """

    name: str
    arguments: type[BaseModel]
    run: Callable[[Conversation, Any], Awaitable[str]]
    has_effects: bool = False

    def to_definition(self) -> dict[str, Any]:
        """The tool as the Responses API takes it."""
        schema = self.arguments.model_json_schema()
        return {
            "type": "function",
            "name": self.name,
            "description": schema.pop("description", ""),
            "parameters": schema,
            "strict": False,
        }

    async def call(self, conversation: Conversation, arguments: str) -> str:
        """Run with the model's JSON `arguments`; every failure comes back in words for it."""
        try:
            checked = self.arguments.model_validate_json(arguments or "{}")
            async with asyncio.timeout(TOOL_SECONDS):
                return await self.run(conversation, checked)
        except ValidationError as error:
            return f"The arguments were refused. {_in_words(error)}"
        except ToolError as error:
            return str(error)
        except TimeoutError:
            return f"The tool {self.name} took too long. Go on without it."
        except Exception:
            logger.exception("Tool %s failed", self.name)
            return f"The tool {self.name} failed. Go on without it."


def _in_words(error: ValidationError) -> str:
    return " ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}."
        for problem in error.errors(include_url=False, include_input=False)
    )
