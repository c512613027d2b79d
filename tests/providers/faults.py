"""What a provider does wrong, when told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Fault:
    """One thing that goes wrong, for the next ``times`` requests that it fits.

    ``status`` answers so; ``reset`` cuts the line; ``hangs`` never answers; ``garbled`` answers 200 with a web page;
    ``delay`` (seconds) alone answers late but rightly. With ``after_work`` the provider has done what was asked first:
    a time-out does not prove that nothing was sent.
    """

    status: int = 0
    retry_after: float | None = None
    error: dict[str, object] | None = None  # the provider's own error object, in place of the usual one
    reset: bool = False
    hangs: bool = False
    garbled: bool = False
    delay: float = 0.0
    after_work: bool = False
    times: int = 1
    path: str = ""  # only where the path contains it
    chat: str = ""  # only for this chat


def flooded(seconds: float, *, times: int = 1, chat: str = "") -> Fault:
    return Fault(status=429, retry_after=seconds, times=times, chat=chat)


@dataclass
class Faults:
    """The faults that wait for their requests, first come first served."""

    waiting: list[Fault] = field(default_factory=list)

    def plan(self, *faults: Fault) -> None:
        self.waiting.extend(faults)

    def take(self, path: str, chat: str) -> Fault | None:
        for fault in self.waiting:
            if fault.path in path and fault.chat in ("", chat):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


async def suffer(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    """Be late, cut, mute or garbled; None where a plain answer (or the provider's own error) is still to come."""
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.hangs:
        await asyncio.Event().wait()
    if fault.reset:
        if request.transport:
            request.transport.abort()
        return web.Response()
    if fault.garbled:
        return web.Response(text="<html>Selamat datang di Wi-Fi hotel</html>", content_type="text/html")
    return None
