"""Processes on one database: who lives is known, the dead are buried, and what they held is free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import pytest
from sqlalchemy import Connection, select

from config import leases, processes
from config.clock import VirtualClock
from config.database import Database
from config.health import UNATTENDED, worker_parts
from config.processes import BEAT, LIFE, MARGIN, SIGNS, WORKS, Processes, new_name, process
from config.schema import migrate
from handoff.console.part_names import part_detail, part_name
from tests.providers.clocks import until

TAKEN_OVER = 15.0  # seconds within which a dead process's work must be somebody else's


@dataclass
class Room:
    """Several processes on one database, and a clock that only this room moves."""

    database: Database
    now: float = 100.0
    freed: list[str] = field(default_factory=list)

    def process(self, name: str) -> Processes:
        made = Processes(self.database, VirtualClock(), name, moment=lambda: self.now)

        def free(_connection: Connection, dead: Mapping[str, object], _now: datetime) -> None:
            self.freed.extend(dead)

        made.on_death(free)
        return made

    async def listed(self) -> list[str]:
        return await self.database.read(lambda connection: sorted(connection.scalars(select(process.c.name))))


@asynccontextmanager
async def room_on(url: str) -> AsyncIterator[Room]:
    database = Database(url)
    await migrate(database)
    yield Room(database)
    await database.close()


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Room]:
    async with room_on(database_url) as made:
        yield made


async def test_each_hears_what_the_others_tell(room: Room) -> None:
    one, other = room.process("one"), room.process("other")
    one.tell("works", lambda: ["ambon", "kendari"])
    other.tell("works", lambda: ["kendari"])
    other.tell("desk", lambda: ["Siti"])
    for each in (one, other, one):
        await each.beat()
    assert one.others("desk") == [["Siti"]]
    assert other.others("desk") == []
    assert {one.place("works", "kendari"), other.place("works", "kendari")} == {(0, 2), (1, 2)}
    assert one.place("works", "ambon") == (0, 1), "whoever does not serve a city has no share of its work"


async def test_a_dead_process_is_buried_in_time_and_what_it_held_is_free(room: Room) -> None:
    dead, living = room.process("dead"), room.process("living")
    await dead.beat()
    now = datetime.now().astimezone()
    held = partial(leases.take, name="listen:modem", holder="dead", now=now, span=timedelta(hours=1))
    await room.database.write(held)
    died = room.now
    while "dead" in await room.listed():
        await living.beat()
        room.now += BEAT
    assert room.now - died <= TAKEN_OVER
    assert room.freed == ["dead"]
    assert await room.database.write(
        partial(leases.take, name="listen:modem", holder="living", now=now, span=timedelta(1))
    )


async def test_a_process_that_cannot_say_that_it_lives_stops_before_others_bury_it(room: Room) -> None:
    cut_off, other = room.process("cut off"), room.process("other")
    await cut_off.beat()
    await other.beat()
    room.now += LIFE - MARGIN
    assert not cut_off.alive
    await other.beat()
    assert "cut off" in await room.listed(), "it stopped in time: nobody has taken its work yet"
    await cut_off.beat()
    assert cut_off.alive


async def test_after_a_pause_of_the_database_nobody_is_buried_who_lives(room: Room) -> None:
    one, other = room.process("one"), room.process("other")
    for each in (one, other, one):
        await each.beat()
    room.now += 60.0  # nobody could write for so long
    await one.beat()
    await other.beat()
    room.now += BEAT
    await one.beat()
    assert await room.listed() == ["one", "other"]
    assert room.freed == []


async def test_who_goes_says_so_and_is_missed_at_once(room: Room) -> None:
    one, other = room.process("one"), room.process("other")
    other.tell("works", lambda: ["kendari"])
    for each in (other, one):
        await each.beat()
    await other.end()
    assert not other.alive
    await one.beat()
    assert one.others("works") == []
    assert room.freed == ["other"]


async def test_where_nobody_else_can_be_whoever_is_listed_is_dead(room: Room) -> None:
    await room.process("before the power cut").beat()
    after = room.process("after")
    await after.begin(alone=True)
    assert room.freed == ["before the power cut"]
    assert await room.listed() == ["after"]


async def untended(web: Processes) -> list[str]:
    """What /health of ``web`` says of cities that nobody works for."""
    parts = worker_parts(web, ["ambon", "kendari"])
    assert all(part["name"] == "workers" and not part["needed"] for part in parts)
    return [part["detail"] for part in parts if not part["ok"]]


def untold(city: str) -> str:
    return f"nobody does the background work of {city}: start sigap worker"


async def test_cities_that_nobody_works_for_are_named_until_somebody_does(room: Room) -> None:
    web, worker, late = room.process("web"), room.process("worker"), room.process("late")
    worker.tell(WORKS, lambda: ["kendari"])
    late.tell(WORKS, lambda: ["ambon", "kendari"])
    started = room.now
    while not (told := await untended(web)):
        for each in (worker, web):
            await each.beat()
        room.now += BEAT / 2
    assert told == [untold("ambon")]
    assert room.now - started > UNATTENDED, "a worker that has just not been heard yet is none that is missing"
    died = room.now
    while len(told) < 2:
        await web.beat()
        told = await untended(web)
        room.now += BEAT / 2
    assert room.now - died <= TAKEN_OVER
    assert told == [untold("ambon"), untold("kendari")]
    await late.beat()
    assert await untended(late) == [], "whoever works by itself misses nobody"
    await web.beat()
    assert await untended(web) == []
    said = part_detail(part_name("workers"), untold("kota-baru"))
    assert part_name("workers") != "workers"
    assert "Kota Baru" in said
    assert "nobody" not in said


async def test_whoever_could_not_listen_does_not_say_that_nobody_works(room: Room) -> None:
    web, worker = room.process("web"), room.process("worker")
    worker.tell(WORKS, lambda: ["ambon", "kendari"])
    for each in (worker, web):
        await each.beat()
    room.now += 60.0  # nobody could write for so long
    assert await untended(web) == []
    await web.beat()
    assert await untended(web) == []


async def test_the_restart_of_the_only_worker_is_no_alarm(room: Room) -> None:
    web, worker = room.process("web"), room.process("worker")
    worker.tell(WORKS, lambda: ["ambon", "kendari"])
    for _ in range(6):
        for each in (worker, web):
            await each.beat()
        room.now += BEAT
    await worker.end()
    await web.beat()
    assert await untended(web) == []
    for _ in range(int(UNATTENDED / BEAT)):
        room.now += BEAT
        await web.beat()
    assert await untended(web) == [untold("ambon"), untold("kendari")]


@pytest.mark.parametrize(("ahead", "told"), [(0, 0), (-3, 0), (5, 5), (-60, 60)])
async def test_a_machine_whose_clock_is_wrong_is_noticed(room: Room, ahead: int, told: int) -> None:
    one, other = room.process("one"), room.process("other")
    cast(VirtualClock, other._clock)._now += timedelta(seconds=ahead)
    for each in (other, one) * (SIGNS + 1):
        await each.beat()
    assert one.clock_is_off == told


async def test_a_sign_of_life_that_does_not_come_is_no_slow_clock(room: Room) -> None:
    one, dead = room.process("one"), room.process("dead")
    for each in (dead, one) * (SIGNS + 1):
        await each.beat()
    while "dead" in await room.listed():
        cast(VirtualClock, one._clock).advance(BEAT)
        room.now += BEAT
        await one.beat()
        assert one.clock_is_off == 0


async def test_a_sign_of_life_that_was_held_up_is_no_slow_clock(room: Room) -> None:
    one, other = room.process("one"), room.process("other")
    await other.beat()
    cast(VirtualClock, one._clock).advance(3600.0)  # it stood there since the power cut
    await one.beat()
    assert one.clock_is_off == 0
    cast(VirtualClock, other._clock).advance(3600.0)
    for late in (0.0, 5.0, 0.0, 0.0, 5.0):
        await other.beat()
        for each in (one, other):
            cast(VirtualClock, each._clock).advance(late)
        await one.beat()
        assert one.clock_is_off == 0


def test_no_two_processes_have_one_name() -> None:
    names = {new_name() for _ in range(100)}
    assert len(names) == 100, "though machine and process number be the same"
    assert all(len(name) <= 40 for name in names)


@pytest.mark.postgres
async def test_news_go_round_at_once(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one tells another hears by the database's notices, long before the next beat."""
    monkeypatch.setattr(processes, "BEAT", 600.0)
    async with room_on(postgres_url) as here, room_on(postgres_url) as there:
        one, other = here.process("one"), there.process("other")
        for database in (here.database, there.database):
            await database.join(["kendari"])
            await until(lambda database=database: database.hears)
        seats: list[str] = []
        one.tell("desk", lambda: list(seats))
        heard = asyncio.Event()
        await one.beat()
        await other.beat()
        other.on_news(heard.set)
        running = [asyncio.create_task(each.run()) for each in (one, other)]
        seats.append("Siti")
        one.say()
        await asyncio.wait_for(heard.wait(), 30)
        assert other.others("desk") == [["Siti"]]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
