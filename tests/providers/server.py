"""What every fake provider is: an aiohttp server on a free port of 127.0.0.1."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web

from tests.providers.doors import Answer, Door
from tests.providers.faults import Faults


@dataclass(frozen=True)
class Sent:
    """One call that the provider took."""

    method: str  # "sendMessage", "messages", ...
    chat: str
    fields: dict[str, Any]
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    provider_id: str = ""
    at: float = 0.0  # seconds, by the loop's clock


class FakeProvider(ABC):
    """Start with ``async with``; ``url`` is the base address. ``door`` takes its webhooks, if it has one."""

    def __init__(self, door: Door | None = None, port: int = 0) -> None:
        self.door = door
        self.url = ""
        self.sent: list[Sent] = []
        self.refused: list[Sent] = []
        self.faults = Faults()
        self._port = port
        self._runner: web.AppRunner | None = None
        self._heard = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """The addresses at which the provider is called."""

    @abstractmethod
    def words(self, sent: Sent) -> str:
        """What a call says to the citizen."""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=512)
        await site.start()
        self.url = site.name
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    async def took(self, count: int, *, within: float = 30.0) -> list[Sent]:
        """Wait until that many calls were taken."""
        async with asyncio.timeout(within), self._heard:
            await self._heard.wait_for(lambda: len(self.sent) >= count)
        return self.sent

    def texts(self, chat: str = "") -> list[str]:
        """What was said, to one chat or to all, in order."""
        return [self.words(one) for one in self.sent if chat in ("", one.chat) and self.words(one)]

    async def note(self, sent: Sent) -> None:
        self.sent.append(sent)
        async with self._heard:
            self._heard.notify_all()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the answer, such as a status that follows it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(self, body: object, headers: dict[str, str], *, times: int = 1) -> list[Answer]:
        """Post a webhook to our door; ``times`` over for a provider that repeats itself."""
        if self.door is None:
            raise LookupError("this provider has no door to knock at")
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"Content-Type": "application/json", **headers}
        return [await self.door.knock("POST", raw, headers) for _ in range(times)]
