"""Looking up an order in a JSON file of orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agent.conversation import Conversation
from agent.errors import SettingsError, ToolError
from agent.settings import variable_of
from agent.tool import Tool
from tools.context import ToolContext


class LookupOrder(BaseModel):
    """Look up one order by its number: status, items, total and expected delivery."""

    model_config = ConfigDict(extra="forbid")

    order_number: str = Field(
        pattern=r"^#?[0-9]{3,10}$", description="The order number the customer gave, digits only."
    )


def create_tool(context: ToolContext) -> Tool:
    orders = _read_orders(context.orders_file)

    async def run(_conversation: Conversation, arguments: LookupOrder) -> str:
        number = arguments.order_number.removeprefix("#")
        if number not in orders:
            raise ToolError(f"There is no order {number}. Ask the customer to check the number.")
        return json.dumps(orders[number], ensure_ascii=False)

    return Tool("lookup_order", LookupOrder, run)


def _read_orders(file: Path) -> dict[str, dict[str, Any]]:
    """By number. Raises SettingsError when the file holds no orders."""
    try:
        return {order["order_number"]: order for order in json.loads(file.read_text("utf-8"))}
    except (OSError, ValueError, LookupError, TypeError) as error:
        variable = variable_of("orders_file")
        raise SettingsError(f"{variable}: {file} is no JSON list of orders: {error!r}") from None
