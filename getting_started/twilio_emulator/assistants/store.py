"""State of AI Assistants, and one turn of theirs: words in, tools called, words out.

https://www.twilio.com/docs/alpha/ai-assistants
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

from getting_started.twilio_emulator.assistants.models import (
    Assistant,
    AssistantRequest,
    Message,
    MessageRequest,
    Session,
    Tool,
    ToolRequest,
)
from getting_started.twilio_emulator.assistants.rules import FAILED, ToolAnswer, decide
from getting_started.twilio_emulator.errors import not_found

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MOST_TOOL_CALLS = 3


class AssistantsStore:
    """The account's assistants, their tools, and what was said."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.assistants: dict[str, Assistant] = {}
        self.tools: dict[str, Tool] = {}
        self.sessions: dict[str, Session] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def create_assistant(self, request: AssistantRequest) -> Assistant:
        assistant = Assistant(**self._new("aia_asst"), request=request)
        self.assistants[assistant.id] = assistant
        return assistant

    def create_tool(self, request: ToolRequest) -> Tool:
        """A tool; attached at once where the request names an assistant."""
        owner = self.find_assistant(request.assistant_id) if request.assistant_id else None
        tool = Tool(**self._new("aia_tool"), request=request)
        self.tools[tool.id] = tool
        if owner:
            owner.tools.append(tool)
        return tool

    def delete_tool(self, tool_id: str) -> None:
        tool = self.tools.pop(self.find_tool(tool_id).id)
        for assistant in self.assistants.values():
            assistant.tools = [one for one in assistant.tools if one is not tool]

    def find_assistant(self, assistant_id: str) -> Assistant:
        if assistant_id not in self.assistants:
            raise not_found(f"/Assistants/{assistant_id}")
        return self.assistants[assistant_id]

    def find_tool(self, tool_id: str) -> Tool:
        if tool_id not in self.tools:
            raise not_found(f"/Tools/{tool_id}")
        return self.tools[tool_id]

    def find_session(self, session_id: str) -> Session:
        if session_id not in self.sessions:
            raise not_found(f"/Sessions/{session_id}")
        return self.sessions[session_id]

    def receive(self, assistant_id: str, request: MessageRequest) -> Session:
        """Open the session of a message. One that wants the answer at a webhook is called after it.

        The customer's words are kept; `answer` replies to them.
        """
        assistant = self.find_assistant(assistant_id)
        name = request.session_id or self.twilio.sids.ttid("aia_sess")
        session_id = f"webhook:{name}" if request.webhook else name
        session = self.sessions.get(session_id)
        if session is None:
            fields = {**self._new("aia_sess"), "id": session_id}
            session = Session(**fields, assistant_id=assistant.id, identity=request.identity)
            self.sessions[session_id] = session
        self._note(session, "user", request.body)
        return session

    async def answer(self, session: Session, words: str) -> str:
        """What the assistant says to `words`; turns of one session do not overlap."""
        async with self._turns[session.id]:
            assistant = self.find_assistant(session.assistant_id)
            answers: list[ToolAnswer] = []
            while isinstance(decision := decide(assistant, words, answers), Tool):
                if len(answers) == MOST_TOOL_CALLS:
                    decision = FAILED
                    break
                answers.append(await self._call(decision, session))
            self._note(session, "assistant", decision)
            return decision

    async def answer_webhook(self, session: Session, words: str, url: str) -> None:
        """As `answer`, to the webhook that the message named."""
        form = {
            "Status": "Success",
            "SessionId": session.id,
            "AccountSid": session.account_sid,
            "Identity": session.identity,
            "Body": await self.answer(session, words),
        }
        await self.twilio.webhooks.request_form(url, form)

    async def _call(self, tool: Tool, session: Session) -> ToolAnswer:
        """The request that a tool is; whatever it answers is for the model."""
        headers = {
            "X-Session-Id": session.id,
            "X-Identity": session.identity,
            "X-Assistant-Id": session.assistant_id,
        }
        response = await self.twilio.webhooks.request_json(tool.request.meta.url, {}, headers)
        status = None if response is None else response.status_code
        answer = ToolAnswer(status, "" if response is None else response.text)
        self._note(session, "tool", answer.text, tool_id=tool.id, status=status)
        await self.twilio.journal.record(
            "assistant",
            event="tool",
            session_id=session.id,
            tool=tool.request.name,
            url=tool.request.meta.url,
            headers=headers,
            status=status,
            answer=answer.text,
        )
        return answer

    def _note(
        self, session: Session, role: Literal["user", "assistant", "tool"], text: str, **meta: Any
    ) -> None:
        message = Message(
            **self._new("aia_msg"),
            assistant_id=session.assistant_id,
            session_id=session.id,
            identity=session.identity,
            role=role,
            text=text,
            meta=meta,
        )
        session.messages.append(message)

    def _new(self, prefix: str) -> dict[str, Any]:
        """The fields that every new resource starts with."""
        return {
            "id": self.twilio.sids.ttid(prefix),
            "account_sid": self.twilio.account.sid,
            "created": self.twilio.clock.now(),
        }
