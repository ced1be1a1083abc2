"""Sentences that tell a customer that a person is coming: found by their words, without a model.

A file a language. Offers, questions, conditions and refusals are no promises; nor are calls back,
which other ways to a human may well have arranged.
"""

from __future__ import annotations

import re
from typing import Final

from agent.promises.english import ENGLISH
from agent.promises.french import FRENCH
from agent.promises.german import GERMAN
from agent.promises.spanish import SPANISH

_GRAMMARS: Final = (ENGLISH, GERMAN, SPANISH, FRENCH)
_PLAIN: Final = str.maketrans("\u2019\u2013\u2014*\u202f\u00a0", "'--   ")
_SENTENCE: Final = re.compile(r"[^.!?…\n]+[.!?…]*\s*|[.!?…\n]+\s*")


def prepare() -> None:
    """Compile all there is to look for: half a second, which no reply is to wait for."""
    find_promise("Hello")


def find_promise(text: str) -> str:
    """The first sentence that promises a person, or nothing."""
    return next((one.strip() for one in _SENTENCE.findall(text) if _is_promise(one)), "")


def without_promises(text: str) -> str:
    """The text without the sentences that promise a person."""
    return "".join(one for one in _SENTENCE.findall(text) if not _is_promise(one)).strip()


def _is_promise(sentence: str) -> bool:
    plain = " ".join(sentence.translate(_PLAIN).split())
    return any(grammar.is_promise(plain) for grammar in _GRAMMARS)
