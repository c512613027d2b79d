"""Processes that hang, are cut off, or serve other cities: nothing lies, nothing is sent twice, nobody else waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bots.channel import Limits, SendFailed
from bots.message import InboundMessage
from bots.outbox import Outbox
from bots.transcript import Turn
from config.clock import VirtualClock
from config.database import Database
from config.processes import LIFE, WORKS, Processes, process
from config.schema import migrate
from config.settings import AccountSettings, Settings
from config.wiring import System, build
from config.witness import Witness
from handoff.tables import incident, message
from knowledge_base.seed import seed_city
from nlu.understand import Understander
from tests.fakes import KENDARI, FakeChannel, Keywords, World, open_world

ACCOUNTS = {("fake", "kendari"): KENDARI}


class OneAtATime(FakeChannel):
    """A slow provider: whoever is not being sent waits for a slot."""

    limits = Limits(per_second=1000, per_chat_seconds=0, concurrency=1)


async def test_what_another_sent_while_we_hung_is_not_sent_again(world: World) -> None:
    alive = [True]
    ours, theirs = OneAtATime(), FakeChannel()
    hung = Outbox(world.database, world.clock, {"fake": ours}, ACCOUNTS, "hung", alive=lambda: alive[0])
    other = Outbox(world.database, world.clock, {"fake": theirs}, ACCOUNTS, "other")
    for number in range(5):
        await world.hear("syarat ktp", chat=f"q{number}")
    ours.open.clear()
    world.clock.advance(5)
    assert await hung.step() == 5
    await asyncio.sleep(0.05)
    alive[0] = False
    world.clock.advance(9)
    await world.database.write(lambda connection: other.free(connection, {"hung": {}}, world.clock.now()))
    world.clock.advance(0.1)
    while await other.step():
        await other.drain()
    assert len(theirs.sent) == 5
    world.clock.advance(3)
    alive[0] = True
    ours.open.set()
    await hung.drain()
    assert len(ours.sent) <= 1, "but for the one that was under way"


async def test_a_failure_that_was_slow_takes_nothing_from_whoever_tries_now(world: World) -> None:
    slow, theirs = FakeChannel(), FakeChannel()
    hung = Outbox(world.database, world.clock, {"fake": slow}, ACCOUNTS, "hung")
    other = Outbox(world.database, world.clock, {"fake": theirs}, ACCOUNTS, "other")
    await world.hear("syarat ktp")
    slow.open.clear()
    theirs.open.clear()
    slow.faults = [SendFailed("blocked", permanent=True)]
    world.clock.advance(5)
    assert await hung.step() == 1
    await asyncio.sleep(0.05)
    await world.database.write(lambda connection: other.free(connection, {"hung": {}}, world.clock.now()))
    world.clock.advance(0.1)
    assert await other.step() == 1
    slow.open.set()
    await hung.drain()
    assert [row["state"] for row in await world.rows(message) if row["direction"] == "out"] == ["sending"]
    theirs.open.set()
    await other.drain()
    assert [row["state"] for row in await world.rows(message) if row["direction"] == "out"] == ["sent"]


async def test_whoever_lives_again_sends_what_it_still_holds_at_once(world: World) -> None:
    alive = [True]
    outbox = Outbox(world.database, world.clock, {"fake": world.channel}, ACCOUNTS, "one", alive=lambda: alive[0])
    await world.hear("tolong ada kebakaran")
    assert await outbox.step() == 1
    alive[0] = False  # before its slot came
    world.clock.advance(7)
    await asyncio.sleep(0.05)
    assert world.channel.sent == []
    alive[0] = True
    world.clock.advance(1)
    await outbox.drain()
    assert len(world.channel.sent) == 1


@pytest.mark.postgres
async def test_two_claims_at_once_do_not_turn_a_chat_round(postgres_url: str) -> None:
    async with open_world(postgres_url) as world:
        await world.hear("tolong kebakaran", chat="a")
        await world.hear("petugas", chat="a")
        engine = create_async_engine(make_url(postgres_url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as other:  # another process is just claiming the first of them
            first = select(message.c.id).where(message.c.state == "queued").order_by(message.c.id).limit(1)
            await other.execute(first.with_for_update())
            assert await world.outbox.step() == 0
        await engine.dispose()
        said = await world.wait(5)
        assert said[0].startswith("Pesan masuk")


@asynccontextmanager
async def serving(url: str, folder: Path, city: str, clock: VirtualClock) -> AsyncIterator[System]:
    """A process that does the work of one city."""
    accounts = [AccountSettings(city=city, channel="telegram", name=city)]
    wanted = Settings(data=folder, database_url=url, cities=(city,), accounts=accounts)
    channel = FakeChannel()
    channel.open.clear()
    system = await build(
        wanted,
        cast(Understander, Keywords()),
        clock=clock,
        wrap=lambda all_of_them: all_of_them | {"telegram": channel},
    )
    for one in system.cities.values():
        await system.database.write(partial(seed_city, city=one, now=clock.now()))
    system.processes.tell(WORKS, lambda: sorted(system.cities))
    await system.start()
    yield system
    channel.open.set()
    await system.stop()


@pytest.mark.postgres
async def test_processes_of_other_cities_have_no_share_and_free_what_theirs_held(
    postgres_url: str, tmp_path: Path
) -> None:
    clock = VirtualClock()
    plain = Database(postgres_url)
    await migrate(plain)
    async with (
        serving(postgres_url, tmp_path / "a", "kendari", clock) as ours,
        serving(postgres_url, tmp_path / "b", "ambon", clock) as theirs,
    ):
        for system in (ours, theirs, ours):
            await system.processes.beat()
        account = ours.accounts["telegram", "kendari"]
        now = clock.now()
        lines = [InboundMessage(f"e{n}", f"c{n}", "text", now, text="tolong kebakaran") for n in range(20)]
        await ours.turns.keep([Turn(account, one, now) for one in lines])
        while await ours.backlog.step():
            pass
        unanswered = select(message.c.id).where(message.c.direction == "in", message.c.answered_at.is_(None))
        assert await plain.read(lambda connection: connection.execute(unanswered).all()) == []
        assert ours.inbox._others("kendari") == 0
        clock.advance(1)
        assert await ours.outbox.step() == 20
        claimed = select(message.c.id).where(message.c.state == "sending")
        assert len(await plain.read(lambda connection: connection.execute(claimed).all())) == 20
        dead = select(process).where(process.c.name == ours.processes.name)
        await theirs.database.write(
            lambda connection: theirs.processes._bury(connection, list(connection.execute(dead).mappings()))
        )
        assert await plain.read(lambda connection: connection.execute(claimed).all()) == []
    await plain.close()


@asynccontextmanager
async def cut_off(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A machine that will be lost in the middle of a transaction, for PostgreSQL to find out: two seconds after it."""
    hurry = {"idle_in_transaction_session_timeout": "2000"}
    lost = await asyncpg.connect(url, server_settings=hurry)
    yield lost
    lost.terminate()


@pytest.mark.postgres
async def test_a_machine_that_is_cut_off_in_mid_write_stops_nobody_for_long(postgres_url: str) -> None:
    async with open_world(postgres_url) as world, cut_off(postgres_url) as lost:
        await world.hear("tolong kebakaran", chat="first")
        await lost.execute("BEGIN; UPDATE counter SET value = value + 1")
        async with asyncio.timeout(30):
            await world.hear("tolong kebakaran", chat="second")
        assert len(await world.rows(incident)) == 2


@pytest.mark.postgres
async def test_a_burial_that_must_wait_keeps_no_sign_of_life_back(postgres_url: str) -> None:
    async with open_world(postgres_url) as world, cut_off(postgres_url) as lost:
        now = [100.0]

        def joined(name: str) -> Processes:
            made = Processes(world.database, world.clock, name, moment=lambda: now[0])
            made.on_death(world.outbox.free)
            return made

        dead, living = joined("test"), joined("living")
        for one in (dead, living):
            await one.beat()
        await world.hear("tolong kebakaran")
        world.channel.open.clear()
        assert await world.outbox.step() == 1
        await lost.execute("BEGIN; UPDATE message SET error = 'x' WHERE state = 'sending'")
        async with asyncio.timeout(30):
            for _ in range(4):
                now[0] += LIFE / 3
                await living.beat()
        assert living.alive
        world.channel.open.set()
        for _ in range(300):
            held = [
                row for row in await world.rows(message) if row["state"] == "sending" and row["claimed_by"] == "test"
            ]
            if not held:
                break
            await asyncio.sleep(0.1)
        assert not held, "PostgreSQL has given the lost machine up by now"


@pytest.mark.postgres
async def test_a_restart_of_the_database_makes_no_question_a_case(postgres_url: str) -> None:
    database = Witness(postgres_url)
    async with open_world(postgres_url) as world:
        world.turns._database = database
        await world.hear("halo")
        await world.database.write(
            lambda connection: connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sigap'"
                " AND pid <> pg_backend_pid()"
            ).close()
        )
        await world.hear("syarat ktp", chat="q")
        assert await world.rows(incident) == []
        assert all(row["answered_at"] for row in await world.rows(message) if row["direction"] == "in")
    await database.close()


async def test_an_account_that_left_the_settings_stands_in_nobodys_way(world: World) -> None:
    gone = Turn(world.account, world.message("syarat ktp", "x"), world.clock.now())
    object.__setattr__(gone, "account", type(world.account)("kendari", "fake", "gone"))
    many = [Turn(gone.account, world.message("ktp", f"x{n}"), world.clock.now()) for n in range(450)]
    await world.turns.keep(many)
    world.clock.advance(1)
    await world.turns.keep([Turn(world.account, world.message("pingsan", "in need"), world.clock.now())])
    await world.backlog.step()
    assert len(await world.rows(incident)) == 1


async def test_all_that_waits_is_read_before_anything_is_answered(world: World) -> None:
    now = world.clock.now()
    questions = [Turn(world.account, world.message("syarat ktp", f"q{n}"), now) for n in range(900)]
    await world.turns.keep(questions)
    world.clock.advance(1)
    await world.turns.keep([Turn(world.account, world.message("pingsan", "in need"), world.clock.now())])
    await world.backlog.step()
    assert len(await world.rows(incident)) == 1
    waiting = [row for row in await world.rows(message) if row["direction"] == "in" and row["answered_at"] is None]
    assert len(waiting) >= 800
