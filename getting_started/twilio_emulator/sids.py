"""Identifiers with Twilio's shapes, from a seeded source so that runs repeat.

SIDs are two letters and 32 hex digits; the newer products use a prefix, an underscore and 26
characters matching `[0-7][0-9a-z]{25}`.
"""

from __future__ import annotations

import random

_TTID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Sids:
    """Makes identifiers; two instances with one seed make the same ones in the same order."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - identifiers of a test double, no secret

    def sid(self, prefix: str) -> str:
        """`sid("CA")` -> `CA` and 32 hex digits."""
        return prefix + format(self._random.getrandbits(128), "032x")

    def ttid(self, prefix: str) -> str:
        """`ttid("conv_conversation")` -> that, an underscore and 26 characters."""
        first = self._random.choice("01234567")
        rest = self._random.choices(_TTID_ALPHABET, k=25)
        return f"{prefix}_{first}{''.join(rest)}"
