"""Real `sigap web` and `sigap worker` processes on one PostgreSQL: they act as one, and some of them die."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import Table, select
from sqlalchemy.engine import URL

from benchmarks.processes import Process, running
from benchmarks.setting import free_port
from bots.claims import CLAIM, Claims
from bots.pace import Pace
from config.clock import SystemClock
from config.database import Database
from config.leases import lease
from config.opening import prepare
from config.processes import Processes, process
from config.settings import Settings
from handoff import operators
from handoff.live import Live
from handoff.passwords import Passwords
from handoff.tables import incident, message
from tests.providers.doors import UrlDoor
from tests.providers.faults import Fault
from tests.providers.telegram import SECRET, TOKEN, FakeTelegram
from tests.understanders import CITIES, trained_model

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

PASSWORD = "kopi susu panas sekali"
POLLED = "112112113:AAfake-token-of-a-polled-bot"
STARTING = 120.0  # seconds; 3 on a machine that has nothing else to do
SOON = 30.0  # seconds for what takes one or two, where this machine is busy
TAKEN_OVER = 60.0  # seconds; 12 by design, and this machine may be busy
assert CLAIM.total_seconds() - TAKEN_OVER > 20.0  # or what nobody took over would leave in time by itself
SLOW = 6.0  # seconds for which a send lasts: long enough to be killed in the middle of one
LISTENS = "listen:ambon:telegram:bot_ambon"

Row = dict[str, Any]


class PolledTelegram(FakeTelegram):
    """Counts who polls at the same time."""

    polls, most = 0, 0

    async def _held(self, offset: int, seconds: float) -> Any:
        self.polls += 1
        self.most = max(self.most, self.polls)
        try:
            return await super()._held(offset, seconds)
        finally:
            self.polls -= 1


class Page:
    """An operator's open console, by HTTP and its live socket."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self.http, self.address = http, address
        self.frames: list[Row] = []
        self._csrf = ""

    async def log_in(self, name: str) -> None:
        async with self.http.post(f"{self.address}/api/login", json={"username": name, "password": PASSWORD}) as answer:
            assert answer.status == 200, await answer.text()
            self._csrf = (await answer.json())["csrf"]
        self.socket = await self.http.ws_connect(f"{self.address}/api/live", origin=self.address)
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for came in self.socket:
            frame = json.loads(came.data)
            if frame["type"] == "ping":
                await self.socket.send_json({"type": "pong"})
            self.frames.append(frame)

    async def post(self, path: str, body: Row | None = None) -> Row:
        headers = {"X-CSRF-Token": self._csrf, "Origin": self.address}
        async with self.http.post(f"{self.address}/api{path}", json=body or {}, headers=headers) as answer:
            assert answer.status in (200, 201), await answer.text()
            found: Row = await answer.json()
            return found

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.http.close()


@dataclass
class House:
    """The processes, by name ("web 1", "worker 2"), their providers, and somebody who only looks on."""

    environment: dict[str, str]
    database: Database
    desk: Live  # as a third web process would know it
    telegram: FakeTelegram
    polled: PolledTelegram
    stack: AsyncExitStack
    http: aiohttp.ClientSession
    addresses: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    async def web(self, name: str) -> str:
        """Its address; started if it does not run."""
        if name not in self.processes:
            port = free_port()
            self.addresses[name] = f"http://127.0.0.1:{port}"
            await self._start(name, "web", SIGAP_PORT=str(port))
            await eventually(partial(self._answers, name), within=STARTING)
        return self.addresses[name]

    async def worker(self, name: str) -> Process:
        if name not in self.processes:
            await self._start(name, "worker")
            await eventually(partial(self._works, name), within=STARTING)
        return self.processes[name]

    async def _start(self, name: str, kind: str, **settings: str) -> None:
        started = await Process.start(name, "config.command", kind, environment=self.environment | settings)
        self.processes[name] = await self.stack.enter_async_context(running(started))

    async def _answers(self, name: str) -> bool:
        assert self.processes[name].child.returncode is None, f"{name} ended"
        try:
            async with self.http.get(f"{self.addresses[name]}/health") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def _works(self, name: str) -> bool:
        """A worker has no page to ask; it hears SIGTERM once it works."""
        assert self.processes[name].child.returncode is None, f"{name} ended"
        return self.processes[name].hears(signal.SIGTERM)

    async def kill(self, *names: str) -> None:
        for name in names:
            self.processes[name].kill()
        for name in names:
            await self.processes.pop(name).child.wait()

    async def page(self, at: str, name: str) -> Page:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        page = Page(session, await self.web(at))
        self.stack.push_async_callback(page.leave)
        await page.log_in(name)
        return page

    async def hear(self, at: str, chat: int, text: str) -> None:
        """A citizen's message, acknowledged by this web process."""
        self.telegram.door = UrlDoor(f"{await self.web(at)}/in/telegram/bot_kendari", self.http)
        (answer,) = await self.telegram.deliver(self.telegram.message(chat, text))
        assert answer.status == 200

    async def rows(self, table: Table, **wanted: Any) -> list[Row]:
        query = select(table).where(*(table.c[name] == value for name, value in wanted.items()))
        return await self.database.read(lambda connection: [dict(one) for one in connection.execute(query).mappings()])

    async def poller(self) -> str:
        """Which of our processes listens to the polled bot."""
        holders = [row["holder"] for row in await self.rows(lease, name=LISTENS)]
        return next((name for name in self.processes if holders and self.is_of(name, holders[0])), "")

    def is_of(self, name: str, holder: str) -> bool:
        return f"-{self.processes[name].child.pid}-" in holder


async def eventually(comes_true: Callable[[], Awaitable[bool]], *, within: float) -> float:
    """Wait for it by the machine's clock. Returns the seconds that it took."""
    begun = time.monotonic()
    while not await comes_true():
        assert time.monotonic() - begun < within, "it did not come true in time"
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


# ---- one house for the whole file


@pytest.fixture(scope="module")
def shared_url(postgres: URL) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"

    async def on_server(statement: str) -> None:
        connection = await asyncpg.connect(
            host=str(postgres.query["host"]), user=postgres.username, database="postgres"
        )
        await connection.execute(statement)
        await connection.close()

    asyncio.run(on_server(f"CREATE DATABASE {name}"))
    yield postgres.set(database=name).render_as_string(hide_password=False)
    asyncio.run(on_server(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(shared_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    data = tmp_path_factory.mktemp("data")
    shutil.copytree(trained_model().parent, data / "models")
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(FakeTelegram())
        polled = await stack.enter_async_context(PolledTelegram(token=POLLED))
        database = Database(shared_url)
        stack.push_async_callback(database.close)
        environment = settings_of(data, shared_url, telegram, polled)
        await make_ready(data, shared_url, database)
        desk = await stack.enter_async_context(looking_on(database))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        made = House(environment, database, desk, telegram, polled, stack, http)
        starts = [made.web(f"web {n}") for n in (1, 2)], [made.worker(f"worker {n}") for n in (1, 2)]
        await asyncio.gather(*starts[0], *starts[1])
        yield made


def settings_of(data: Path, url: str, telegram: FakeTelegram, polled: FakeTelegram) -> dict[str, str]:
    common = {"channel": "telegram"}
    hooked = {"city": "kendari", "name": "bot_kendari", "token": TOKEN, "webhook_secret": SECRET}
    pulled = {"city": "ambon", "name": "bot_ambon", "token": POLLED, "mode": "poll"}
    accounts = [common | hooked | {"base_url": telegram.url}, common | pulled | {"base_url": polled.url}]
    return {
        **os.environ,
        "SIGAP_DATA": str(data),
        "SIGAP_DATABASE_URL": url,
        "SIGAP_CITIES": ",".join(CITIES),
        "SIGAP_ACCOUNTS": json.dumps(accounts),
        "SIGAP_LOG_LEVEL": "ERROR",
    }


async def make_ready(data: Path, url: str, database: Database) -> None:
    """The newest schema, the cities' data, two operators."""
    await prepare(Settings(data=data, database_url=url, cities=CITIES), database)
    passwords = Passwords()
    for name in ("sari", "tono"):
        add = partial(operators.add, database, passwords, SystemClock(), username=name, name=name.title())
        await add(role="operator", cities=CITIES, password=PASSWORD)
    passwords.close()


@asynccontextmanager
async def looking_on(database: Database) -> AsyncIterator[Live]:
    """The desk as one more process knows it."""
    await database.join(CITIES)
    watching = Processes(database, SystemClock(), "one that looks on")
    watching.on_death(Claims({}, {}, Pace(), watching.name).free)  # it may be the first to bury a process
    desk = Live(database, SystemClock(), {}, processes=watching)
    await watching.begin(alone=False)
    task = asyncio.create_task(watching.run())
    yield desk
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await watching.end()


# ---- the stories


async def test_an_emergency_at_one_web_process_is_claimed_at_the_other_and_answered_by_a_worker(house: House) -> None:
    sari = await house.page("web 2", "sari")
    await house.hear("web 1", 62001, "tolong ada kebakaran di Wua-Wua")

    async def shown() -> bool:
        return any(frame["type"] == "incident" for frame in sari.frames)

    await eventually(shown, within=SOON)
    case = next(frame["incident"] for frame in sari.frames if frame["type"] == "incident")
    await sari.post(f"/incidents/kendari/{case['id']}/claim")
    said = {"text": "Kami di sini. Di mana apinya?", "client_id": str(uuid.uuid4())}
    await sari.post(f"/conversations/kendari/{case['conversation_id']}/reply", said)

    async def arrived() -> bool:
        return said["text"] in house.telegram.texts("62001")

    await eventually(arrived, within=SOON)
    assert len(house.telegram.texts("62001")) == len(set(house.telegram.texts("62001"))), "each was sent once"
    assert [row["status"] for row in await house.rows(incident)] == ["claimed"]
    await sari.leave()


@dataclass
class Crash:
    """What was under way when a worker and a web process were killed, and when."""

    at: float
    holder: str  # of the polled bot
    waiting: set[int]  # messages that had not left
    acknowledged: set[str]  # chats


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crash(house: House) -> Crash:
    """The worker that polls is killed while it sends, and with it a web process at which somebody sits."""
    await house.page("web 1", "tono")
    await house.page("web 2", "sari")

    async def both_sit() -> bool:
        return house.desk.present("kendari") == 2

    async def somebody_polls() -> bool:
        return bool(await house.poller()) and house.polled.polls == 1

    await eventually(both_sit, within=SOON)
    await eventually(somebody_polls, within=SOON)
    poller = await house.poller()
    for taken in [False, True] * 500:  # the provider is slow; half of the time it has taken the message already
        house.telegram.faults.plan(Fault(delay=SLOW, after_work=taken, path="sendMessage"))
    chats: list[str] = []
    while not await sends(house, poller):
        assert len(chats) < 100
        chats.append(str(63000 + len(chats)))
        await house.hear("web 1", int(chats[-1]), "tolong ada kebakaran")
        await asyncio.sleep(0.1)  # a worker may be slow to claim
    rows = await house.rows(message, direction="out")
    waiting = {row["id"] for row in rows if row["state"] in ("queued", "sending") and not row["replaceable"]}
    holder = (await house.rows(lease, name=LISTENS))[0]["holder"]
    house.telegram.faults.waiting.clear()
    await house.kill(poller, "web 1")
    return Crash(time.monotonic(), holder, waiting, set(chats))


async def sends(house: House, name: str) -> bool:
    rows = await house.rows(message, state="sending")
    return any(house.is_of(name, row["claimed_by"]) for row in rows)


def left(crash: Crash) -> float:
    return TAKEN_OVER - (time.monotonic() - crash.at)


async def test_what_a_killed_worker_was_sending_is_sent_by_another(house: House, crash: Crash) -> None:
    async def all_left() -> bool:
        rows = await house.rows(message, direction="out")
        return {row["id"] for row in rows if row["state"] == "sent"} >= crash.waiting

    async def all_answered() -> bool:
        """A busy process may have kept a line to be answered later."""
        return {one.chat for one in house.telegram.sent} >= crash.acknowledged

    assert crash.waiting
    await eventually(all_left, within=left(crash))
    await eventually(all_answered, within=left(crash))  # nothing that was acknowledged is lost
    heard = Counter((one.chat, one.fields["text"]) for one in house.telegram.sent if one.chat in crash.acknowledged)
    assert max(heard.values()) <= 2, "one crash, at most one duplicate"
    cases = await house.rows(incident, reason="emergency")
    assert len(cases) >= len(crash.acknowledged)


async def test_a_killed_processs_bot_is_polled_by_another_and_never_by_two(house: House, crash: Crash) -> None:
    await house.polled.deliver(house.polled.message(64001, "tolong ada kebakaran"))

    async def kept() -> bool:
        return bool(await house.rows(message, account="bot_ambon", direction="in"))

    await eventually(kept, within=left(crash))
    (now,) = await house.rows(lease, name=LISTENS)
    assert now["holder"] != crash.holder
    assert house.polled.most == 1
    assert len(await house.rows(message, account="bot_ambon", direction="in")) == 1


async def test_operators_of_a_killed_web_process_are_not_counted_any_more(house: House, crash: Crash) -> None:
    async def one_is_left() -> bool:
        return house.desk.present("kendari") == 1

    await eventually(one_is_left, within=left(crash))


async def test_who_is_told_to_end_gives_everything_back_at_once(house: House) -> None:
    await asyncio.gather(house.worker("worker 1"), house.worker("worker 2"))

    async def somebody_polls() -> bool:
        return bool(await house.poller())

    await eventually(somebody_polls, within=TAKEN_OVER)
    poller = await house.poller()
    ended = house.processes[poller]
    async with asyncio.timeout(SOON):  # a long poll that it waited for would take 50
        await ended.end()
    assert ended.child.returncode == 0
    for table, column in ((lease, "holder"), (process, "name")):
        names = [row[column] for row in await house.rows(table)]
        assert not any(house.is_of(poller, name) for name in names), table.name
    assert not await sends(house, poller)
    del house.processes[poller]

    async def another_polls() -> bool:
        return bool(await house.poller()) and house.polled.polls == 1

    await eventually(another_polls, within=SOON)
    assert house.polled.most == 1
