"""Only a message that says nothing but "never mind" ends the wait for a human."""

from __future__ import annotations

import pytest

from agent.handoff.never_mind import language_of_never_mind


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("never mind", "en"),
        ("Nevermind.", "en"),
        ("Oh, never mind, thanks!", "en"),
        ("ok cancel", "en"),
        ("CANCEL", "en"),
        ("Actually, forget it please", "en"),
        ("I don't want to wait", "en"),
        ("I don\u2019t want to wait anymore", "en"),
        ("no need, thank you", "en"),
        ("Olvídalo", "es"),
        ("¡olvidalo, gracias!", "es"),
        ("Ya no hace falta.", "es"),
        ("bueno, cancela por favor", "es"),
        ("déjalo", "es"),
        ("", None),
        ("no", None),
        ("ok thanks", None),
        ("cancel my order", None),
        ("How do I cancel?", None),
        ("never mind the size, is it in stock?", None),
        ("Never mind that. Where is my order?", None),
        ("don't cancel", None),
        ("do not forget it", None),
        ("cancela mi pedido", None),
        ("no me importa esperar", None),
        ("ya no funciona", None),
        ("never mind" + " " * 300 + "cancel my order", None),
        ("ok " * 20_000 + "x", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_whole_message_counts(text: str, language: str | None) -> None:
    assert language_of_never_mind(text) == language
