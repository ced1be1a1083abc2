"""Whether a customer who waits for a human writes that they no longer want one.

Only a message that says nothing else counts: who asks something as well waits on.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, cast

Language = Literal["en", "es"]

LONGEST = 100
APOSTROPHES = "'\u2019"

PHRASES = {
    "en": (
        *("never mind", "nevermind", "forget it", "forget about it", "forget that"),
        *("cancel", "cancel it", "cancel that", "cancel this", "cancel the transfer"),
        *("no need", "no need anymore", "no longer needed", "dont bother", "do not bother"),
        *("i dont want to wait", "i do not want to wait", "i dont want to wait anymore"),
        *("stop waiting", "i changed my mind", "i have changed my mind"),
    ),
    "es": (
        *("olvidalo", "olvidelo", "olvidate", "olvidese", "dejalo", "dejelo"),
        *("no importa", "da igual", "ya no", "ya no hace falta", "no hace falta"),
        *("cancelar", "cancela", "cancele", "cancelalo", "cancelelo"),
        *("no quiero esperar", "no quiero esperar mas", "ya no quiero esperar"),
        *("he cambiado de opinion", "cambie de opinion"),
    ),
}
"""In small letters, without accents, apostrophes and punctuation."""
FILLERS = (
    *("oh", "ok", "okay", "well", "actually", "then", "please", "no", "just", "sorry"),
    *("thanks", "thank you", "all right", "alright", "its fine", "thats fine", "hey"),
    *("bueno", "vale", "pues", "mejor", "por favor", "gracias", "muchas gracias", "perdon"),
)
"""What may stand before and after."""


def _either(words: tuple[str, ...]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_WHOLE = re.compile(
    rf"(?:(?:{_either(FILLERS)}) )*"
    rf"(?:(?P<en>{_either(PHRASES['en'])})|(?P<es>{_either(PHRASES['es'])}))"
    rf"(?: (?:{_either(FILLERS)}))*"
)


def language_of_never_mind(text: str) -> Language | None:
    """The language in which `text` says so, and nothing else; None when it does not."""
    found = _WHOLE.fullmatch(_plain(text)) if len(text) <= LONGEST else None
    return cast(Language, found.lastgroup) if found else None


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(
        one for one in letters if not unicodedata.combining(one) and one not in APOSTROPHES
    )
    return " ".join(re.findall(r"\w+", bare))
