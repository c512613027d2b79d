"""A console on an empty temporary database, a clock that stands still, and people to sit at it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from fastapi import FastAPI

import config.leases  # noqa: F401 - its table belongs to the schema
from config.clock import VirtualClock
from config.database import Database, Priority, metadata
from config.stores import Job
from handoff import operators
from handoff.console.api import console_app
from handoff.console.guard import lend
from handoff.console.ports import ConsolePorts
from handoff.live import Live
from handoff.operators import Role
from handoff.passwords import Passwords
from tests.handoff.browser import Browser
from tests.handoff.rehearsing import Rehearsing
from tests.handoff.town import town

PASSWORD = "kopi susu panas sekali"
WINDOWS = {"whatsapp": 24.0, "telegram": None}

T = TypeVar("T")
LogIn = Callable[..., Awaitable[Browser]]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 1, 5, 3, 0, tzinfo=UTC))


class Watched(Database):
    """A database that counts how often it is read, and tells when all is quiet."""

    reads = 0
    _under_way = 0

    async def read(self, job: Job[T], *, in_order: bool = False) -> T:
        self.reads += 1
        with self._busy():
            return await super().read(job, in_order=in_order)

    async def _write(self, job: Job[T], priority: Priority, in_order: bool) -> T:
        with self._busy():
            return await super()._write(job, priority, in_order)

    @contextlib.contextmanager
    def _busy(self) -> Iterator[None]:
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def quiet(self) -> None:
        """Return once nothing is read or written, and nobody has anything left to do but to wait."""
        turns = 0
        while turns < 50:
            turns = 0 if self._under_way else turns + 1
            await asyncio.sleep(0.001 if self._under_way else 0)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once and copied for each test."""
    path = tmp_path_factory.mktemp("schema") / "sigap.db"

    async def make() -> None:
        made = Database(f"sqlite:///{path}")
        await made.write(metadata.create_all)
        await made.close()

    asyncio.run(make())
    return path


@pytest_asyncio.fixture
async def watched(tmp_path: Path, empty_file: Path) -> AsyncIterator[Watched]:
    opened = Watched(f"sqlite:///{shutil.copy(empty_file, tmp_path / 'sigap.db')}")
    yield opened
    await opened.close()


@pytest.fixture
def database(watched: Watched) -> Database:
    return watched


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield made
    made.close()


@pytest_asyncio.fixture
async def live(database: Database, clock: VirtualClock) -> AsyncIterator[Live]:
    telling = Live(database, clock, WINDOWS)
    running = asyncio.create_task(telling.run())
    yield telling
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def rehearsing() -> Rehearsing:
    return Rehearsing()


@pytest.fixture
def desk(
    database: Database,
    clock: VirtualClock,
    passwords: Passwords,
    live: Live,
    rehearsing: Rehearsing,
    tmp_path: Path,
) -> ConsolePorts:
    folder = tmp_path / "media"
    folder.mkdir()
    return ConsolePorts(
        database=database,
        clock=clock,
        cities={"ujung": town("ujung", "U"), "hilir": town("hilir", "H")},
        live=live,
        passwords=passwords,
        media_folder=folder,
        windows=WINDOWS,
        sms_parts=lambda text: -(-len(text) // 153),
        templates={("whatsapp", "resmi"): "balasan_petugas/id"},
        tile_url="https://{s}.ubin.test/{z}/{x}/{y}.png",
        attribution="© ubin",
        secure_cookies=False,
        allowed_origins=frozenset({"https://112.ujung.test"}),
        static_folder=tmp_path / "static",
        rehearsal=rehearsing,
    )


class Building:
    """The whole console, built once: its routes take half a second. Whoever moves in brings their own desk."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.first: Callable[..., Any] | None = None

    def let(self, desk: ConsolePorts, watched: Watched) -> FastAPI:
        if self.first is None:
            router = console_app(desk)
            (lending,) = router.dependencies
            self.first = lending.dependency
            self.app.include_router(router)
        assert self.first is not None
        self.app.dependency_overrides = {self.first: lend(desk)}
        self.app.state.quiet = watched.quiet
        return self.app


@pytest.fixture(scope="session")
def building() -> Building:
    return Building()


@pytest.fixture
def app(building: Building, desk: ConsolePorts, watched: Watched) -> FastAPI:
    return building.let(desk, watched)


@pytest_asyncio.fixture
async def log_in(app: FastAPI, desk: ConsolePorts) -> AsyncIterator[LogIn]:
    """``await log_in("sari")``: somebody with an account of their own at an open page."""
    browsers: list[Browser] = []

    async def enter(
        username: str = "sari",
        role: Role = "operator",
        cities: tuple[str, ...] = ("ujung",),
        address: str = "192.0.2.10",
    ) -> Browser:
        known = {one.username for one in await operators.everyone(desk.database)}
        if username not in known:
            await operators.add(
                desk.database,
                desk.passwords,
                desk.clock,
                username=username,
                name=username.title(),
                role=role,
                cities=cities,
                password=PASSWORD,
            )
        browser = Browser(app, address)
        browsers.append(browser)
        answer = await browser.log_in(username, PASSWORD)
        assert answer.status_code == 200, answer.text
        return browser

    yield enter
    for browser in browsers:
        await browser.http.aclose()
