"""The history: bounded, pairs kept together, cut to what was heard."""

from __future__ import annotations

import pytest

from agent.history import History


def test_turns_are_bounded_when_nobody_summarizes() -> None:
    history = History(turns=2)
    for number in range(7):
        history.add_customer(f"question {number}")
        history.add_tool_call(f"call_{number}", "echo", "{}", "ok")
        history.add_agent(f"answer {number}")

    items = history.items()

    assert items[0] == {"role": "user", "content": "question 3"}
    assert len(items) == 4 * 4


def test_older_half_gives_way_to_its_summary() -> None:
    history = History(turns=4)
    for number in range(4):
        history.add_customer(f"question {number}")
    oldest = history.oldest()

    history.add_customer("question 4")
    history.fold(oldest, "Two questions.")

    assert history.summary == "Two questions."
    assert [item["content"] for item in history.items()] == [f"question {n}" for n in (1, 2, 3, 4)]
    assert history.oldest() == []


def test_interrupted_reply_keeps_what_was_heard() -> None:
    history = History(turns=5)
    history.add_customer("When does it come?")
    history.add_agent("It comes on Tuesday, and then the rest follows.")

    history.cut_last_reply("It comes on Tuesday")

    assert history.items()[-1]["content"] == "It comes on Tuesday [interrupted by the caller]"


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("One mom", ["One mom", "[interrupted by the caller]"]),
        ("One moment. It is", ["One moment. ", "It is [interrupted by the caller]"]),
        ("It is", ["One moment. ", "It is [interrupted by the caller]"]),
        ("one moment", ["One moment", "[interrupted by the caller]"]),
    ],
)
def test_reply_interrupted_around_a_tool_call(heard: str, kept: list[str]) -> None:
    history = History(turns=5)
    history.add_customer("Where is it?")
    history.add_agent("One moment. ")
    history.add_tool_call("call_1", "lookup_order", "{}", "shipped")
    history.add_agent("It is on its way.")

    history.cut_last_reply(heard)

    said = [item["content"] for item in history.items() if item.get("role") == "assistant"]
    assert said == kept


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        pytest.param("", ["It is here.", "[interrupted by the caller]"], id="at once"),
        pytest.param("I", ["It is here.", "I [interrupted by the caller]"], id="one letter"),
        pytest.param("It is", ["It is", "[interrupted by the caller]"], id="before it"),
        pytest.param("Is any", ["It is here.", "I am s [interrupted by the caller]"], id="other"),
    ],
)
def test_interrupted_remark_leaves_the_reply_before(heard: str, kept: list[str]) -> None:
    history = History(turns=5)
    history.add_customer("Where is it?")
    history.add_agent("It is here.")
    history.add_remark("I am still there.")

    history.cut_last_reply(heard)

    assert [item["content"] for item in history.items()][1:] == kept


def test_interruption_before_any_reply_changes_nothing() -> None:
    history = History(turns=5)
    history.add_customer("Hello")

    history.cut_last_reply("")

    assert history.items() == [{"role": "user", "content": "Hello"}]


def test_words_taken_back_leave_what_was_done() -> None:
    history = History(turns=5)
    history.add_customer("Hello")
    history.add_agent("Hi")
    history.add_customer("Where is it?")
    history.add_agent("One moment. ")
    history.add_tool_call("call_1", "lookup_order", "{}", "shipped")
    history.add_agent("It is on its")

    history.take_back_words()

    assert [item.get("content") or item["type"] for item in history.items()] == [
        *("Hello", "Hi", "Where is it?"),
        *("function_call", "function_call_output"),
    ]
