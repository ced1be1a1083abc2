"""Failures on demand, as a client of the API meets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.twilio import Twilio

PATH = "/taskrouter/v1/Workspaces"
ODD = {"workspaces": [{"sid": "WS1", "colour": "UNKNOWN"}]}


@pytest.fixture
async def client(twilio: Twilio) -> AsyncIterator[httpx.AsyncClient]:
    auth = (twilio.account.api_key, twilio.account.api_secret)
    async with new_client(base_url=twilio.base_url, auth=auth) as client:
        yield client


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ({"status": 503}, [503, 503]),
        ({"status": 503, "times": 1}, [503, 200]),
        ({"status": 503, "product": "studio"}, [200, 200]),
        ({"status": 503, "product": "taskrouter", "path": "/v1/Work*"}, [503, 503]),
        ({"status": 503, "path": "/v1/Tasks"}, [200, 200]),
        ({"status": 503, "method": "post"}, [200, 200]),
        ({"delay": 0.01}, [200, 200]),
    ],
)
async def test_fault_meets_what_it_matches(
    twilio: Twilio, client: httpx.AsyncClient, fault: dict[str, Any], statuses: list[int]
) -> None:
    twilio.faults.add(Fault(**fault))

    assert [(await client.get(PATH)).status_code for _ in range(2)] == statuses


async def test_status_comes_with_twilios_error(twilio: Twilio, client: httpx.AsyncClient) -> None:
    twilio.faults.add(Fault(status=429, code=20429, headers={"Retry-After": "2"}))

    answer = await client.get(PATH)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert (answer.json()["code"], answer.json()["status"]) == (20429, 429)


async def test_body_is_answered_as_given(twilio: Twilio, client: httpx.AsyncClient) -> None:
    twilio.faults.add(Fault(status=200, body=ODD, times=1))

    answers = [(await client.get(PATH)).json() for _ in range(2)]

    assert (answers[0], answers[1]["workspaces"]) == (ODD, [])


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
async def test_dropped_request_has_its_effect_or_none(
    twilio: Twilio, client: httpx.AsyncClient, drop: str, made: int
) -> None:
    twilio.faults.add(Fault.model_validate({"drop": drop}))

    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(PATH, data={"FriendlyName": "Acme"})

    assert len(twilio.taskrouter.workspaces) == made


async def test_failing_request_may_have_had_its_effect(
    twilio: Twilio, client: httpx.AsyncClient
) -> None:
    twilio.faults.add(Fault(status=500, is_taken=True))

    answer = await client.post(PATH, data={"FriendlyName": "Acme"})

    assert (answer.status_code, len(twilio.taskrouter.workspaces)) == (500, 1)


async def test_controls_never_fail(twilio: Twilio, client: httpx.AsyncClient) -> None:
    twilio.faults.add(Fault(status=500))

    cleared = await client.delete("/_emulator/faults")

    assert (cleared.status_code, (await client.get(PATH)).status_code) == (204, 200)


async def test_fault_is_in_the_journal(twilio: Twilio, client: httpx.AsyncClient) -> None:
    twilio.faults.add(Fault(status=500, times=2))

    for _ in range(3):
        await client.get(PATH)

    assert [entry.kind for entry in twilio.journal.since(0)] == [
        "fault",
        "fault",
        "request",
        "answer",
    ]
