"""The templates themselves: rendering, and the picture."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from studio_templates.mermaid import to_mermaid
from studio_templates.render import (
    EXAMPLE,
    FLOWS,
    ParameterError,
    render,
    to_parameters,
)
from studio_templates.validate import find_errors
from studio_templates.variables import variables_read

README = (FLOWS.parent / "README.md").read_text(encoding="utf-8")
GIVEN = EXAMPLE.model_dump()


def test_agent_handoff_has_no_errors() -> None:
    assert find_errors(render(EXAMPLE), flow="agent_handoff") == []


def test_parameters_end_up_in_the_flow() -> None:
    flow = render(EXAMPLE)

    call, chat = flow.find("send_call_to_flex"), flow.find("send_conversation_to_flex")
    assert call is not None
    assert chat is not None
    assert call.properties["workflow"] == EXAMPLE.workflow_sid
    assert call.properties["channel"] == EXAMPLE.voice_task_channel_sid
    assert chat.properties["channel"] == EXAMPLE.chat_task_channel_sid
    assert "${" not in json.dumps(flow.to_dict())


def test_no_two_widgets_share_a_place() -> None:
    places = [tuple(one.properties["offset"].values()) for one in render(EXAMPLE).states]

    assert len(set(places)) == len(places)


@pytest.mark.parametrize("service_sid", ["", "IS" + "5" * 32])
def test_own_service_may_be_left_out(service_sid: str) -> None:
    parameters = to_parameters({**GIVEN, "conversation_service_sid": service_sid})

    assert find_errors(render(parameters)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"workflow_sid": None}, "parameter 'workflow_sid' is missing"),
        ({"workflow": "WW1"}, "there is no parameter 'workflow'"),
        ({"workflow_sid": "WS" + "0" * 32}, "parameter 'workflow_sid': "),
        ({"chat_task_channel_sid": "chat"}, "parameter 'chat_task_channel_sid': "),
        ({"conversations_url": "conversations.twilio.com"}, "parameter 'conversations_url': "),
        ({"flex_url": "https://a.example/'}}"}, "parameter 'flex_url': "),
        ({"flex_url": "https://a.example/"}, "parameter 'flex_url': "),
        ({"app_url": "https://a.example/path"}, "parameter 'app_url': "),
        ({"flow_secret": "a:b@c-0123456789"}, "parameter 'flow_secret': "),
        ({"flow_secret": None}, "parameter 'flow_secret': Value error, is needed with app_url"),
    ],
)
def test_wrong_parameter_is_named(changes: dict[str, Any], message: str) -> None:
    values = {key: value for key, value in {**GIVEN, **changes}.items() if value is not None}

    with pytest.raises(ParameterError, match=re.escape(message)):
        to_parameters(values)


def test_every_wrong_parameter_is_named_at_once() -> None:
    with pytest.raises(ParameterError) as raised:
        to_parameters({"workflow": "WW1"})

    message = str(raised.value)
    assert all(name in message for name in ("workspace_sid", "workflow_sid", "'workflow'"))


def test_app_may_be_left_out() -> None:
    flow = render(to_parameters({**GIVEN, "app_url": "", "flow_secret": ""}))

    split = flow.find("split_on_app")
    assert split is not None
    assert split.properties["input"] == "app: "
    assert split.next_on("noMatch") == "note_agent_failure"
    assert find_errors(flow) == []


def test_password_is_not_shown() -> None:
    assert EXAMPLE.flow_secret not in repr(EXAMPLE)


def test_unknown_placeholder_is_named(tmp_path: Path) -> None:
    template = tmp_path / "odd.json"
    template.write_text('{"initial_state": "${queue_sid}", "states": []}')

    with pytest.raises(ParameterError, match=r"odd\.json: there is no parameter 'queue_sid'"):
        render(EXAMPLE, template)


def test_readme_shows_the_flow() -> None:
    assert f"```mermaid\n{to_mermaid(render(EXAMPLE))}```" in README


def test_readme_explains_every_widget() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)

    assert set(explained) >= {widget.name for widget in render(EXAMPLE).states}


def test_readme_lists_every_variable() -> None:
    listed = re.findall(r"^\| `([\w.]+)` \|", README, re.MULTILINE)

    assert set(variables_read(render(EXAMPLE))) <= set(listed)
