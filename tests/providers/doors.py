"""Where a fake provider posts its webhooks: a URL, or an ASGI application in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Callable[[], Awaitable[Scope]], Callable[[Scope], Awaitable[None]]], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


class UrlDoor:
    """A web server somewhere."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http

    async def knock(
        self, method: str, body: bytes, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> Answer:
        async with self._http.request(method, self._url, data=body, headers=headers, params=query) as response:
            return Answer(response.status, await response.read(), response.headers)


class AsgiDoor:
    """The application itself, without a socket. ``path`` as in ``/in/telegram/main``."""

    def __init__(self, app: AsgiApp, path: str) -> None:
        self._app, self._path = app, urlsplit(path).path

    async def knock(
        self, method: str, body: bytes, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> Answer:
        got = _Got()
        asked = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Scope:
            if asked:
                return asked.pop()
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        await self._app(self._scope(method, headers, query or {}), receive, got.send)
        return got.answer()

    def _scope(self, method: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Scope:
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": urlencode(query).encode(),
            "root_path": "",
            "headers": raw,
            "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", 80),
            "state": {},
        }


class _Got:
    def __init__(self) -> None:
        self._status, self._body, self._headers = 500, b"", dict[str, str]()

    async def send(self, event: Scope) -> None:
        if event["type"] == "http.response.start":
            self._status = event["status"]
            self._headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event["headers"]}
        elif event["type"] == "http.response.body":
            self._body += event.get("body", b"")

    def answer(self) -> Answer:
        return Answer(self._status, self._body, self._headers)


Door = UrlDoor | AsgiDoor
