"""What the machine can do at all: a bare POST on uvicorn, and the same with its body committed to SQLite, one by one.

Started with a set-up and one of "bare", "each" (a commit a message) and "group" (many in one commit).
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import uvicorn

from benchmarks.setting import HOST, Setting, from_arguments

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Kept = tuple[bytes, asyncio.Future[None]]

TOGETHER = 64


class Keeper(threading.Thread):
    """A writer thread on a WAL database with synchronous=FULL."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(daemon=True)
        self._path, self._most = path, most
        self.bodies: SimpleQueue[Kept] = SimpleQueue()

    def run(self) -> None:
        database = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, body BLOB)")
        while True:
            some = [self.bodies.get()]
            try:
                while len(some) < self._most:
                    some.append(self.bodies.get_nowait())
            except Empty:
                pass
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO kept (body) VALUES (?)", [(body,) for body, _ in some])
            database.execute("COMMIT")
            for _, done in some:
                done.get_loop().call_soon_threadsafe(done.set_result, None)


def application(keeper: Keeper | None) -> Callable[..., Awaitable[None]]:
    """Reads a body, keeps it if there is somebody to keep it, answers 200."""

    async def app(scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        if keeper is not None:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            keeper.bodies.put((body, done))
            await done
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app


def serve(setting: Setting, how: str) -> None:
    keeper = None if how == "bare" else Keeper(Path(setting.folder) / f"{how}.db", 1 if how == "each" else TOGETHER)
    if keeper is not None:
        keeper.start()
    uvicorn.run(
        application(keeper),
        host=HOST,
        port=setting.ports[0],
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
    )


if __name__ == "__main__":
    serve(from_arguments(), sys.argv[2])
