"""Public addresses of applications, and where they really listen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit


class Tunnel:
    """Maps `https://agent.example.org` to `http://127.0.0.1:8000`, and its `wss` likewise.

    What is signed and recorded is always the public address.
    """

    def __init__(self, routes: Mapping[str, str] | None = None) -> None:
        self._routes: dict[str, str] = {}
        for public, local in (routes or {}).items():
            self.route(public, local)

    def route(self, public: str, local: str) -> None:
        """From now on `public` is at `local`, as when a load balancer turns to another server."""
        self._routes[public.rstrip("/")] = local.rstrip("/")

    def resolve(self, url: str) -> str:
        """The address to connect to: that of the route, or `url` itself where there is none."""
        scheme, _, rest = url.partition("://")
        is_socket = scheme in {"ws", "wss"}
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        user, at, host = authority.rpartition("@")
        local = self._routes.get(f"{scheme.replace('ws', 'http')}://{host}")
        if local is None:
            return url
        local = local.replace("://", f"://{user}{at}", 1)
        return (re.sub("^http", "ws", local) if is_socket else local) + rest[len(authority) :]

    def headers(self, url: str) -> dict[str, str]:
        """What a tunnel adds to a routed request: the public host and scheme."""
        if self.resolve(url) == url:
            return {}
        parts = urlsplit(url)
        return {"Host": parts.netloc.rpartition("@")[2], "X-Forwarded-Proto": parts.scheme}
