"""What a browser does to the console: a logged-in client, and a socket that speaks ASGI without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, MutableMapping
from typing import Any

import httpx
from fastapi import FastAPI

HOST = "konsol.test"


class Refused(Exception):
    """The handshake was refused before it was accepted."""


class Browser:
    """One operator's browser: cookies, the page's token, and a live socket where asked for."""

    def __init__(self, app: FastAPI, address: str = "192.0.2.10") -> None:
        self.app = app
        transport = httpx.ASGITransport(app=app, client=(address, 50000))
        self.http = httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}")
        self.csrf = ""

    async def log_in(self, username: str, password: str) -> httpx.Response:
        answer = await self.http.post("/api/login", json={"username": username, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(f"/api{path}", **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf, "Origin": f"http://{HOST}", **more.pop("headers", {})}
        return await self.http.post(f"/api{path}", json=body if body is not None else {}, headers=headers, **more)

    async def socket(self, headers: Mapping[str, str] | None = None, *, room: int = 1000) -> Socket:
        """Open the live socket; ``room`` frames fit into the line before the server has to wait."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return await Socket.open(self.app, {"origin": f"http://{HOST}", "cookie": cookies, **(headers or {})}, room)


class Socket:
    """The browser's end of a WebSocket."""

    def __init__(self, app: FastAPI, headers: Mapping[str, str], room: int) -> None:
        self._app = app
        self._up: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._down: asyncio.Queue[dict[str, Any]] = asyncio.Queue(room)
        self._up.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/api/live",
            "raw_path": b"/api/live",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", HOST.encode()), *((name.encode(), said.encode()) for name, said in headers.items())],
            "client": ("192.0.2.10", 50001),
            "server": (HOST, 80),
            "subprotocols": [],
            "state": {},
            "extensions": {},
        }
        self.task = asyncio.create_task(self._run(scope))

    async def _run(self, scope: dict[str, Any]) -> None:
        async def send(event: MutableMapping[str, Any]) -> None:
            await self._down.put(dict(event))

        await self._app(scope, self._up.get, send)

    @classmethod
    async def open(cls, app: FastAPI, headers: Mapping[str, str], room: int) -> Socket:
        socket = cls(app, headers, room)
        first = await socket._next()
        if first["type"] != "websocket.accept":
            await socket.task
            raise Refused
        return socket

    async def hear(self) -> dict[str, Any]:
        """The next frame. Raises ConnectionResetError with the code when the server closes."""
        came = await self._next()
        if came["type"] == "websocket.close":
            raise ConnectionResetError(came["code"])
        frame: dict[str, Any] = json.loads(came["text"])
        return frame

    async def hear_all(self, having: str = "") -> list[dict[str, Any]]:
        """Every frame that comes until nothing is under way, and one of the type ``having`` by all means."""
        frames: list[dict[str, Any]] = []
        while having and having not in {frame["type"] for frame in frames}:
            frames.append(await self.hear())
        while True:
            await self._quiet()
            if self.empty():
                return frames
            frames.append(await self.hear())

    async def closed(self) -> int:
        """The code with which the server closes, whatever it says before."""
        try:
            while True:
                await self.hear()
        except ConnectionResetError as closed:
            return int(closed.args[0])

    def say(self, frame: Any) -> None:
        self._up.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    def say_raw(self, text: str) -> None:
        self._up.put_nowait({"type": "websocket.receive", "text": text})

    def empty(self) -> bool:
        """Whether nothing waits to be heard."""
        return self._down.empty()

    async def leave(self) -> None:
        self._up.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, 30)

    async def _next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._down.get(), 30)

    async def _quiet(self) -> None:
        """Until nothing is under way, where that is known; else for a moment."""
        quiet = getattr(self._app.state, "quiet", None)
        await (quiet() if quiet is not None else asyncio.sleep(0.15))
