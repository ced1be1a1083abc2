"""Reading what a tool brought back: the order in it, or the sentences that answer a question."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

_FAILED: Final = re.compile(
    r"\b(?:fail\w*|error|could not|unable|unavailable|timed? ?out|took too long|invalid|refused|"
    r"not possible|did not work)\b",
    re.IGNORECASE,
)
_EMPTY: Final = re.compile(
    r"\b(?:no|not|nothing|none)\b.{0,40}\b(?:found|match\w*|result\w*|order|known|exist\w*|page\w*)\b"
    r"|\bnothing\b|\bunknown\b",
    re.IGNORECASE,
)
_STOP_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "a about an and any are as at be been but by can could did do does for from get give had "
        "has have hello hey hi how i if in is it its know long many me much my need of on or our "
        "please say should so some take tell that the their them there they this to us want was "
        "we were what when where which who why will with would you your sell buy "
        "don use hola cuál cuánto cómo dónde cuándo qué es el la los las un una de del en mi se "
        "su por para con tienen tiene puedo hay quiero saber está favor",
    )
)
_SPANISH_TOPICS: Final = {
    "envío": "shipping",
    "envio": "shipping",
    "envíos": "shipping",
    "devolución": "returns",
    "devolucion": "returns",
    "devolver": "return",
    "reembolso": "refund",
    "horario": "opening hours",
    "horarios": "opening hours",
    "abierto": "open store",
    "abren": "open store",
    "tienda": "store",
    "talla": "size",
    "tallas": "sizes",
    "garantía": "warranty",
    "garantia": "warranty",
    "reparación": "repair",
    "pago": "payment",
    "pagar": "pay",
    "tarjeta": "card",
    "cuesta": "costs",
}


def says_it_failed(output: str) -> bool:
    """Whether a tool's output, JSON or words, tells of a failure."""
    values = _load(output)
    if isinstance(values, dict):
        if values.get("error"):
            return True
        output = str(values.get("status", "")).replace("_", " ")
    return bool(_FAILED.search(output[:120]))


def order_in(output: str) -> dict[str, Any] | None:
    """The order anywhere in a JSON output: the object that has an `order_number` and a status."""
    for value in _walk(_load(output)):
        if isinstance(value, dict) and {"order_number", "status"} <= value.keys():
            return value
    return None


def order_facts(order: dict[str, Any]) -> dict[str, str]:
    """The order's fields as words for a sentence."""
    return {
        "number": str(order["order_number"]),
        "items": " and ".join(order.get("items") or ["your items"]),
        "carrier": str(order.get("carrier") or "our carrier"),
        **_spoken_date(order.get("expected_on")),
    }


def _spoken_date(iso_date: str | None) -> dict[str, str]:
    """A date as an English and as a Spanish sentence names it."""
    if not iso_date:
        return {"date": "a day we do not know yet", "fecha": "un día que aún no sabemos"}
    day = date.fromisoformat(iso_date)
    months = (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    )
    month = months.split()[day.month - 1]
    return {"date": f"{day:%B} {day.day}", "fecha": f"{day.day} de {month}"}


def topics(question: str) -> str:
    """The question's telling words, Spanish ones of the shop's trade in English."""
    words = re.findall(r"\w+", re.sub(r"'\w+", "", question.lower().replace("\u2019", "'")))
    return " ".join(_SPANISH_TOPICS.get(word, word) for word in words if word not in _STOP_WORDS)


def best_sentences(question: str, output: str) -> str | None:
    """The sentence that shares most words with the question, and the next; None when none does."""
    wanted = _stems(topics(question))
    candidates = list(_sentences(output))
    scores = [2 * len(wanted & _stems(text)) + len(wanted & title) for title, text in candidates]
    if not candidates or max(scores) == 0 or _says_nothing(output):
        return None
    best = scores.index(max(scores))
    title, answer = candidates[best]
    follows = candidates[best + 1 : best + 2]
    if follows and follows[0][0] == title:
        answer = f"{answer} {follows[0][1]}"
    return answer


def first_sentences(output: str, count: int = 2) -> str | None:
    """The beginning of what a tool says, when it says anything."""
    if _says_nothing(output):
        return None
    return " ".join(text for _, text in list(_sentences(output))[:count]) or None


def _says_nothing(output: str) -> bool:
    text = " ".join(_texts(output))
    return not text.strip() or bool(_EMPTY.search(text[:120]) and len(text) < 200)


def _sentences(output: str) -> Iterator[tuple[frozenset[str], str]]:
    """Sentences of an output of text or JSON, each with the words of the title above it."""
    title: frozenset[str] = frozenset()
    for block in (block for text in _texts(output) for block in text.split("\n\n")):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines and _is_title(lines[0], alone=len(lines) == 1):
            title = _stems(lines.pop(0))
        for line in lines:
            plain = re.sub(r"^[-*+]\s+|^\d+\.\s+|<[^>]*>|[*_`>\[\]]", "", line)
            yield from ((title, part) for part in re.split(r"(?<=[.!?])\s+", plain) if part)


def _is_title(line: str, *, alone: bool) -> bool:
    return line.startswith("#") or not (alone or line.endswith((".", "!", "?")))


def _texts(output: str) -> list[str]:
    value = _load(output)
    if value is None:
        return [output]
    return [text for text in _walk(value) if isinstance(text, str)]


def _load(output: str) -> Any:
    try:
        value = json.loads(output)
    except ValueError:
        return None
    return value if isinstance(value, dict | list) else None


def _walk(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            yield from _walk(child)


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(
        re.sub(r"(?:ing|ed|es|s|e|y|ies)$", "", word) for word in words if word not in _STOP_WORDS
    )
