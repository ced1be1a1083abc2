"""Flows that become templates again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_templates.formatting import to_text
from studio_templates.pull import Pulled, pull
from studio_templates.render import AGENT_HANDOFF, EXAMPLE, FLOWS, Parameters, render
from tests.studio_templates.console import Flow, save, widget_of

TEXT = AGENT_HANDOFF.read_text("utf-8")
TEMPLATE = json.loads(TEXT)
OTHER = "9" * 32


def sids(prefix: str) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=32, max_size=32).map(lambda text: prefix + text)


parameters = st.builds(
    Parameters,
    workspace_sid=sids("WS"),
    workflow_sid=sids("WW"),
    voice_task_channel_sid=sids("TC"),
    chat_task_channel_sid=sids("TC"),
    conversation_service_sid=st.one_of(st.just(""), sids("IS")),
    app_url=st.sampled_from(["", "https://a.example", "http://127.0.0.1:8000"]),
    flow_secret=st.text("abcXYZ019_-", min_size=16, max_size=64),
    websocket_path=st.sampled_from(["/ws", "/v2", "/Participants"]),
)


@settings(deadline=None)  # a shared machine may be slow
@given(parameters, st.booleans())
def test_pull_after_deploy_gives_the_template(given: Parameters, was_saved: bool) -> None:
    flow = render(given).to_dict()

    pulled = pull(save(flow) if was_saved else flow, TEMPLATE, given.to_values())

    assert to_text(pulled.template) == TEXT
    assert pulled.leftovers == ()


@pytest.mark.parametrize("path", sorted(FLOWS.glob("*.json")), ids=lambda path: path.stem)
def test_template_has_the_usual_form(path: Any) -> None:
    text = path.read_text("utf-8")

    assert to_text(json.loads(text)) == text


def edited(edit: Callable[[Flow], object]) -> Pulled:
    flow = copy.deepcopy(render(EXAMPLE).to_dict())
    edit(flow)
    return pull(save(flow), TEMPLATE, EXAMPLE.to_values(), name="agent_handoff")


def say(words: str) -> Callable[[Flow], object]:
    return lambda flow: widget_of(flow, "announce_person")["properties"].update(say=words)


# Words typed in the console, and what the template says then.
TURNED_BACK = [
    ("Just a moment.", "Just a moment."),
    (f"{EXAMPLE.app_url}/tone.wav", "${app_url}/tone.wav"),
    (f"{EXAMPLE.workflow_sid}, {EXAMPLE.workspace_sid}", "${workflow_sid}, ${workspace_sid}"),
    (EXAMPLE.to_values()["handoffs_url"] + "/x", "${handoffs_url}/x"),
    ("/ws", "/ws"),
]


@pytest.mark.parametrize(("words", "expected"), TURNED_BACK)
def test_values_become_placeholders(words: str, expected: str) -> None:
    pulled = edited(say(words))

    assert widget_of(pulled.template, "announce_person")["properties"]["say"] == expected
    assert pulled.leftovers == ()


def test_only_what_was_edited_changes() -> None:
    pulled = edited(say("Hm."))

    changed = set(to_text(pulled.template).splitlines()) - set(TEXT.splitlines())
    assert changed == {'      "properties": {"say": "Hm.", "loop": 1},'}


def test_new_widget_is_taken_along() -> None:
    leading = [{"event": "audioComplete", "next": "queue_call"}]
    widget = {"name": "beep", "type": "say-play", "properties": {"digits": "1"}}

    pulled = edited(lambda flow: flow["states"].append({**widget, "transitions": leading}))

    assert pulled.template["states"] == [*TEMPLATE["states"], {**widget, "transitions": leading}]


def test_removed_widget_is_removed() -> None:
    pulled = edited(lambda flow: flow["states"].pop())

    assert pulled.template["states"] == TEMPLATE["states"][:-1]


LEFT = {
    "another workflow": (
        "send_call_to_flex",
        {"workflow": f"WW{OTHER}"},
        f"properties.workflow: the template keeps ${{workflow_sid}}; the flow has WW{OTHER}",
    ),
    "another address of the agent": (
        "offer_agent_again",
        {"url": "wss://b.example/ws"},
        "properties.url: the template keeps ${socket_url}; the flow has wss://b.example/ws",
    ),
    "another password": (
        "get_pending_handoff",
        {
            "url": "https://studio:hunter2@a.example/handoffs/pending?CallSid={{trigger.call.CallSid}}"
        },
        "properties.url: the template keeps ${handoffs_url}; the flow has https://studio:***",
    ),
    "something of this account": (
        "announce_person",
        {"say": f"HX{OTHER}"},
        f"properties.say: HX{OTHER} is of this account",
    ),
    "a password": (
        "get_pending_handoff",
        {"url": "https://ana:hunter2@b.example/ask"},
        "properties.url: holds a password",
    ),
    "what reads as a placeholder": (
        "announce_person",
        {"say": "${money}"},
        "properties.say: ${money} reads as a placeholder",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_be_turned_back_is_told(name: str) -> None:
    widget, properties, message = LEFT[name]

    pulled = edited(lambda flow: widget_of(flow, widget)["properties"].update(properties))

    (error,) = pulled.leftovers
    assert str(error).startswith(f"agent_handoff: widget '{widget}': {message}")
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "name", ["another workflow", "another address of the agent", "another password"]
)
def test_other_value_of_a_parameter_stays_a_placeholder(name: str) -> None:
    widget, properties, _ = LEFT[name]

    pulled = edited(lambda flow: widget_of(flow, widget)["properties"].update(properties))

    assert pulled.template == TEMPLATE
