"""Public addresses, and where they lead."""

from __future__ import annotations

import pytest

from getting_started.twilio_emulator.tunnel import Tunnel

PUBLIC = "https://agent.example.org"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        (f"{PUBLIC}/webhook?a=b", "http://127.0.0.1:8000/webhook?a=b"),
        (PUBLIC, "http://127.0.0.1:8000"),
        (f"{PUBLIC}?a=b", "http://127.0.0.1:8000?a=b"),
        ("wss://agent.example.org/ws/1", "ws://127.0.0.1:8000/ws/1"),
        ("https://a:b@agent.example.org/x", "http://a:b@127.0.0.1:8000/x"),
        ("https://agent.example.org@attacker.example/", None),
        ("https://agent.example.org.attacker.example/", None),
        ("http://agent.example.org/", None),
        ("https://other.example.org/webhook", None),
    ],
)
def test_public_address_leads_to_local_one(url: str, local: str | None) -> None:
    tunnel = Tunnel({PUBLIC: "http://127.0.0.1:8000"})

    assert tunnel.resolve(url) == (local or url)


def test_routed_request_tells_its_public_host() -> None:
    tunnel = Tunnel({PUBLIC: "http://127.0.0.1:8000"})

    assert tunnel.headers(f"{PUBLIC}/webhook") == {
        "Host": "agent.example.org",
        "X-Forwarded-Proto": "https",
    }
    assert tunnel.headers("https://a:b@agent.example.org/")["Host"] == "agent.example.org"
    assert tunnel.headers("https://other.example.org/") == {}
