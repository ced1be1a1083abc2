"""The languages of calls, as BCP 47 names them: en-US, de-DE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeGuard

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def is_language(spoken: object) -> TypeGuard[str]:
    """Whether it names one: `multi`, for which ConversationRelay is asked, does not."""
    return isinstance(spoken, str) and bool(_TAG.fullmatch(spoken))


def find_language(spoken: str, allowed: Sequence[str]) -> str | None:
    """The allowed language that was spoken, else the one that differs in its region only."""
    primary = _primary(spoken)
    alike = [one for one in allowed if _primary(one) == primary]
    exact = [one for one in alike if one.lower() == spoken.lower()]
    return next(iter(exact or alike), None)


def find_change(before: str, spoken: str, allowed: Sequence[str]) -> str | None:
    """The allowed language to go on in, if it is another one than before."""
    language = find_language(spoken, allowed)
    return language if language != find_language(before, allowed) else None


def put_first(language: str, allowed: Sequence[str]) -> list[str]:
    """The allowed languages, in their order but for this one, if it is among them."""
    found = find_language(language, allowed)
    return sorted(allowed, key=lambda one: one != found)


def note_of_language(spoken: str, allowed: Sequence[str], *, usual: str) -> str:
    """What the model is told of a caller who speaks another language than usual; else nothing."""
    if not spoken or spoken.lower() == usual.lower():
        return ""
    if allowed and find_language(spoken, allowed) is None:
        return f"The caller speaks {spoken} now. You can be heard in {', '.join(allowed)} only."
    return f"The caller speaks {spoken} now. Answer in that language."


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
