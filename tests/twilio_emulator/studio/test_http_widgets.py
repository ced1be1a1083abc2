"""Make HTTP Request and Run Function, against the emulator itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.studio.conftest import Run, path_of, variables_of
from tests.twilio_emulator.studio.flows import Definition, flow, set_variables, widget

FORM = "application/x-www-form-urlencoded;charset=utf-8"


def request(url: str, **properties: Any) -> Definition:
    properties = {"method": "GET", "url": url, "content_type": FORM, **properties}
    return widget("fetch", "make-http-request", properties, success="read", failed="read")


def read(template: str) -> Definition:
    return set_variables("read", value=template)


async def test_json_answer_is_parsed(twilio: Twilio, run: Run) -> None:
    url = twilio.url("studio", "/v2/Flows")
    fetch = request(url, add_twilio_auth=True)

    template = "{{widgets.fetch.status_code}} {{widgets.fetch.parsed.flows[0].revision}}"
    execution = await run(flow(fetch, read(template)))

    assert variables_of(execution)["value"] == "200 1"


@pytest.mark.parametrize(
    ("url", "properties", "status"),
    [
        ("/studio/v2/Flows", {}, "401"),
        ("/studio/v2/Nothing", {"add_twilio_auth": True}, "404"),
        ("/studio/v2/Flows", {"parameters": [{"key": "method", "value": "x"}]}, ""),
        ("/studio/v2/Flows", {"method": "PUT"}, ""),
    ],
)
async def test_refusal_fails(
    twilio: Twilio, run: Run, url: str, properties: dict[str, Any], status: str
) -> None:
    fetch = request(twilio.base_url + url, **properties)

    execution = await run(flow(fetch, read("{{widgets.fetch.status_code}}")))

    assert execution.steps[1].name == "failed"
    assert variables_of(execution)["value"] == status


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/nobody", "no address at all"])
async def test_nobody_there_fails_without_outputs(run: Run, url: str) -> None:
    execution = await run(flow(request(url), read("[{{widgets.fetch.body}}]")))

    assert execution.steps[1].name == "failed"
    assert variables_of(execution)["value"] == "[]"


async def test_slow_answer_fails(twilio: Twilio, run: Run) -> None:
    twilio.studio.http_seconds = 0.05
    twilio.faults.add(Fault(product="studio", method="GET", delay=0.2))
    fetch = request(twilio.url("studio", "/v2/Flows"), add_twilio_auth=True)

    execution = await run(flow(fetch, read("{{widgets.fetch.status_code}}")))

    assert execution.steps[1].name == "failed"


def posted(twilio: Twilio, path: str) -> Any:
    requests = twilio.journal.since(0, "request")
    return next(entry.detail["body"] for entry in requests if entry.detail["path"] == path)


async def test_json_body_is_posted_as_rendered(twilio: Twilio, run: Run) -> None:
    path = "/v2/Flows/Validate"
    fetch = request(
        twilio.url("studio", path),
        method="POST",
        content_type="application/json;charset=utf-8",
        body='{"said":{{flow.data.words | to_json}}}',
        add_twilio_auth=True,
    )

    await run(flow(fetch, read("")), words='"é"\n')

    assert json.loads(posted(twilio, path)) == {"said": '"é"\n'}


async def test_parameters_are_posted_as_a_form(twilio: Twilio, run: Run) -> None:
    parameters = [{"key": "Note", "value": "a {{flow.data.who}}"}]
    path = "/v2/Flows/Validate"
    url = twilio.url("studio", path)
    fetch = request(url, method="POST", parameters=parameters, add_twilio_auth=True)

    await run(flow(fetch, read("")), who="b&c")

    assert posted(twilio, path) == "Note=a+b%26c"


@pytest.mark.parametrize(
    ("path", "event"), [("/_emulator/clock?seconds=0", "success"), ("/_emulator/nothing", "fail")]
)
async def test_function_succeeds_by_its_status(
    twilio: Twilio, run: Run, path: str, event: str
) -> None:
    call = widget("call", "run-function", {"url": twilio.base_url + path}, success="", fail="")

    execution = await run(flow(call))

    assert path_of(execution)[-1] == event
