"""Two processes on one PostgreSQL: one conversation, one case, everything once, and nobody waits for another's chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bots.backlog import Backlog
from bots.message import Parsed
from bots.transcript import Turn
from config.stores import PostgresStore
from handoff.tables import contact, conversation, incident, message
from tests.fakes import World, open_world

pytestmark = pytest.mark.postgres

PATIENCE = 30.0  # seconds


@pytest.fixture
async def pair(postgres_url: str) -> AsyncIterator[tuple[World, World]]:
    async with open_world(postgres_url) as one, open_world(postgres_url) as other:
        yield one, other


@asynccontextmanager
async def holding(url: str, chat: str) -> AsyncIterator[None]:
    """Another process is in the middle of a turn of this chat."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.execute(select(contact).where(contact.c.address == chat).with_for_update())
        yield
    await engine.dispose()


async def inbound(world: World) -> list[dict[str, Any]]:
    rows = [row for row in await world.rows(message) if row["direction"] == "in"]
    return sorted(rows, key=lambda row: row["id"])


async def test_first_messages_at_two_processes_make_one_conversation_and_one_case(pair: tuple[World, World]) -> None:
    lines = [
        world.hear("tolong ada kebakaran", event_key=f"k{n}-{place}")
        for n in range(20)
        for place, world in enumerate(pair)
    ]
    await asyncio.gather(*lines)
    assert len(await pair[0].rows(contact)) == len(await pair[0].rows(conversation)) == 1
    assert len(await pair[0].rows(incident)) == 1
    assert len(await inbound(pair[0])) == 40


async def test_a_redelivery_to_the_other_process_changes_nothing(pair: tuple[World, World]) -> None:
    one = pair[0].message("tolong ada kebakaran", event_key="same")
    await asyncio.gather(*(world.inbox.keep(world.account, Parsed((one,)), b"{}") for world in pair * 5))
    assert len(await inbound(pair[0])) == 1
    assert len(await pair[0].rows(incident)) == 1


@pytest.mark.parametrize("words", ["tolong ada kebakaran", "syarat ktp"])
async def test_a_chat_that_another_process_holds_holds_up_nobody_else(words: str, postgres_url: str) -> None:
    async with open_world(postgres_url) as world:
        await world.hear("halo", chat="held")
        async with holding(postgres_url, "held"):
            held = asyncio.create_task(world.hear(words, chat="held"))
            free = [world.hear(words, chat=f"free{n}") for n in range(5)]
            await asyncio.wait_for(asyncio.gather(*free), PATIENCE)
            assert not held.done(), "it is not acknowledged before it is durable"
        await asyncio.wait_for(held, PATIENCE)
        assert [row["text"] for row in await inbound(world) if row["chat"] == "held"] == ["halo", words]


async def test_lines_of_a_held_chat_keep_their_order(postgres_url: str) -> None:
    async with open_world(postgres_url) as world:
        await world.hear("halo", chat="held")
        async with holding(postgres_url, "held"):
            lines = [asyncio.create_task(world.hear(f"ktp {n}", chat="held")) for n in range(4)]
            await asyncio.sleep(0.2)  # longer than it steps back for: by now it waits
            assert not any(line.done() for line in lines)
        await asyncio.wait_for(asyncio.gather(*lines), PATIENCE)
        texts = [row["text"] for row in sorted(await inbound(world), key=lambda row: row["created_at"])]
        assert texts == ["halo", *(f"ktp {n}" for n in range(4))]


async def test_two_senders_send_every_message_once(pair: tuple[World, World]) -> None:
    await asyncio.gather(*(pair[0].hear("tolong kebakaran", chat=f"c{n}") for n in range(50)))
    await asyncio.gather(*(world.outbox.step() for world in pair * 3))
    for world in pair:
        await world.outbox.drain()
    sent = [one.chat for world in pair for one in world.channel.sent]
    assert sorted(sent) == sorted(f"c{n}" for n in range(50))


async def test_what_waits_is_shared_out_and_answered_once_and_in_order(pair: tuple[World, World]) -> None:
    lines = [(f"c{n % 10}", f"ktp {n}") for n in range(60)]
    turns = [Turn(pair[0].account, pair[0].message(text, chat), pair[0].clock.now()) for chat, text in lines]
    await pair[0].turns.keep(turns)
    heard: list[list[str]] = [[], []]
    backlogs = []
    for place, world in enumerate(pair):
        accounts = {("fake", "kendari"): world.account}
        backlogs.append(
            Backlog(world.database, world.clock, world.turns, accounts, lambda _city, place=place: (place, 2))
        )
    for place, backlog in enumerate(backlogs):
        before = {row["id"] for row in await inbound(pair[0]) if row["answered_at"] is not None}
        while await backlog.step():
            pass
        heard[place] = [row["chat"] for row in await inbound(pair[0]) if row["answered_at"] and row["id"] not in before]
    assert all(row["answered_at"] for row in await inbound(pair[0]))
    assert {*heard[0]}.isdisjoint(heard[1]), "a conversation is one process's work"
    assert all(heard)


async def test_a_job_that_lost_against_another_is_done_again(pair: tuple[World, World]) -> None:
    """A deadlock is nobody's fault: both writes are made."""
    await asyncio.gather(*(pair[0].hear("halo", chat=chat) for chat in "ab"))
    ids = {row["address"]: row["id"] for row in await pair[0].rows(contact)}
    both_hold = asyncio.Barrier(2)
    tries: list[str] = []
    held: set[str] = set()

    async def crosswise(world: World, first: str, second: str) -> None:
        store = world.database._store
        assert isinstance(store, PostgresStore)

        def lock(connection: Connection, chat: str) -> None:
            connection.execute(select(contact).where(contact.c.id == ids[chat]).with_for_update())

        def job(connection: Connection) -> None:
            tries.append(first)
            lock(connection, first)
            held.add(first)
            while len(held) < 2:  # until the other holds its own
                connection.exec_driver_sql("SELECT pg_sleep(0.05)")
            lock(connection, second)

        async with asyncio.timeout(PATIENCE):
            await both_hold.wait()
            await world.database.write(job)

    await asyncio.gather(crosswise(pair[0], "a", "b"), crosswise(pair[1], "b", "a"))
    assert len(tries) >= 3, "one of them was broken off, and came again"
