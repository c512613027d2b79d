"""Five operators with the console open on the last web process: logged in, told of everything, answering pings.

Started with a set-up and the name of the file in which it writes when each citizen's case was first seen.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import aiohttp
import orjson
import uvloop

from benchmarks.setting import PASSWORD, Setting, from_arguments

PLACES = 5


def username(place: int) -> str:
    return f"meja{place}"


class Desk:
    """One operator's page. The first desk reads what it is told; the others only take it."""

    def __init__(self, setting: Setting, place: int, notes: TextIO) -> None:
        self._setting = setting
        self._place = place
        self._notes = notes
        self.frames = 0
        self.characters = 0
        self.ended = 0
        self._seen: set[str] = set()

    async def sit(self, ready: asyncio.Event) -> None:
        """Log in and listen until cancelled; a page that is cut off comes back."""
        async with aiohttp.ClientSession(self._setting.bases[-1], cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            login = {"username": username(self._place), "password": PASSWORD}
            async with http.post("/api/login", json=login) as answer:
                answer.raise_for_status()
            while True:
                async with http.ws_connect("/api/live", max_msg_size=0) as socket:
                    async with http.get("/api/queue") as queue:
                        queue.raise_for_status()
                        snapshot = await queue.read()
                    if self._place == 0:
                        for case in orjson.loads(snapshot)["incidents"]:
                            self._see(case)
                    ready.set()
                    await self._listen(socket)
                self.ended += 1

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            frame: str = message.data
            self.frames += 1
            self.characters += len(frame)
            if frame.startswith('{"type":"ping"'):
                await socket.send_str('{"type":"pong"}')
            elif self._place == 0 and frame.startswith('{"type":"incident"'):
                self._see(orjson.loads(frame)["incident"])

    def _see(self, case: dict[str, Any]) -> None:
        chat = (case.get("contact") or {}).get("address") or ""
        if chat not in self._seen:
            self._seen.add(chat)
            self._notes.write(f"{json.dumps([chat, time.monotonic()])}\n")


async def serve(setting: Setting, notes: TextIO) -> dict[str, int]:
    """Until told to end; what was told."""
    desks = [Desk(setting, place, notes) for place in range(PLACES)]
    ready = [asyncio.Event() for _ in desks]
    sitting = [asyncio.create_task(desk.sit(seated)) for desk, seated in zip(desks, ready, strict=True)]
    for seated, task in zip(ready, sitting, strict=True):
        waiting = asyncio.create_task(seated.wait())
        await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    print("ready", flush=True)
    await told.wait()
    for task in sitting:
        task.cancel()
    await asyncio.gather(*sitting, return_exceptions=True)
    return {
        "frames": sum(desk.frames for desk in desks),
        "characters": sum(desk.characters for desk in desks),
        "cut_off": sum(desk.ended for desk in desks),
    }


if __name__ == "__main__":
    with Path(sys.argv[2]).open("w", buffering=1, encoding="utf-8") as file:
        print(json.dumps(uvloop.run(serve(from_arguments(), file))))
