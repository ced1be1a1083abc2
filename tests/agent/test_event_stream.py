"""Server-sent events, cut anywhere on their way."""

from __future__ import annotations

from typing import Any

import pytest

from agent.event_stream import EventDecoder


@pytest.mark.parametrize(
    ("received", "events"),
    [
        pytest.param(b'data: {"n": 1}\n\ndata: {"n": 2}\n\n', [{"n": 1}, {"n": 2}], id="two"),
        pytest.param(b'event: e\nid: 1\ndata: {"n": 1}\n\n', [{"n": 1}], id="other-fields"),
        pytest.param(b'data: {"n": 1}\r\n\r\n', [{"n": 1}], id="crlf"),
        pytest.param(b'data:{"n":1}\n\n', [{"n": 1}], id="no-space"),
        pytest.param(b'data: {"n":\ndata: 1}\n\n', [{"n": 1}], id="several-lines"),
        pytest.param(b': ping\n\ndata: {"n": 1}\n\n', [{"n": 1}], id="comment"),
        pytest.param(b'data: {"n": 1}\n\ndata: [DONE]\n\n', [{"n": 1}], id="done-mark"),
        pytest.param(b'data: {"n": 1}\n\ndata: {"n"', [{"n": 1}], id="broken-off"),
        pytest.param('data: "Grüße 👋"\n\n'.encode(), ["Grüße 👋"], id="unicode"),
    ],
)
def test_events_do_not_depend_on_cuts(received: bytes, events: list[Any]) -> None:
    for cut in range(len(received)):
        decoder = EventDecoder()

        assert [*decoder.feed(received[:cut]), *decoder.feed(received[cut:])] == events


def test_bare_event_is_its_type_alone() -> None:
    received = b'event: long\ndata: {not even read\n\nevent: e\ndata: {"n": 1}\n\n'

    assert [*EventDecoder(frozenset({b"long"})).feed(received)] == [{"type": "long"}, {"n": 1}]


def test_event_without_json_is_an_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        list(EventDecoder().feed(b"data: {not json\n\n"))
