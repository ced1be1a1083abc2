"""What the agent says without its model, in the languages it can say it in."""

from __future__ import annotations

from agent.phrases.english import ENGLISH
from agent.phrases.french import FRENCH
from agent.phrases.german import GERMAN
from agent.phrases.phrases import Calendar, Phrases, Words
from agent.phrases.spanish import SPANISH

__all__ = ["ENGLISH", "PHRASES", "Calendar", "Phrases", "Words", "phrases_for"]

PHRASES = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH}


def phrases_for(language: str) -> Phrases:
    """Those of a language as de-DE; English where we have none."""
    return PHRASES.get(language.partition("-")[0].lower(), ENGLISH)
