"""TaskRouter's query expressions: which task a filter takes, which worker a queue reaches.

https://www.twilio.com/docs/taskrouter/expression-syntax
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"[^"]*"|'[^']*')
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<operator>==|!=|>=|<=|=|>|<|\(|\)|\[|\]|,)
      | (?P<word>[A-Za-z_][\w.]*)
    )""",
    re.VERBOSE,
)
_KEYWORDS = {"AND", "OR", "NOT", "IN", "HAS", "CONTAINS"}
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "IN": lambda item, items: item in _to_items(items),
    "HAS": lambda items, item: item in _to_items(items),
    "CONTAINS": lambda text, part: isinstance(text, str) and str(part) in text,
}


class ExpressionError(ValueError):
    """An expression that does not parse; the message shows where."""


def evaluate(expression: str, attributes: Mapping[str, Any]) -> bool:
    """Whether `expression` holds for `attributes`; dots reach into nested objects.

    An attribute that is not there equals nothing, so a comparison with it is false.
    """
    return bool(_Evaluation(expression, attributes).run())


def _to_items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _tokenize(expression: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"{expression!r}: unexpected {text[position:][:10]!r}")
        kind = match.lastgroup or ""
        value = match.group(kind)
        if kind == "word" and value.upper() in _KEYWORDS:
            kind, value = "operator", value.upper()
        tokens.append((kind, value))
        position = match.end()
    return tokens


class _Evaluation:
    """Recursive descent over the tokens, evaluating as it reads."""

    def __init__(self, expression: str, attributes: Mapping[str, Any]) -> None:
        self._expression = expression
        self._attributes = attributes
        self._tokens = _tokenize(expression)

    def run(self) -> Any:
        value = self._read_or()
        if self._tokens:
            raise self._unexpected()
        return value

    def _take(self, *operators: str) -> str | None:
        if self._tokens and self._tokens[0][0] == "operator" and self._tokens[0][1] in operators:
            return self._tokens.pop(0)[1]
        return None

    def _read_or(self) -> Any:
        value = self._read_and()
        while self._take("OR"):
            right = self._read_and()
            value = value or right
        return value

    def _read_and(self) -> Any:
        value = self._read_not()
        while self._take("AND"):
            right = self._read_not()
            value = value and right
        return value

    def _read_not(self) -> Any:
        if self._take("NOT"):
            return not self._read_not()
        if self._take("("):
            value = self._read_or()
            self._expect(")")
            return value
        return self._read_comparison()

    def _read_comparison(self) -> Any:
        left = self._read_operand()
        negated = self._take("NOT")
        symbol = self._take(*_COMPARISONS)
        if symbol is None:
            if negated:
                raise self._unexpected()
            return left
        right = self._read_operand()
        return _compare(symbol, left, right) is not bool(negated)

    def _read_operand(self) -> Any:
        if self._take("["):
            return self._read_list()
        if not self._tokens or self._tokens[0][0] == "operator":
            raise self._unexpected()
        kind, value = self._tokens.pop(0)
        if kind == "string":
            return value[1:-1]
        if kind == "number":
            return float(value) if "." in value else int(value)
        if value.lower() in _CONSTANTS:
            return _CONSTANTS[value.lower()]
        return self._look_up(value)

    def _read_list(self) -> list[Any]:
        items: list[Any] = []
        while not self._take("]"):
            items.append(self._read_operand())
            self._take(",")
        return items

    def _look_up(self, path: str) -> Any:
        value: Any = self._attributes
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            raise self._unexpected()

    def _unexpected(self) -> ExpressionError:
        found = repr(self._tokens[0][1]) if self._tokens else "the end"
        return ExpressionError(f"{self._expression!r}: unexpected {found}")


def _compare(symbol: str, left: Any, right: Any) -> bool:
    try:
        return _COMPARISONS[symbol](left, right)
    except TypeError:
        return False
