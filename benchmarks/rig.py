"""The whole path set up on one machine: the product's processes, a fake Graph API, five consoles and citizens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.request import urlopen

import aiohttp
import orjson

from benchmarks import ledger
from benchmarks.consoles import username
from benchmarks.phase import Figures, Line, Taken, Window, figures
from benchmarks.postgres import Postgres, own_postgres
from benchmarks.prepare import prepare
from benchmarks.processes import Process, answers, running, works
from benchmarks.setting import FOLDER, HOST, PASSWORD, Setting, Shape
from config.database import Database

T = TypeVar("T")

LAG: Final = re.compile(r"^sigap_event_loop_lag_seconds (\S+)$", re.MULTILINE)
DRAINING: Final = 60.0  # seconds within which everything must be said and reported after a load
ACCOUNTS: Final = 20  # WhatsApp numbers: each takes 80 messages a second


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

    def __init__(
        self, setting: Setting, database: Database, servers: list[Process], others: list[Process], own: Postgres | None
    ) -> None:
        self.setting, self.database = setting, database
        self.servers, self.others, self.postgres = servers, others, own

    async def play(
        self, plan: list[dict[str, Any]], known: range, seed: int, emergencies: float = 0.0
    ) -> tuple[list[Window], list[Line]]:
        """Play a plan of ``benchmarks.load`` and measure each of its phases."""
        notes = Path(self.setting.folder) / f"lines-{seed}.json"
        words = (json.dumps(plan), str(notes), str(known.start), str(known.stop), str(seed), str(emergencies))
        load = await Process.start(
            "load", "benchmarks.load", self.setting.dump(), *words, environment=self.setting.environment()
        )
        async with running(load):
            windows: list[Window] = []
            before: dict[str, dict[str, float]] = {}
            while said := await load.line():
                mark = json.loads(said)
                if windows:
                    await self._close(windows[-1], mark["at"], before, load)
                if mark["begins"] is None:
                    break
                before = self.cpu(load)
                windows.append(Window(mark["begins"], mark["at"]))
            await load.child.wait()
            if load.child.returncode:
                raise RuntimeError("the load ended with an error")
        return windows, [Line(*one) for one in orjson.loads(notes.read_bytes())]

    def cpu(self, *more: Process) -> dict[str, dict[str, float]]:
        """Seconds of CPU so far, by kind of process and thread."""
        used: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for one in (*self.servers, *self.others, *more):
            for part, seconds in one.cpu().items():
                used[one.kind][part] += seconds
        if self.postgres is not None:
            used["postgres"]["all"] = self.postgres.cpu()
        return used

    async def _close(self, window: Window, end: float, before: dict[str, dict[str, float]], load: Process) -> None:
        window.end = end
        after = self.cpu(load)
        window.cpu = {
            kind: {part: after[kind][part] - seconds for part, seconds in parts.items()}
            for kind, parts in before.items()
        }
        window.unanswered, window.waiting = await self.database.read(ledger.left)
        lags = [float(found) for page in await self.metrics() for found in LAG.findall(page)]
        window.lag = max(lags, default=float("nan"))  # measured by whoever does background work

    async def metrics(self) -> list[str]:
        """What each web process says of itself, as far as it has time for us."""
        pages = []
        for base in self.setting.bases:
            with contextlib.suppress(OSError):
                pages.append(await asyncio.to_thread(_page, f"{base}/metrics"))
        return pages

    async def answered(self, within: float = DRAINING) -> float:
        """Wait until every message has been dealt with; what is left of the replies may still be on its way.

        Returns how many seconds that took, at most ``within``.
        """

        async def left() -> bool:
            return (await self.database.read(ledger.left))[0] > 0

        return await _until_none(left, within)

    async def drained(self, within: float = DRAINING) -> float:
        """Wait until everything is answered, sent and reported; how many seconds that took."""

        async def left() -> bool:
            return any(await self.database.read(ledger.left)) or await self._unreported() > 0

        return await _until_none(left, within)

    async def _unreported(self) -> int:
        return int(await asyncio.to_thread(_page, f"http://{HOST}:{self.setting.graph_port}/left"))

    async def ledger(self, lines: list[Line]) -> dict[str, int]:
        """What became of all that was acknowledged."""
        acknowledged = {line.wamid for line in lines if line.status == 200}
        kept = await self.database.read(lambda connection: ledger.read(connection, acknowledged))
        counts = {"acknowledged": len(acknowledged), "lost": kept.lost, "doubled": kept.doubled}
        return counts | {"unanswered": kept.unanswered, "cases": kept.cases}

    def taken(self) -> list[Taken]:
        """Every reply that the Graph API has accepted so far."""
        lines = (Path(self.setting.folder) / "taken.jsonl").read_text(encoding="utf-8").splitlines()
        return [Taken(*orjson.loads(line)) for line in lines]

    def seen(self) -> dict[str, float]:
        """When the first console first showed each citizen's case."""
        lines = (Path(self.setting.folder) / "cases.jsonl").read_text(encoding="utf-8").splitlines()
        return dict(map(orjson.loads, reversed(lines)))

    async def figures(self, window: Window, lines: list[Line]) -> Figures:
        """What one phase has come to so far."""
        return figures(window, lines, self.taken(), self.seen(), await self.database.read(ledger.rang))

    @asynccontextmanager
    async def operator(self, place: int) -> AsyncIterator[aiohttp.ClientSession]:
        """Somebody logged in: the session is the same at every process."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            login = {"username": username(place), "password": PASSWORD}
            async with http.post(f"{self.setting.bases[0]}/api/login", json=login) as answer:
                answer.raise_for_status()
                http.headers["X-CSRF-Token"] = (await answer.json())["csrf"]
            yield http

    async def end_consoles(self) -> dict[str, int]:
        """Close the consoles; how much they were told."""
        consoles = next(one for one in self.others if one.kind == "consoles")
        self.others.remove(consoles)
        return await consoles.end()


@asynccontextmanager
async def watched(look: Callable[[], Awaitable[T]], every: float) -> AsyncIterator[list[tuple[float, T]]]:
    """Look every so many seconds, meanwhile; what was seen, with the moment of the monotonic clock."""
    looks: list[tuple[float, T]] = []

    async def watch() -> None:
        while True:
            looks.append((time.monotonic(), await look()))
            await asyncio.sleep(every)

    watching = asyncio.create_task(watch())
    try:
        yield looks
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _until_none(left: Callable[[], Awaitable[bool]], within: float) -> float:
    begun = time.monotonic()
    while await left() and time.monotonic() - begun < within:  # noqa: ASYNC110 - other processes do it
        await asyncio.sleep(0.25)
    return time.monotonic() - begun


def _page(url: str) -> str:
    with urlopen(url, timeout=10) as page:  # noqa: S310 - our own servers
        text: str = page.read().decode()
        return text


async def serve(setting: Setting, name: str, samples: Path | None = None) -> Process:
    """Start one of the product's processes, "run", "web 1" or "worker 0", and wait until it works."""
    kind, _, number = name.partition(" ")
    port = setting.ports[int(number or 0)] if kind != "worker" else 0
    words = [kind, *([str(samples)] if samples else [])]
    process = await Process.start(name, "benchmarks.serve", *words, environment=setting.environment(port))
    try:
        if kind == "worker":
            await works(process)
        else:
            await answers(f"http://{HOST}:{port}/health", process)
    except BaseException:
        process.kill()
        await process.child.wait()
        raise
    return process


def names_of(setting: Setting) -> list[str]:
    """The product's processes in this set-up."""
    if not setting.workers:
        return ["run"]
    return [f"web {n}" for n in range(len(setting.ports))] + [f"worker {n}" for n in range(setting.workers)]


@asynccontextmanager
async def whole_path(
    folder: Path, shape: Shape, *, accounts: int = ACCOUNTS, known: int, batch: int = 1, samples: Path | None = None
) -> AsyncIterator[Rig]:
    """Start everything in an empty ``folder``. ``batch`` statuses come in one post at most."""
    async with AsyncExitStack() as stack:
        own = stack.enter_context(own_postgres(folder / "postgres")) if shape.database == "postgres" else None
        setting = Setting.of(folder, accounts, shape, own.url if own else "")
        setting.data.mkdir()
        await prepare(setting, known)
        database = Database(setting.database_url)
        stack.push_async_callback(database.close)

        async def beside(name: str, *arguments: str) -> Process:
            words = (setting.dump(), *arguments)
            module = {"graph": "benchmarks.graph_api", "consoles": "benchmarks.consoles"}[name]
            process = await Process.start(name, module, *words, environment=setting.environment())
            await stack.enter_async_context(running(process))
            await process.ready()
            return process

        graph = await beside("graph", str(folder / "taken.jsonl"), str(batch))
        servers = [
            await stack.enter_async_context(running(await serve(setting, name, samples))) for name in names_of(setting)
        ]
        consoles = await beside("consoles", str(folder / "cases.jsonl"))
        yield Rig(setting, database, servers, [graph, consoles], own)
