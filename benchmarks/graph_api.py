"""A fake Graph API in a process of its own: takes replies, and posts three signed statuses for each.

Started with a set-up (see ``benchmarks.setting``) and the name of the file in which it writes down what it took.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any, Final, TextIO

import orjson
import uvloop

from benchmarks.setting import HOST, Setting, account_name, from_arguments
from benchmarks.webhook import body_of, signed
from benchmarks.wire import Door, Doors

STATES: Final = (("sent", 0.05), ("delivered", 0.4), ("read", 1.2))  # seconds after the message was taken
POSTING: Final = 256  # status posts under way at once
AGAIN: Final = 1.0  # seconds before a status that was not taken is posted once more
TOGETHER: Final = 0.1  # seconds that statuses are gathered where Meta batches them


class GraphApi:
    """Takes and writes down; a reply counts as accepted when its line is in the file."""

    def __init__(self, setting: Setting, notes: TextIO, batch: int) -> None:
        self._setting = setting
        self._notes = notes
        self._batch = batch
        self._taken = 0
        self._lines = Doors(HOST, setting.ports, POSTING)
        self._queues: dict[int, deque[dict[str, Any]]] = {}
        self._something = asyncio.Event()
        self.reported = 0

    def answer(self, path: str, body: bytes) -> bytes:
        """``/v24.0/{number}/messages``; under ``/left`` the number of statuses that are still to be reported."""
        if path == "/left":
            return str(len(STATES) * self._taken - self.reported).encode()
        fields = orjson.loads(body)
        chat = fields.get("to") or fields.get("recipient") or ""
        self._taken += 1
        wamid = f"wamid.HBgO{self._setting.graph_port}{self._taken:09d}"
        note = [time.monotonic(), chat, fields.get("biz_opaque_callback_data", ""), wamid, words(fields)]
        self._notes.write(orjson.dumps(note).decode() + "\n")
        number = int(path.split("/")[2]) % 100_000
        loop = asyncio.get_running_loop()
        for state, after in STATES:
            loop.call_later(after, self._queue, number, wamid, state, chat)
        return orjson.dumps({"messaging_product": "whatsapp", "messages": [{"id": wamid}]})

    def _queue(self, number: int, wamid: str, state: str, chat: str) -> None:
        status = {"id": wamid, "status": state, "timestamp": str(int(time.time())), "recipient_id": chat}
        self._queues.setdefault(number, deque()).append(status)
        self._something.set()

    async def report(self) -> None:
        """Post statuses until cancelled, each alone or up to ``batch`` of one number together."""
        async with asyncio.TaskGroup() as posts:
            room = asyncio.Semaphore(POSTING)
            while True:
                await self._something.wait()
                self._something.clear()
                if self._batch > 1:
                    await asyncio.sleep(TOGETHER)
                for number, queue in self._queues.items():
                    while queue:
                        some = [queue.popleft() for _ in range(min(self._batch, len(queue)))]
                        await room.acquire()
                        posts.create_task(self._post(number, some, room))

    async def _post(self, number: int, statuses: list[dict[str, Any]], room: asyncio.Semaphore) -> None:
        raw = signed(account_name(number), body_of(number, statuses=statuses))
        try:
            taken = await self._lines.post(raw) == 200
        finally:
            room.release()
        if taken:
            self.reported += len(statuses)
            return
        await asyncio.sleep(AGAIN)
        self._queues[number].extendleft(reversed(statuses))
        self._something.set()


def words(fields: dict[str, Any]) -> str:
    """What a sent body says to the citizen."""
    content = fields.get(fields.get("type", ""), {})
    body = content.get("body", "")
    return str(body["text"] if isinstance(body, dict) else body)


async def serve(setting: Setting, path: Path, batch: int) -> None:
    """Until told to end."""
    with path.open("a", buffering=1, encoding="utf-8") as notes:
        api = GraphApi(setting, notes, batch)
        server = await asyncio.get_running_loop().create_server(lambda: Door(api.answer), HOST, setting.graph_port)
        reporting = asyncio.create_task(api.report())
        told = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
        print("ready", flush=True)
        await told.wait()
        reporting.cancel()
        server.close()


if __name__ == "__main__":
    uvloop.run(serve(from_arguments(), Path(sys.argv[2]), int(sys.argv[3])))
