"""A site of somebody else's: any page with the widget's tag, under a strict policy."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

PAGE: Final = """<!doctype html>
<html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script async src="{agent}/chat/widget.js" {attributes}></script></head>
<body><main><h1>A page</h1></main></body></html>"""


def address_of(site: str, lang: str = "en", direction: str = "ltr", **attributes: str) -> str:
    """Of a page whose tag has `data-...` attributes."""
    return f"{site}/?{urlencode({'lang': lang, 'dir': direction, **attributes})}"


def create_site(agent_url: str, emulator_url: str) -> Starlette:
    sources = f"{agent_url} {emulator_url}"
    policy = (
        f"default-src 'none'; script-src {sources}; connect-src {sources}; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )

    async def page(request: Request) -> HTMLResponse:
        query = dict(request.query_params)
        html = PAGE.format(
            lang=query.pop("lang"),
            dir=query.pop("dir"),
            agent=agent_url,
            attributes=" ".join(f'data-{key}="{escape(value)}"' for key, value in query.items()),
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    return Starlette(routes=[Route("/", page)])
