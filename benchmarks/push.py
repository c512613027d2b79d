"""`python -m benchmarks.push`: how soon a console hears of what happened on another process.

Two web processes on PostgreSQL and a worker. An operator's console is open on the first; emergencies come in and a
colleague answers on the second (far) and, for comparison in the same run, on the first itself (near). Milliseconds from
the request to the frame on the console, idle and under a steady load.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import orjson

from benchmarks.citizens import number_of
from benchmarks.figures import milliseconds
from benchmarks.phase import Figures
from benchmarks.processes import run
from benchmarks.report import show
from benchmarks.rig import ACCOUNTS, Rig, fresh_folder, whole_path
from benchmarks.setting import HOST, Shape, account_name
from benchmarks.webhook import body_of, signed, text_message
from benchmarks.whole_path import KNOWN
from benchmarks.wire import Lines

PEOPLE: Final = range(900_000, 1_000_000)  # who write here: nobody of the load's
TALKS: Final = 8  # conversations that the colleague holds
WAITS: Final = 10.0  # seconds after which a frame counts as missing
BETWEEN: Final = (0.1, 0.35)  # seconds between two probes: news of 80 ms go out together


@dataclass
class Page:
    """The operator's console on the first process. ``expects`` is what a probe waits for."""

    expects: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    def hear(self, frame: str, at: float) -> str:
        """Settle who waits for this frame; its type."""
        said = orjson.loads(frame)
        key = ""
        if said["type"] == "incident":
            key = (said["incident"].get("contact") or {}).get("address") or ""
        elif said["type"] == "message":
            key = said["message"]["text"]
        waiting = self.expects.pop(key, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(at)
        return str(said["type"])

    async def time(self, key: str, begun: float) -> float | None:
        """Seconds from ``begun`` to the frame with this key; None where it never came."""
        try:
            return await asyncio.wait_for(self.expects[key], WAITS) - begun
        except TimeoutError:
            return None

    def expect(self, key: str) -> None:
        self.expects[key] = asyncio.get_running_loop().create_future()


class Prober:
    """Writes and answers on each process, and times the frames on the first."""

    def __init__(self, rig: Rig, page: Page, colleague: aiohttp.ClientSession, reader: aiohttp.ClientSession) -> None:
        self._rig, self._page, self._colleague, self._reader = rig, page, colleague, reader
        self._doors = [Lines(HOST, port) for port in rig.setting.ports]
        self._people, self._dice = iter(PEOPLE), random.Random(7)
        self._talks: list[str] = []

    async def begin(self) -> None:
        """The colleague takes some conversations; the first operator has them open too."""
        chats = {(await self._cry(number % 2))[0] for number in range(TALKS)}
        near = self._rig.setting.bases[0]
        async with self._reader.get(f"{near}/api/queue") as queue:
            cases = orjson.loads(await queue.read())["incidents"]
        for case in cases:
            if (case.get("contact") or {}).get("address") in chats:
                talk = f"{case['city']}/{case['conversation_id']}"
                async with self._colleague.post(f"{near}/api/conversations/{talk}/take") as taken:
                    taken.raise_for_status()
                async with self._reader.get(f"{near}/api/conversations/{talk}") as opened:
                    opened.raise_for_status()
                self._talks.append(talk)

    async def _cry(self, process: int) -> tuple[str, float | None]:
        """An emergency comes in; how long until the console showed it."""
        person = next(self._people)
        chat, account = number_of(person), person % self._rig.setting.accounts
        text = f"tolong ada kebakaran rumah nomor {person}, ada orang di dalam"
        raw = signed(account_name(account), body_of(account, [text_message(f"wamid.HBgP{person:09d}", chat, text)]))
        self._page.expect(chat)
        begun = time.monotonic()
        if await self._doors[process].post(raw) != 200:
            raise RuntimeError("an emergency was not acknowledged")
        return chat, await self._page.time(chat, begun)

    async def _reply(self, process: int) -> float | None:
        """The colleague answers; how long until the console showed it."""
        words = f"Petugas di sini. Apakah Anda aman? {uuid.uuid4().hex[:8]}"
        talk, base = self._dice.choice(self._talks), self._rig.setting.bases[process]
        body = {"text": words, "client_id": str(uuid.uuid4())}
        self._page.expect(words)
        begun = time.monotonic()
        async with self._colleague.post(f"{base}/api/conversations/{talk}/reply", json=body) as answer:
            answer.raise_for_status()
        return await self._page.time(words, begun)

    async def probe(self, seconds: float) -> Figures:
        """Every way in turn, for so long."""
        times: dict[str, list[float | None]] = {}
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for name, process in (("near", 0), ("far", 1)):
                times.setdefault(f"emergency, {name}", []).append((await self._cry(process))[1])
                await asyncio.sleep(self._dice.uniform(*BETWEEN))
                times.setdefault(f"reply, {name}", []).append(await self._reply(process))
                await asyncio.sleep(self._dice.uniform(*BETWEEN))
        return {
            name: {"probes": len(some), "never_came": some.count(None)}
            | milliseconds(one for one in some if one is not None)
            for name, some in times.items()
        }


@asynccontextmanager
async def open_page(rig: Rig, http: aiohttp.ClientSession) -> AsyncIterator[Page]:
    """The console on the first process, which answers pings like a page."""
    page = Page()

    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if page.hear(message.data, time.monotonic()) == "ping":
                await socket.send_str('{"type":"pong"}')
        raise RuntimeError(f"the console was cut off: {socket.close_code}")

    live = http.ws_connect(f"{rig.setting.bases[0]}/api/live", max_msg_size=0)
    async with live as socket, asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(listen(socket))
        yield page
        listening.cancel()


async def measure(rig: Rig, options: argparse.Namespace) -> dict[str, Any]:
    """Idle, then under the load."""
    async with rig.operator(0) as reader, rig.operator(1) as colleague, open_page(rig, reader) as page:
        prober = Prober(rig, page, colleague, reader)
        await prober.begin()
        idle = await prober.probe(options.seconds)
        plan = [{"name": "warm", "seconds": 6.0, "rate": options.rate}]
        plan.append({"name": "load", "seconds": options.seconds + 10, "rate": options.rate})
        load = asyncio.create_task(rig.play(plan, range(KNOWN), 1))
        await asyncio.sleep(8.0)
        loaded = await prober.probe(options.seconds)
        await load
        return {"idle": idle, f"{options.rate:g} messages/s": loaded}


async def main(options: argparse.Namespace) -> None:
    """Everything on an empty database."""
    with fresh_folder("push") as folder:
        async with whole_path(folder, Shape("postgres", 2, 1), accounts=ACCOUNTS, known=KNOWN) as rig:
            found = await measure(rig, options)
    show("milliseconds from the request to the frame on a console of the first process", found)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of probing, idle and under load")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second of the load")
    return parser.parse_args()


if __name__ == "__main__":
    run(main(arguments()))
