"""Liquid as Studio speaks it: python-liquid, the filter `to_json`, and loops of at most 15 turns.

https://www.twilio.com/docs/studio/user-guide/liquid-template-language
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from liquid import Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.exceptions import LiquidError
from liquid.stream import TokenStream
from liquid.undefined import Undefined

MAX_LOOP_ITERATIONS = 15

__all__ = ["LiquidError", "environment", "render_text", "unknown_filters", "variables_of"]


class _ShortLoop(LoopExpression):
    """A loop that ends after the fifteenth turn."""

    def evaluate(self, context: RenderContext) -> tuple[Iterator[object], int]:
        items, length = super().evaluate(context)
        return islice(items, MAX_LOOP_ITERATIONS), min(length, MAX_LOOP_ITERATIONS)


class _ShortForTag(ForTag):
    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        assert isinstance(node, ForNode)  # noqa: S101 - narrows the base class's return type
        loop = node.expression
        node.expression = _ShortLoop(
            loop.token,
            loop.identifier,
            loop.iterable,
            limit=loop.limit,
            offset=loop.offset,
            reversed_=loop.reversed,
            cols=loop.cols,
        )
        return node


def to_json(value: object) -> str:
    """Compact JSON text; what does not exist renders empty, as everywhere in Studio."""
    if isinstance(value, Undefined):
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _make_environment() -> Environment:
    environment = Environment()
    environment.add_filter("to_json", to_json)
    environment.add_tag(_ShortForTag)
    return environment


environment = _make_environment()


def render_text(template: str, context: Mapping[str, Any]) -> str:
    """`template` with its variables filled in; raises LiquidError when it cannot be."""
    if "{{" not in template and "{%" not in template:
        return template
    return environment.from_string(template).render(**context)


def variables_of(template: str) -> list[list[Any]]:
    """The variables from outside the template, each as its path; raises LiquidError."""
    found = environment.from_string(template).analyze().globals
    return [variable.segments for uses in found.values() for variable in uses]


def unknown_filters(template: str) -> list[str]:
    """Filters that do not exist; raises LiquidError where the template does not parse."""
    used = environment.from_string(template).analyze().filters
    return [name for name in used if name not in environment.filters]
