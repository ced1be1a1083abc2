"""`POST /chat/token`: who gets a token, for which identity, and who does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from twilio.jwt.access_token import AccessToken

from agent.web.visitors import COOKIE, make_proof
from getting_started.local import LocalStack, running_locally

SHOP = "https://shop.example.org"
SECRET = "a secret of the shop"  # noqa: S105 - an invented one
ANA = "ana@example.org"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop_stack() -> AsyncIterator[LocalStack]:
    """An agent whose widget is on the pages of a shop that vouches for its customers."""
    settings = {
        "AGENT_CHAT_ORIGINS": SHOP,
        "AGENT_CHAT_HOST_SECRET": SECRET,
        "AGENT_CHAT_TOKENS_PER_MINUTE": "1000",
    }
    async with running_locally(settings) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def page(shop_stack: LocalStack) -> AsyncIterator[httpx.AsyncClient]:
    """A page of the shop in a browser that is new here."""
    headers = {"Origin": SHOP}
    async with httpx.AsyncClient(base_url=shop_stack.agent_url, headers=headers) as client:
        yield client


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(page: httpx.AsyncClient, **asked: str) -> dict[str, Any]:
    answer = await page.post("/chat/token", json=asked)
    assert answer.status_code == 200, answer.text
    admission: dict[str, Any] = answer.json()
    return admission


def proof_of(identity: str, *, key: str = SECRET, seconds: int = 3600) -> str:
    return make_proof(key, identity, int(time.time()) + seconds)


async def test_visitor_gets_token_for_the_bridged_service(
    shop_stack: LocalStack, page: httpx.AsyncClient
) -> None:
    admission = await ask(page)

    account = shop_stack.twilio.account
    payload = AccessToken.from_jwt(admission["token"], account.api_secret).payload
    assert payload["grants"]["identity"] == admission["identity"]
    assert payload["grants"]["chat"]["service_sid"] in shop_stack.twilio.classic.services
    assert (payload["iss"], payload["sub"]) == (account.api_key, account.sid)
    assert payload["exp"] - payload["nbf"] == admission["expiresInSeconds"] == 3600
    assert admission["agentIdentity"] == "ai-assistant"


async def test_visitor_comes_back_to_the_open_conversation(
    shop_stack: LocalStack, page: httpx.AsyncClient
) -> None:
    first = await ask(page)
    again = await ask(page)
    shop_stack.twilio.classic.close_conversation(first["conversationSid"])
    after_the_end = await ask(page)

    assert {one["identity"] for one in (first, again, after_the_end)} == {first["identity"]}
    assert again["conversationSid"] == first["conversationSid"]
    assert after_the_end["conversationSid"] != first["conversationSid"]


async def test_pages_that_ask_at_once_share_one_conversation(page: httpx.AsyncClient) -> None:
    proof = proof_of("many@example.org")
    admissions = await asyncio.gather(
        *(ask(page, identity="many@example.org", proof=proof) for _page in range(5))
    )

    assert len({one["conversationSid"] for one in admissions}) == 1


async def test_cookie_is_kept_from_scripts(page: httpx.AsyncClient) -> None:
    answer = await page.post("/chat/token", json={})

    assert "HttpOnly" in answer.headers["set-cookie"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda value: "visitor-of-others." + "0" * 64, id="invented"),
        pytest.param(lambda value: "visitor-of-others." + value.rpartition(".")[2], id="swapped"),
        pytest.param(lambda value: value[:-1], id="cut"),
        pytest.param(lambda value: value.partition(".")[0], id="unsigned"),
        pytest.param(lambda value: "", id="empty"),
        pytest.param(lambda value: "é", id="odd"),
    ],
)
async def test_forged_cookie_makes_a_new_visitor(page: httpx.AsyncClient, forge: Any) -> None:
    known = await ask(page)
    forged = forge(page.cookies[COOKIE])
    page.cookies.clear()

    answer = await page.post(
        "/chat/token", json={}, headers=[(b"cookie", f"{COOKIE}={forged}".encode())]
    )

    assert answer.json()["identity"] not in {known["identity"], "visitor-of-others"}
    assert answer.json()["identity"].startswith("visitor-")


@pytest.mark.parametrize("other", ['consent={"ads":0}', "=1", "a b=c", 'name="'])
async def test_other_cookies_of_the_site_keep_nobody_out(
    page: httpx.AsyncClient, other: str
) -> None:
    known = await ask(page)
    cookie = f"{other}; {COOKIE}={page.cookies[COOKIE]}"
    page.cookies.clear()

    answer = await page.post("/chat/token", json={}, headers={"Cookie": cookie})

    assert answer.json()["identity"] == known["identity"]


async def test_page_vouches_for_its_customer(page: httpx.AsyncClient) -> None:
    admission = await ask(page, identity=ANA, proof=proof_of(ANA))

    assert admission["identity"] == ANA
    assert COOKIE not in page.cookies


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        pytest.param({"identity": ANA}, 400, "both texts", id="no proof"),
        pytest.param({"proof": "1.a"}, 400, "both texts", id="no identity"),
        pytest.param({"identity": 7, "proof": "1.a"}, 400, "both texts", id="number"),
        pytest.param({"identity": "", "proof": "1.a"}, 400, "1 to 256", id="empty"),
        pytest.param({"identity": "x" * 257, "proof": "1.a"}, 400, "1 to 256", id="too long"),
        pytest.param({"identity": ANA, "proof": ""}, 403, "not of this identity", id="empty proof"),
        pytest.param({"identity": ANA, "proof": "é.é"}, 403, "not of this", id="odd proof"),
        pytest.param(
            {"identity": ANA, "proof": proof_of("bo@example.org")},
            403,
            "not of this identity",
            id="somebody else's proof",
        ),
        pytest.param(
            {"identity": ANA, "proof": proof_of(ANA, key="guessed")},
            403,
            "not of this identity",
            id="guessed secret",
        ),
        pytest.param(
            {"identity": ANA, "proof": proof_of(ANA, seconds=-1)}, 403, "expired", id="expired"
        ),
        pytest.param(
            {"identity": "ai-assistant", "proof": proof_of("ai-assistant")},
            403,
            "cannot be a customer's",
            id="the agent's",
        ),
        pytest.param(
            {"identity": "visitor-1", "proof": proof_of("visitor-1")},
            403,
            "cannot be a customer's",
            id="a visitor's",
        ),
    ],
)
async def test_identity_without_its_proof_is_refused(
    page: httpx.AsyncClient, asked: dict[str, Any], status: int, says: str
) -> None:
    answer = await page.post("/chat/token", json=asked)

    assert answer.status_code == status
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://shop.example.org.evil.example", "null", ""]
)
async def test_other_sites_get_no_token(page: httpx.AsyncClient, origin: str) -> None:
    answer = await page.post("/chat/token", json={}, headers={"Origin": origin})

    assert answer.status_code == 403
    assert "AGENT_CHAT_ORIGINS" in answer.json()["detail"]
    assert "access-control-allow-origin" not in answer.headers


async def test_our_sites_may_ask_from_another_origin(page: httpx.AsyncClient) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = await page.options("/chat/token", headers=asked)

    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        pytest.param(b"[]", "application/json", 400, id="no object"),
        pytest.param(b"{", "application/json", 400, id="no JSON"),
        pytest.param(b"[" * 4000, "application/json", 400, id="deep"),
        pytest.param(b" " * 5000, "application/json", 413, id="too large"),
        pytest.param(b"{}", "text/plain", 403, id="as a form would send it"),
    ],
)
async def test_body_that_is_no_object_is_refused(
    page: httpx.AsyncClient, body: bytes, media_type: str, status: int
) -> None:
    headers = {"Content-Type": media_type}
    answer = await page.post("/chat/token", content=body, headers=headers)

    assert answer.status_code == status


async def test_refusal_of_twilio_is_told(shop_stack: LocalStack, page: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=shop_stack.emulator_url) as emulator:
        fault = {"product": "conversations", "status": 400, "times": 1}
        (await emulator.post("/_emulator/faults", json=fault)).raise_for_status()

    answer = await page.post("/chat/token", json={})

    assert answer.status_code == 502
    assert "HTTP 400" in answer.json()["detail"]
