"""Utterances, and what the demo model does about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from getting_started.demo_model.phrases import ENGLISH, SPANISH
from getting_started.demo_model.rules import RULES
from tests.demo_model.talk import (
    HANDOFF,
    Item,
    assistant,
    called,
    reply_to,
    speech,
    tool,
    tool_call,
    user,
)

GETTING_STARTED = Path(__file__).parents[2] / "getting_started"
ORDERS = {
    order["order_number"]: order
    for order in json.loads((GETTING_STARTED / "orders.json").read_text())
}
KNOWLEDGE = "\n\n".join(
    page.read_text() for page in sorted((GETTING_STARTED / "knowledge").glob("*.md"))
)


@pytest.mark.parametrize(
    ("words", "reason_code"),
    [
        ("I want to speak to a person", "customer_request"),
        ("Can I talk to someone about my bill?", "customer_request"),
        ("please get me a real human being", "customer_request"),
        ("Agent!", "customer_request"),
        ("representative please", "customer_request"),
        ("Connect me with your supervisor", "customer_request"),
        ("I would like a human", "customer_request"),
        ("Is there somebody I can talk to?", "customer_request"),
        ("I need to talk with one of your colleagues", "customer_request"),
        ("can I speak to customer service", "customer_request"),
        ("transfer me please", "customer_request"),
        ("Quiero hablar con una persona", "customer_request"),
        ("una persona, por favor", "customer_request"),
        ("páseme con un agente", "customer_request"),
        ("I want a refund of $250", "billing"),
        ("please refund my 1,200.50 dollars", "billing"),
        ("quiero un reembolso de 300 euros", "billing"),
        ("This is ridiculous", "complaint"),
        ("WHERE IS MY PARCEL NOW", "complaint"),
        ("¡Esto es inaceptable!", "complaint"),
        ("the camping stove caught fire", "safety"),
        ("your headlamp burned my hand, get me a person", "safety"),
    ],
)
def test_words_that_escalate(words: str, reason_code: str) -> None:
    call = tool_call(reply_to(user(words)))

    assert call.name == "handoff"
    assert call.arguments["reason_code"] == reason_code
    assert words in call.arguments["reason"]


@pytest.mark.parametrize(
    ("words", "name", "arguments"),
    [
        ("where is my order 1042", "lookup_order", {"order_number": "1042"}),
        ("What about #1042?", "lookup_order", {"order_number": "1042"}),
        ("track 1042", "lookup_order", {"order_number": "1042"}),
        ("my order is one oh four two", "lookup_order", {"order_number": "1042"}),
        ("¿Dónde está mi pedido 1043?", "lookup_order", {"order_number": "1043"}),
        ("I want a refund for order 1041", "lookup_order", {"order_number": "1041"}),
        ("order 1041 cost 129 dollars, why?", "lookup_order", {"order_number": "1041"}),
        ("What are your opening hours?", "search_knowledge", {"query": "opening hours"}),
        ("Hello, do you ship to Canada?", "search_knowledge", {"query": "ship canada"}),
        ("¿Cuál es el horario de la tienda?", "search_knowledge", None),
        ("what is your refund policy", "search_knowledge", {"query": "refund policy"}),
        ("What do you know about me?", "recall_memory", {"query": "What do you know about me?"}),
    ],
)
def test_words_that_call_another_tool(
    words: str, name: str, arguments: dict[str, Any] | None
) -> None:
    call = tool_call(reply_to(user(words)))

    assert call.name == name
    assert arguments is None or call.arguments == arguments


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", ENGLISH.greeting),
        ("Hello there", ENGLISH.greeting),
        ("Hola, buenos días", SPANISH.greeting),
        ("thank you so much", ENGLISH.anything_else),
        ("muchas gracias", SPANISH.anything_else),
        ("that's all, bye", ENGLISH.goodbye),
        ("okay", ENGLISH.how_can_i_help),
        ("no", ENGLISH.how_can_i_help),
        ("What can you do?", ENGLISH.abilities),
        ("please cancel my order 1043", ENGLISH.cannot_change_order),
        ("are you a real person?", ENGLISH.what_i_am),
        ("I don't want to talk to an agent, thanks", ENGLISH.anything_else),
        ("where is my order?", ENGLISH.ask_order_number),
        ("quiero saber dónde está mi pedido", SPANISH.ask_order_number),
        ("I want a refund", ENGLISH.ask_refund),
        ("I want a refund of 25 dollars", ENGLISH.refund_how),
    ],
)
def test_words_that_need_no_tool(words: str, said: str) -> None:
    assert speech(reply_to(user(words))) == said


def test_nothing_said_greets() -> None:
    assert speech(reply_to()) == ENGLISH.greeting


@pytest.mark.parametrize(
    "question",
    [
        ENGLISH.ask_order_number,
        f"{ENGLISH.ask_order_number[:30]} [interrupted by the caller]",
        ENGLISH.no_such_order.format(number="9999"),
        SPANISH.ask_order_number,
    ],
)
def test_number_alone_answers_the_question_for_it(question: str) -> None:
    reply = reply_to(user("where is order 9999"), assistant(question), user("1042"))

    assert tool_call(reply).arguments == {"order_number": "1042"}


def test_burst_of_messages_is_one_utterance() -> None:
    reply = reply_to(user("my order"), user("it is #1042"))

    assert tool_call(reply).arguments == {"order_number": "1042"}


@pytest.mark.parametrize("number", sorted(ORDERS))
def test_order_found_is_worded(number: str) -> None:
    output = json.dumps({"order": ORDERS[number]})

    text = speech(reply_to(user(f"where is order {number}"), *called("lookup_order", output)))

    assert number in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("number", "reason_code"), [("1041", "billing"), ("1043", "billing"), ("1046", None)]
)
def test_refund_goes_by_order_total(number: str, reason_code: str | None) -> None:
    lookup = called("lookup_order", json.dumps(ORDERS[number]))
    reply = reply_to(user(f"I want a refund for order {number}"), *lookup)

    if reason_code is None:
        assert speech(reply) == ENGLISH.refund_how
    else:
        assert tool_call(reply).arguments["reason_code"] == reason_code


def test_unknown_order_is_admitted() -> None:
    lookup = called("lookup_order", "No order has this number.")

    text = speech(reply_to(user("where is order 9999"), *lookup))

    assert text == ENGLISH.no_such_order.format(number="9999")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What are your opening hours?", "12 Harbor Street"),
        ("Is the store open on Sunday?", "closed"),
        ("How much does express shipping cost?", "15 dollars"),
        ("Do you ship to Canada?", "Canada and Mexico"),
        ("Can I return my jacket?", "30 days"),
        ("How long is the warranty on tents?", "five years"),
        ("Can I pay with PayPal?", "PayPal"),
        ("Do boots run small?", "half a size"),
        ("¿Cuánto cuesta el envío express?", "Lo encontré en inglés"),
    ],
)
def test_question_is_answered_from_what_was_found(question: str, said: str) -> None:
    text = speech(reply_to(user(question), *called("search_knowledge", KNOWLEDGE)))

    assert said in text
    assert not set("#*`") & set(text)


@pytest.mark.parametrize(
    "output",
    ["Nothing was found. Say that you do not know.", "[]", '{"results": []}', KNOWLEDGE],
)
def test_question_without_answer_is_admitted(output: str) -> None:
    question = user("What is the meaning of life?")

    assert speech(reply_to(question, *called("search_knowledge", output))) == ENGLISH.do_not_know


@pytest.mark.parametrize(
    ("question", "reason_code"),
    [("What is the meaning of life?", "cannot_resolve"), ("the app is frozen", "technical")],
)
def test_second_failure_in_a_row_escalates(question: str, reason_code: str) -> None:
    earlier = [user("Can you sing?"), assistant(ENGLISH.do_not_know)]

    reply = reply_to(*earlier, user(question), *called("search_knowledge", "Nothing found."))

    assert tool_call(reply).arguments["reason_code"] == reason_code


def test_offer_of_colleague_is_accepted() -> None:
    reply = reply_to(user("Can you sing?"), assistant(ENGLISH.do_not_know), user("Yes please"))

    assert tool_call(reply).name == "handoff"


@pytest.mark.parametrize(
    ("words", "output", "said"),
    [
        ("a human please", '{"status": "handoff_initiated"}', ENGLISH.connecting),
        ("a human please", "The customer is being connected.", ENGLISH.connecting),
        ("una persona por favor", "ok", SPANISH.connecting),
        ("a human please", '{"status": "handoff_failed"}', ENGLISH.handoff_failed),
        ("a human please", '{"error": "no answer"}', ENGLISH.handoff_failed),
        ("a human please", "The handoff failed: Studio answered 503.", ENGLISH.handoff_failed),
    ],
)
def test_outcome_of_handoff_is_told(words: str, output: str, said: str) -> None:
    assert speech(reply_to(user(words), *called("handoff", output))) == said


def test_result_of_an_earlier_turn_is_not_told_again() -> None:
    earlier = [user("a human please"), *called("handoff", "The handoff failed.")]

    reply = reply_to(*earlier, user("what are your opening hours?"))

    assert tool_call(reply).name == "search_knowledge"


def test_memory_is_retold() -> None:
    recall = called("recall_memory", '{"observations": ["Prefers size M jackets."]}')

    assert "size M" in speech(reply_to(user("What do you know about me?"), *recall))


def test_quoted_memory_is_not_what_the_customer_says() -> None:
    memory = user("<customer_memory>\nWanted a human last time.\n</customer_memory>")

    assert speech(reply_to(memory, user("Hello"))) == ENGLISH.greeting


@pytest.mark.parametrize(
    "words", ["a human please", "what are your opening hours?", "where is order 1042?", "Unsafe!"]
)
@pytest.mark.parametrize("fields", [{"tools": []}, {"tool_choice": "none"}])
def test_without_tools_it_only_speaks(words: str, fields: dict[str, Any]) -> None:
    assert speech(reply_to(user(words), **fields))


def test_handoff_gets_only_arguments_it_names() -> None:
    reply = reply_to(user("a human please"), tools=[tool("handoff", "reason")])

    assert tool_call(reply).arguments.keys() == {"reason"}


def test_handoff_summary_tells_what_was_tried() -> None:
    items: list[Item] = [
        user("where is order 1044?"),
        *called("lookup_order", json.dumps(ORDERS["1044"]), '{"order_number": "1044"}'),
        assistant("Order 1044 is delayed."),
        user("that is urgent, get me a person"),
    ]

    arguments = tool_call(reply_to(*items, tools=[HANDOFF])).arguments

    assert "where is order 1044?" in arguments["summary"]
    assert "looked up order 1044" in arguments["summary"]
    assert "order 1044 is delayed" in arguments["summary"]
    assert arguments["urgency"] == "high"
    assert arguments["department"] == "support"


def test_summarise_extracts_first_and_last_wish() -> None:
    transcript = "CUSTOMER: Where is order 1042?\nAI_AGENT: On its way.\nCUSTOMER: I need it today."

    text = speech(reply_to(user(transcript), instructions="Summarize the conversation.", tools=[]))

    assert "Where is order 1042?" in text
    assert "I need it today." in text
    assert "On its way." in text


def test_every_rule_says_when_it_applies() -> None:
    assert all((rule.__doc__ or "").count("\n") == 0 and rule.__doc__ for rule in RULES)
