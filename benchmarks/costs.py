"""`python -m benchmarks.costs`: what a message costs on this machine, as `sigap capacity` reckons with it.

CPU, write-ahead log, disk, memory, connections and bytes, each measured on the real parts: a Sigap in this process over
PostgreSQL with fsync on, then over SQLite; a real `sigap web` and `sigap worker` beside it. CPU time is counted, not
time on the clock, so that a busy machine changes little. `--write` puts the figures where `sigap capacity` reads them.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any, Final

import uvloop

from benchmarks.costs_beside import Beside, notices, web_beside, worker_beside
from benchmarks.costs_crowd import Crowd
from benchmarks.costs_page import PAGE, renewed
from benchmarks.costs_provider import Provider, provider
from benchmarks.costs_rounds import LINES, Book, Rounds, by_batch, opened, settings_of, sizes, sms_in
from benchmarks.postgres import Postgres, own_postgres
from benchmarks.prepare import trained_model
from benchmarks.setting import CITIES, FOLDER, free_port
from config.capacity.costs import FILE, read_costs
from config.clock import SystemClock
from config.database import Database
from config.schema import migrate
from knowledge_base.city import load_cities
from knowledge_base.seed import seed_city

Figures = dict[str, Any]

FEW_LINES: Final = (2, 6, 16, 48)  # that wait at once: batches of other sizes, to tell what a batch costs by itself
IN_A_BATCH: Final = 64.0  # messages in a batch of a process that has its hands full
HEAD: Final = 700  # bytes of a reply's request around its body: a token of Meta's alone has 200
DELIVERIES: Final = ("need", "other")


async def prepare(data: Path, url: str) -> None:
    """A data folder and a database as on a city's first day."""
    data.mkdir(parents=True)  # noqa: ASYNC240
    shutil.copytree(trained_model().parent, data / "models")
    database = Database(url)
    try:
        await migrate(database)
        for city in load_cities(CITIES).values():
            await database.write(partial(seed_city, city=city, now=SystemClock().now()))
    finally:
        await database.close()


async def play(rounds: Rounds, count: int, each: int) -> None:
    """``count`` messages in rounds of ``each``: the cities in turn, people in need and all others alike."""
    for number in range(max(2, count // (2 * each))):
        city = CITIES[number % len(CITIES)]
        await rounds.round(city, "other", each)
        await rounds.round(city, "need", each)
        print(f"  round {number + 1}: {_told(rounds.book)}", flush=True)


async def on_postgres(
    options: argparse.Namespace, folder: Path, server: Postgres, side: Provider, port: int
) -> Figures:
    """Everything that PostgreSQL takes part in."""
    settings = settings_of(folder / "data", server.url, port)
    await prepare(settings.data, server.url)
    database = Database(server.url)
    try:
        async with worker_beside(settings) as worker:
            idle_worker = await worker.idle()
        begun = await sizes(database)
        async with opened(settings, side, server.cpu) as rounds, web_beside(settings) as web:
            await rounds.round(CITIES[0], "other", options.each)  # connections, caches
            rounds.book = Book()
            idle = await web.idle()
            watched = web.watch()
            for lines in FEW_LINES:
                await rounds.few(CITIES[0], options.each // 2, lines)
            await play(rounds, options.messages, options.each)
            book = rounds.book
            said = book.count(*DELIVERIES) + len(FEW_LINES) * (options.each // 2)
            elsewhere = watched(idle) / said
            parts = await rounds.parts(options.each)
            grown = {part: (size - begun[part]) / said for part, size in (await sizes(database)).items()}
            empty_claim = await rounds.empty_claims()
            processes = await beside(web, options.each, side)
    finally:
        await database.close()
    told = await notices(server.url, server.cpu)
    return {
        "book": book,
        "parts": parts,
        "notices": told,
        "said": said,
        "worker_idle": idle_worker,
        "elsewhere": elsewhere,
        "disk": grown,
        "claim": empty_claim,
        **processes,
    }


async def beside(web: Beside, count: int, side: Provider) -> Figures:
    """Memory of a real `sigap web` and `sigap worker` that have had work to do, and what a message cost there."""
    said = Crowd(load_cities(CITIES), seed=2112).speak(CITIES[0], "other", count)
    before = web.cpu()
    await side.post(web.port, [one.request() for one in said], LINES)
    checked = 1e6 * (web.cpu() - before) / count
    async with worker_beside(web.settings) as worker:
        return {"web_mb": web.memory(), "worker_mb": worker.memory(), "checked": checked}


async def on_sqlite(options: argparse.Namespace, folder: Path, side: Provider, port: int) -> Figures:
    """The same by one process on SQLite: `sigap run`."""
    url = f"sqlite:///{(folder / 'data' / 'sigap.db').resolve()}"
    settings = settings_of(folder / "data", url, port)
    await prepare(settings.data, url)
    async with opened(settings, side, lambda: 0.0) as rounds:
        await rounds.round(CITIES[0], "other", options.each)
        rounds.book = Book()
        await play(rounds, options.messages // 4, options.each)
        return {"book": rounds.book}


def file_of(postgres: Figures, sqlite: Figures) -> dict[str, dict[str, Any]]:
    """The figures by the names under which `sigap capacity` reads them."""
    book: Book = postgres["book"]
    lite: Book = sqlite["book"]
    each, a_batch = by_batch(book.batches, lambda one: 1e6 * one.ours)
    server_each, server_batch = by_batch(book.batches, lambda one: 1e6 * one.server)
    said = postgres["said"]
    parts = {name: round(value) for name, value in postgres["parts"].items()}
    heard = book.ours("other")
    return {
        "measured": {
            "on": datetime.now(UTC).date().isoformat(),
            "machine": _machine(),
            "messages": said,
            "rounds": len(book.spent["need"]),
        },
        "web_us": {
            "other": round(heard),
            "need": round(book.ours("need")),
            "batch": max(0, round(a_batch)),
            "report": round(book.ours("report")),
            "elsewhere": round(1e6 * postgres["elsewhere"], 1),
        },
        "web_parts_us": parts | {"turn": round(heard - sum(parts.values()))},
        "worker_us": {
            "reply": round(book.ours("reply")),
            "look": round(book.ours("look")),
            "claim": round(postgres["claim"][0]),
            "idle": round(1e6 * postgres["worker_idle"]),
        },
        "postgres_us": {
            **{part: round(book.server(part)) for part in ("other", "need", "reply", "look", "report")},
            "batch": max(0, round(server_batch)),
            "claim": round(postgres["claim"][1]),
            "notice": round(postgres["notices"], 1),
        },
        "log_bytes": {part: round(book.log(part)) for part in ("other", "need", "reply", "look", "report")},
        "disk_bytes": {part: round(size) for part, size in postgres["disk"].items()},
        "wire_bytes": {
            "message": round(book.size("message")),
            "report": round(book.size("report")),
            "reply": round(mean(one.size for one in book.taken) + HEAD),
        },
        "memory_mb": {
            "web": round(postgres["web_mb"]),
            "worker": round(postgres["worker_mb"]),
        },
        "shape": {
            "in_a_batch": round(IN_A_BATCH),
            "replies_a_message": round(len(book.taken) / said, 3),
            "sms_a_reply": round(sms_in(book.taken), 2),
        },
        "run_us": {part: round(lite.ours(part)) for part in ("other", "need", "reply", "look", "report")},
        "check_us": {
            "sigap_web_other": round(postgres["checked"]),
            "each_without_batch": round(each),
            "server_each_without_batch": round(server_each),
        },
    }


def _machine() -> str:
    """In a line: cores, processor, Python."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} shared {platform.machine()} cores, Python {platform.python_version()}, PostgreSQL beside it"


def _told(book: Book) -> str:
    parts = [f"{part} {book.ours(part):.0f} + {book.server(part):.0f}" for part in book.spent]
    return ", ".join(parts) + " us (ours + server)"


def written(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """As TOML."""
    lines = ["# Written by `python -m benchmarks.costs --write`: what `sigap capacity` reckons with. docs/capacity.md"]
    for name, table in figures.items():
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_value(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """An empty folder on the disk, gone afterwards."""
    folder = (FOLDER / "costs").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(options: argparse.Namespace) -> None:
    """Measure, print, and keep where that is wanted."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # whatever was started is ended
    port = free_port()
    with fresh_folder() as folder, provider(port) as side:
        with own_postgres(folder / "postgres") as server:
            print("on PostgreSQL", flush=True)
            postgres = uvloop.run(on_postgres(options, folder / "one", server, side, port))
        print("on SQLite", flush=True)
        sqlite = uvloop.run(on_sqlite(options, folder / "two", side, port))
    text = written(file_of(postgres, sqlite))
    print(text)
    if options.write:
        FILE.write_text(text, encoding="utf-8")
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), read_costs()), encoding="utf-8")
        print(f"written: {FILE.name} and the tables of {PAGE.name}; now read its prose again")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="on PostgreSQL; a quarter of it on SQLite")
    parser.add_argument("--each", type=int, default=1000, help="in a round")
    parser.add_argument("--write", action="store_true", help="into the file that `sigap capacity` reads")
    return parser.parse_args()


if __name__ == "__main__":
    main(arguments())
