"""The whole path set up on one machine: `sigap run`, a fake Graph API, five consoles and citizens, a process each."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import orjson

from benchmarks.prepare import prepare
from benchmarks.processes import Process, answers, running
from benchmarks.setting import FOLDER, HOST, Setting, free_port

LAG: Final = re.compile(r"^sigap_event_loop_lag_seconds (\S+)$", re.MULTILINE)
DRAINING: Final = 60.0  # seconds within which everything must be said and reported after a load


@dataclass(slots=True)
class Line:
    """What came of one line of a citizen. Moments are seconds of the monotonic clock, the same in all processes."""

    phase: str
    due: float
    answered: float
    status: int
    wamid: str
    chat: str
    kind: str
    number: int


@dataclass(slots=True)
class Taken:
    """One reply that the Graph API accepted. ``key`` is our message's id."""

    at: float
    chat: str
    key: str
    wamid: str
    words: str


@dataclass(slots=True)
class Window:
    """One phase of a load. ``cpu`` is seconds by process and thread within it."""

    name: str
    begin: float
    end: float = 0.0
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)
    lag: float = 0.0  # seconds: the worst of its last ten
    unanswered: int = 0  # messages kept and not yet answered when it ended
    waiting: int = 0  # replies queued when it ended, those that wait on purpose included

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@contextmanager
def fresh_folder(name: str) -> Iterator[Path]:
    """An empty folder on the disk, gone afterwards."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder.resolve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Rig:
    """Everything running. ``play`` puts a load on it."""

    def __init__(self, setting: Setting, server: Process, graph: Process, consoles: Process) -> None:
        self.setting = setting
        self.server, self.graph, self.consoles = server, graph, consoles

    @property
    def database(self) -> Path:
        return self.setting.data / "sigap.db"

    async def play(self, plan: list[dict[str, Any]], known: range, seed: int) -> tuple[list[Window], list[Line]]:
        """Play a plan of ``benchmarks.load`` and measure each of its phases."""
        notes = Path(self.setting.folder) / f"lines-{seed}.json"
        arguments = (self.setting.dump(), json.dumps(plan), str(notes), str(known.start), str(known.stop), str(seed))
        environment = self.setting.environment()
        load = await Process.start("load", "benchmarks.load", *arguments, environment=environment)
        async with running(load):
            windows: list[Window] = []
            before: dict[str, dict[str, float]] = {}
            while said := await load.line():
                mark = json.loads(said)
                if windows:
                    self._close(windows[-1], mark["at"], before, load)
                if mark["begins"] is None:
                    break
                before = self._cpu(load)
                windows.append(Window(mark["begins"], mark["at"]))
            await load.child.wait()
            if load.child.returncode:
                raise RuntimeError("the load ended with an error")
        return windows, [Line(*one) for one in orjson.loads(notes.read_bytes())]

    def _cpu(self, load: Process) -> dict[str, dict[str, float]]:
        return {one.name: one.cpu() for one in (self.server, self.graph, self.consoles, load)}

    def _close(self, window: Window, end: float, before: dict[str, dict[str, float]], load: Process) -> None:
        window.end = end
        after = self._cpu(load)
        window.cpu = {
            name: {part: after[name][part] - seconds for part, seconds in parts.items()}
            for name, parts in before.items()
        }
        window.unanswered, window.waiting = self.left()
        with urlopen(f"{self.setting.base}/metrics", timeout=20) as page:  # noqa: S310 - our own server
            found = LAG.search(page.read().decode())
        window.lag = float(found[1]) if found else float("nan")

    def left(self) -> tuple[int, int]:
        """Messages that wait for an answer, and replies that are still to leave."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            counted = [
                database.execute(f"SELECT count(*) FROM message WHERE {which}").fetchone()[0]  # noqa: S608
                for which in ("direction = 'in' AND answered_at IS NULL", "state IN ('queued', 'sending')")
            ]
        return int(counted[0]), int(counted[1])

    async def answered(self) -> None:
        """Wait until every message has been dealt with; what is left of the replies may still be on its way."""
        begun = time.monotonic()
        while self.left()[0] and time.monotonic() - begun < DRAINING:  # noqa: ASYNC110
            await asyncio.sleep(0.25)

    async def drained(self) -> float:
        """Wait until everything is answered, sent and reported; how many seconds that took."""
        begun = time.monotonic()
        while (any(self.left()) or self._unreported()) and time.monotonic() - begun < DRAINING:  # noqa: ASYNC110
            await asyncio.sleep(0.25)
        return time.monotonic() - begun

    def _unreported(self) -> int:
        with urlopen(f"http://{HOST}:{self.setting.graph_port}/left", timeout=20) as page:
            return int(page.read())

    def taken(self) -> list[Taken]:
        """Every reply that the Graph API has accepted so far."""
        lines = (Path(self.setting.folder) / "taken.jsonl").read_text(encoding="utf-8").splitlines()
        return [Taken(*orjson.loads(line)) for line in lines]

    async def seen(self) -> dict[str, Any]:
        """Close the consoles; what they were told."""
        await self.consoles.end()
        kept: dict[str, Any] = json.loads((Path(self.setting.folder) / "consoles.json").read_text(encoding="utf-8"))
        return kept


@asynccontextmanager
async def whole_path(
    folder: Path, *, accounts: int, known: int, batch: int, samples: Path | None
) -> AsyncIterator[Rig]:
    """Start everything in an empty ``folder``. ``batch`` statuses come in one post at most."""
    setting = Setting(str(folder), free_port(), free_port(), accounts)
    setting.data.mkdir()
    await prepare(setting, known)
    environment = setting.environment()
    async with AsyncExitStack() as stack:

        async def start(name: str, module: str, *arguments: str) -> Process:
            process = await Process.start(name, module, *arguments, environment=environment)
            return await stack.enter_async_context(running(process))

        graph = await start("graph", "benchmarks.graph_api", setting.dump(), str(folder / "taken.jsonl"), str(batch))
        await graph.ready()
        server = await start("server", "benchmarks.serve", *([str(samples)] if samples else []))
        await answers(f"{setting.base}/health", server)
        consoles = await start("consoles", "benchmarks.consoles", setting.dump(), str(folder / "consoles.json"))
        await consoles.ready()
        yield Rig(setting, server, graph, consoles)
