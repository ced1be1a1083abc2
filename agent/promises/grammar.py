"""What the sentences of one language are made of that promise a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Grammar:
    """Regular expressions, for sentences with plain apostrophes and dashes.

    A promise does not count where a condition, a refusal or somebody else's words stand before it,
    since the last `new_start`, or a condition after it. `meanwhile` promises even in a question.
    """

    promises: tuple[str, ...]
    meanwhile: str
    new_start: str
    condition_before: str
    condition_after: str

    def is_promise(self, sentence: str) -> bool:
        promise, meanwhile, new_start, before, after = self._compiled
        if meanwhile.search(sentence):
            return True
        if sentence.endswith("?"):
            return False
        return any(
            not before.search(new_start.split(sentence[: found.start()])[-1])
            and not after.search(sentence[found.end() :])
            for found in promise.finditer(sentence)
        )

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        new_start = f"; |{self.new_start}"
        texts = ("|".join(self.promises), self.meanwhile, new_start)
        conditions = (self.condition_before, self.condition_after)
        return tuple(re.compile(text, re.IGNORECASE) for text in (*texts, *conditions))
