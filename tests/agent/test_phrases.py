"""The fixed words: all of them in every language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from agent.handoff.availability import Absence, Why
from agent.handoff.desk import Answer, Reply
from agent.phrases import ENGLISH, PHRASES, Phrases, phrases_for

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize("phrases", PHRASES.values(), ids=PHRASES)
def test_nothing_is_left_empty_or_in_english(phrases: Phrases) -> None:
    english = asdict(ENGLISH)
    for name, words in asdict(phrases).items():
        assert words
        assert phrases is ENGLISH or words != english[name]


@pytest.mark.parametrize(
    ("language", "read_in"),
    [("de", "de-DE"), ("DE-at", "de-DE"), ("en-GB", "en-US"), ("it-IT", "en-US"), ("", "en-US")],
)
def test_phrases_of_a_language(language: str, read_in: str) -> None:
    assert phrases_for(language).language == read_in


@pytest.mark.parametrize(
    ("language", "opens", "offers", "told"),
    [
        ("en", "2026-11-25T14:00", ["callback"], "is closed until today 14:00. Shall I have a col"),
        (
            "en",
            "2026-11-30T09:00",
            ["callback", "ticket"],
            "until Monday 9:00. Shall I have a coll",
        ),
        ("en", "2027-01-01T09:00", [], "until Friday, January 1, 9:00. I am still here"),
        ("de", "2026-11-26T08:30", ["callback"], "erst morgen um 8:30 Uhr wieder da. Soll ich ein"),
        ("de", "2026-11-30T09:00", ["callback", "ticket"], "am Montag um 9:00 Uhr wieder da. Soll"),
        ("de", "2027-01-01T09:00", [], "am Freitag, dem 1. Januar, um 9:00 Uhr wieder da. Ich bin"),
        ("fr", "2026-11-25T14:00", ["ticket"], "revient aujourd'hui à 14:00. Voulez-vous que je t"),
        ("fr", "2027-01-01T09:00", ["callback"], "revient le vendredi 1 janvier à 9:00. Voulez-"),
        ("es", "2026-11-26T09:00", ["callback"], "vuelve mañana a las 9:00. ¿Quiere que le devol"),
        ("es", "2026-12-01T09:00", [], "vuelve el martes a las 9:00. Sigo aquí"),
    ],
)
def test_closed_hours_are_told_in_every_language(
    language: str, opens: str, offers: list[str], told: str
) -> None:
    opening = datetime.fromisoformat(opens).replace(tzinfo=UTC)
    absence = Absence(Why.CLOSED, opens=opening, seen=NOW)

    assert told in Reply(Answer.NOBODY_THERE, absence, offers).in_phrases(phrases_for(language))


@pytest.mark.parametrize("phrases", PHRASES.values(), ids=PHRASES)
def test_every_absence_and_offer_has_words_of_its_own(phrases: Phrases) -> None:
    choices = [[], ["callback"], ["callback", "ticket"], ["callback", "ticket", "wait"]]
    replies = [Reply(Answer.NOBODY_THERE, Absence(why), one) for why in Why for one in choices]

    told = {reply.in_phrases(phrases) for reply in replies}

    assert len(told) == len(Why) * len(choices)
    assert not any("{" in words for words in told)
    assert Reply(Answer.TAKES_OVER).in_phrases(phrases) == ""
