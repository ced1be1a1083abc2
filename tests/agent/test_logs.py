"""Log lines carry no phone numbers, card numbers, addresses or bodies."""

from __future__ import annotations

import logging

import pytest

from agent.logs import LONGEST, RedactingFormatter, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from +15550100001 to whatsapp:+15550100003", "from […01] to whatsapp:[…03]"),
        ("GET /x?From=%2B15550100001&To=ana%40example.org", "GET /x?From=[…01]&To=[e-mail]"),
        ("card 4111 1111 1111 1111.", "card […11]."),
        ("write to ana@example.org", "write to [e-mail]"),
        ("call CA00000000000000000000000000000001", "call CA00000000000000000000000000000001"),
        ("order 1042 took 250 ms", "order 1042 took 250 ms"),
    ],
)
def test_private_data_is_masked(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_request_bodies_are_left_out_and_lines_are_bounded() -> None:
    message = "Failed\nRequest body: {'text': 'my secret'}\n" + "x" * 100_000
    record = logging.LogRecord("tac", logging.ERROR, "", 0, message, None, None)

    line = RedactingFormatter("%(asctime)s %(message)s").format(record)

    assert "secret" not in line
    assert len(line) <= LONGEST + 30
    assert line.startswith("20")
