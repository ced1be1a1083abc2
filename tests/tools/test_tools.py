"""The tools on the shop's data, as the model calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from agent.conversation import Conversation
from agent.errors import SettingsError
from agent.handoff.desk import Desk
from agent.history import History
from agent.memory import CustomerMemory
from agent.settings import load_settings
from agent.tool import Tool
from agent.twilio_api.http import ClientPool
from agent.twilio_api.memory import PooledMemoryClient
from tests.environment import COMPLETE
from tools import create_tools
from tools.context import ToolContext
from tools.search_knowledge import NOTHING, Knowledge

SETTINGS = load_settings(COMPLETE)
CONVERSATION = Conversation(
    id="conv_conversation_1",
    channel="CHAT",
    thread="CH1",
    customer_address="ana",
    agent_address="ai-assistant",
    history=History(turns=3),
)


@pytest.fixture(scope="module")
def tools() -> dict[str, Tool]:
    memory = PooledMemoryClient(ClientPool("", ""), "http://127.0.0.1:1", "mem_store_1")
    context = ToolContext(
        desk=cast(Desk, None),  # only the tool `handoff` uses it; see end_to_end
        memory=CustomerMemory(memory, SETTINGS),
        knowledge_folder=SETTINGS.knowledge_folder,
        orders_file=SETTINGS.orders_file,
    )
    return {tool.name: tool for tool in create_tools(context)}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("", "AGENT_ORDERS_FILE: .* is no JSON list of orders", id="no orders"),
        pytest.param("[1]", "AGENT_ORDERS_FILE: .* is no JSON list of orders", id="odd orders"),
        pytest.param("[]", "AGENT_KNOWLEDGE_FOLDER: there is no folder", id="no folder of pages"),
    ],
)
def test_data_that_is_not_there_is_named(tmp_path: Path, written: str, told: str) -> None:
    (tmp_path / "orders.json").write_text(written)
    folder = tmp_path / "none" if written == "[]" else tmp_path

    with pytest.raises(SettingsError, match=told):
        create_tools(
            ToolContext(
                desk=cast(Desk, None),
                memory=cast(CustomerMemory, None),
                knowledge_folder=folder,
                orders_file=tmp_path / "orders.json",
            )
        )


def test_every_tool_is_described_and_refuses_unknown_arguments(tools: dict[str, Tool]) -> None:
    definitions = [tool.to_definition() for tool in tools.values()]

    assert list(tools) == ["search_knowledge", "lookup_order", "recall_memory", "handoff"]
    assert all(definition["description"] for definition in definitions)
    assert all(
        definition["parameters"]["additionalProperties"] is False for definition in definitions
    )


def test_handoff_asks_the_model_for_these_things(tools: dict[str, Tool]) -> None:
    parameters = tools["handoff"].to_definition()["parameters"]

    names = {
        *("reason", "reason_code", "summary", "urgency", "department"),
        *("customer_choice", "callback_number"),
    }
    assert set(parameters["properties"]) == names
    assert parameters["required"] == ["reason"]


@pytest.mark.parametrize("number", ["1042", "#1042"])
async def test_order_is_found(tools: dict[str, Tool], number: str) -> None:
    found = await tools["lookup_order"].call(CONVERSATION, json.dumps({"order_number": number}))

    assert json.loads(found)["order_number"] == "1042"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"order_number": "999999"}, "There is no order 999999."),
        ({"order_number": "1042/../1043"}, "refused"),
        ({"order_number": "1042", "account": "another"}, "refused"),
        ({}, "refused"),
    ],
)
async def test_order_that_cannot_be_looked_up_is_told(
    tools: dict[str, Tool], arguments: dict[str, str], told: str
) -> None:
    assert told in await tools["lookup_order"].call(CONVERSATION, json.dumps(arguments))


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("How long does shipping take?", "Shipping"),
        ("when are you open on Saturdays", "Opening hours"),
        ("can I send something back and get a refund", "Returns and refunds"),
        ("which credit cards do you take", "Payment"),
    ],
)
def test_question_finds_its_page(query: str, page: str) -> None:
    found = Knowledge(SETTINGS.knowledge_folder).search(query)

    assert found[0].startswith(page)


@pytest.mark.parametrize("query", ["zebra", 'quote " AND NOT (', "what is it", "*"])
def test_nothing_is_found_without_a_shared_word(query: str) -> None:
    assert Knowledge(SETTINGS.knowledge_folder).search(query) == []


async def test_nothing_found_is_told(tools: dict[str, Tool]) -> None:
    assert await tools["search_knowledge"].call(CONVERSATION, '{"query": "zebra"}') == NOTHING


def test_pages_without_sections_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Parking\n\nThere are twelve places.\n")

    assert Knowledge(tmp_path).search("parking") == ["Parking\nThere are twelve places."]


async def test_memory_of_an_unknown_customer_is_empty(tools: dict[str, Tool]) -> None:
    recalled = await tools["recall_memory"].call(CONVERSATION, '{"query": "shoes"}')

    assert recalled == "Nothing is known."
