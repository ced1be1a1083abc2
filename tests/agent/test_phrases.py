"""The fixed words: all of them in every language."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from agent.phrases import ENGLISH, PHRASES, Phrases, phrases_for


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
