"""What browsers use of the emulator, with tokens as the twilio library makes them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import ChatGrant

from getting_started.twilio_emulator.classic.browser import SDK_PATH, sdk_integrity
from getting_started.twilio_emulator.twilio import Twilio

ANA = "ana@example.org"


def make_token(twilio: Twilio, identity: str = ANA, **changed: Any) -> str:
    account = twilio.account
    fields: dict[str, Any] = {
        "account_sid": account.sid,
        "signing_key_sid": account.api_key,
        "secret": account.api_secret,
        "grants": [ChatGrant(service_sid=twilio.classic.default_service().sid)],
        **changed,
    }
    return str(AccessToken(identity=identity, **fields).to_jwt())


@pytest.fixture
async def chat_sid(twilio: Twilio) -> str:
    """A conversation that Ana is in."""
    conversation = twilio.classic.create_conversation(twilio.classic.default_service().sid)
    await twilio.classic.add_participant(conversation.sid, identity=ANA)
    return conversation.sid


@pytest.fixture
async def browser(twilio: Twilio) -> AsyncIterator[httpx.AsyncClient]:
    headers = {
        "Authorization": f"Bearer {make_token(twilio)}",
        "Origin": "https://shop.example.org",
    }
    address = f"{twilio.base_url}/_emulator/browser"
    async with httpx.AsyncClient(base_url=address, headers=headers) as client:
        yield client


async def test_token_opens_the_conversations_of_its_identity(
    browser: httpx.AsyncClient, chat_sid: str
) -> None:
    answer = await browser.get(f"/conversations/{chat_sid}")

    assert answer.json()["participants"][0]["identity"] == ANA
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"secret": "another secret, which has 32 characters"}, 20101, id="secret"),
        pytest.param({"signing_key_sid": "SK" + "9" * 32}, 20101, id="key"),
        pytest.param({"account_sid": "AC" + "9" * 32}, 20101, id="account"),
        pytest.param({"grants": []}, 20106, id="no grant"),
        pytest.param({"grants": [ChatGrant(service_sid="IS9")]}, 20106, id="other service"),
        pytest.param({"ttl": -5}, 20104, id="expired"),
    ],
)
async def test_other_token_is_refused(
    twilio: Twilio, browser: httpx.AsyncClient, chat_sid: str, changed: dict[str, Any], code: int
) -> None:
    token = make_token(twilio, **changed)
    answer = await browser.get(
        f"/conversations/{chat_sid}", headers={"Authorization": f"Bearer {token}"}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_token_ends_on_the_emulators_clock(
    twilio: Twilio, browser: httpx.AsyncClient, chat_sid: str
) -> None:
    twilio.clock.advance(3601)

    answer = await browser.get(f"/conversations/{chat_sid}")

    assert answer.json()["code"] == 20104


async def test_conversation_of_others_is_refused(
    twilio: Twilio, browser: httpx.AsyncClient, chat_sid: str
) -> None:
    token = make_token(twilio, "bo@example.org")
    headers = {"Authorization": f"Bearer {token}"}

    answer = await browser.get(f"/conversations/{chat_sid}", headers=headers)

    assert answer.status_code == 403


async def test_events_tell_what_happens_until_the_token_ends(
    twilio: Twilio, browser: httpx.AsyncClient, chat_sid: str
) -> None:
    seen = []
    path = f"/conversations/{chat_sid}/events"
    async with browser.stream("GET", path, params={"token": make_token(twilio)}) as stream:
        lines = stream.aiter_lines()
        seen.append(await next_event(lines))
        await browser.post(f"/conversations/{chat_sid}/messages", json={"body": "Hello"})
        seen.append(await next_event(lines))
        await twilio.classic.add_participant(chat_sid, identity="Jordan", is_human_agent=True)
        seen.append(await next_event(lines))
        twilio.classic.close_conversation(chat_sid)
        seen.append(await next_event(lines))
        async with httpx.AsyncClient(base_url=twilio.base_url) as control:
            await control.post("/_emulator/chat/expire-token", params={"identity": ANA})
        seen.append(await next_event(lines))

    names = ["conversation", "message", "conversation", "conversation", "token"]
    assert [name for name, _data in seen] == names
    assert seen[1][1]["body"] == "Hello"
    assert [one["identity"] for one in seen[2][1]["participants"]] == [ANA, "Jordan"]
    assert seen[3][1]["state"] == "closed"
    assert seen[4][1]["code"] == 20104


async def next_event(lines: AsyncIterator[str]) -> tuple[str, dict[str, Any]]:
    name = ""
    async for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            return name, json.loads(value)
    raise AssertionError("the events have ended")


async def test_expired_identity_goes_on_with_a_new_token(
    twilio: Twilio, browser: httpx.AsyncClient, chat_sid: str
) -> None:
    twilio.classic.tokens.expire(ANA)
    refused = await browser.get(f"/conversations/{chat_sid}")

    renewed = await browser.post("/token")

    assert refused.json()["code"] == 20104
    assert renewed.json() == {"identity": ANA}
    assert (await browser.get(f"/conversations/{chat_sid}")).status_code == 200


async def test_messages_come_in_pages(browser: httpx.AsyncClient, chat_sid: str) -> None:
    for number in range(5):
        await browser.post(
            f"/conversations/{chat_sid}/messages",
            json={"body": str(number), "attributes": {"clientId": number}},
        )

    page = await browser.get(f"/conversations/{chat_sid}/messages", params={"before": 3, "size": 2})

    assert [(one["body"], one["attributes"]) for one in page.json()] == [
        ("2", {"clientId": 2}),
        ("3", {"clientId": 3}),
    ]


async def test_sdk_is_where_twilio_has_it(twilio: Twilio) -> None:
    async with httpx.AsyncClient(base_url=twilio.base_url) as client:
        by_path = await client.get(SDK_PATH)
        by_name = await client.get(
            SDK_PATH.removeprefix("/sdk"), headers={"Host": "sdk.twilio.com"}
        )

    assert by_path.text == by_name.text
    assert by_path.headers["access-control-allow-origin"] == "*"
    assert sdk_integrity().startswith("sha256-")
