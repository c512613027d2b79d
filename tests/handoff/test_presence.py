"""Who sits at the desk and who looks at what, where several processes serve one desk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select, update

import config.leases  # noqa: F401 - its table belongs to the schema
from config.clock import VirtualClock
from config.database import Database, changed, metadata
from config.processes import BEAT, LIFE, Processes
from handoff.live import Live
from handoff.news import Key
from handoff.open_console import Console
from handoff.operators import Operator, Role
from handoff.sessions import Session
from handoff.tables import incident
from tests.handoff import citizens
from tests.handoff.conftest import WINDOWS
from tests.providers.clocks import until

PRESENT_AT_MOST = 15.0  # seconds for which a dead process's operators may still be counted


@dataclass
class Office:
    """One web process."""

    processes: Processes
    live: Live

    async def sit(self, person: Operator) -> Console:
        """Somebody opens the console here; what it says first has been read."""
        seen_at = VirtualClock().now()
        console = self.live.join(Session(person, f"{self.processes.name} {person.username}", "token", seen_at))
        heard(console)
        return console


@dataclass
class House:
    """Two web processes on one database. Nothing beats but by hand."""

    database: Database
    clock: VirtualClock
    moment: float = 100.0
    numbers: Any = field(default_factory=lambda: count(1))

    def office(self, name: str) -> Office:
        processes = Processes(self.database, self.clock, name, moment=lambda: self.moment)
        return Office(processes, Live(self.database, self.clock, WINDOWS, processes=processes))

    def person(self, name: str, role: Role = "operator", cities: tuple[str, ...] = ("ujung",)) -> Operator:
        return Operator(2**62 + next(self.numbers), name.lower(), name, role, cities)

    async def beat(self, *offices: Office, seconds: float = BEAT) -> None:
        self.moment += seconds
        for _ in range(2):  # the second time everybody has heard what the others told the first time
            for one in offices:
                await one.processes.beat()

    async def talk(self, chat: str = "c1", *, restricted: bool = False) -> Key:
        row = await citizens.emergency(self.database, self.clock, chat=chat)
        talk = ("ujung", int(row["conversation_id"]))
        if restricted:
            await self.restrict(talk)
        return talk

    async def restrict(self, talk: Key) -> None:
        """What is told there turns out to be for few."""
        case = (incident.c.city == talk[0], incident.c.conversation_id == talk[1])

        def job(connection: Connection) -> None:
            key = connection.scalar(select(incident.c.id).where(*case))
            assert key is not None
            connection.execute(update(incident).where(*case).values(restricted=True))
            changed(connection, "incident", talk[0], key, talk[1])

        await self.database.write(job)


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    database = Database(database_url)
    await database.write(metadata.create_all)
    yield House(database, VirtualClock())
    await database.close()


@pytest_asyncio.fixture
async def offices(house: House) -> tuple[Office, Office]:
    pair = house.office("one"), house.office("other")
    await house.beat(*pair)
    return pair


def heard(console: Console) -> list[dict[str, Any]]:
    """The frames that wait for a page."""
    frames = []
    while not console.frames.empty():
        frames.append(json.loads(console.frames.get_nowait()))
    return frames


def names(frames: list[dict[str, Any]]) -> list[list[str]]:
    """Who looks, as each frame tells it."""
    return [[one["name"] for one in frame["viewers"]] for frame in frames if frame["type"] == "viewers"]


async def test_who_is_at_the_desk_counts_once_wherever_they_sit(house: House, offices: tuple[Office, Office]) -> None:
    here, there = offices
    sari, tono = house.person("Sari"), house.person("Tono")
    for office, person in ((here, sari), (here, sari), (there, sari), (there, tono)):
        await office.sit(person)
    await house.beat(*offices)
    assert [office.live.present("ujung") for office in offices] == [2, 2]
    assert [office.live.present("hilir") for office in offices] == [0, 0]


async def test_who_leaves_one_process_is_still_present_at_the_other(
    house: House, offices: tuple[Office, Office]
) -> None:
    here, there = offices
    sari = house.person("Sari")
    page, other_page = await here.sit(sari), await there.sit(sari)
    await house.beat(*offices)
    here.live.leave(page)
    await house.beat(*offices)
    assert [office.live.present("ujung") for office in offices] == [1, 1]
    there.live.leave(other_page)
    await house.beat(*offices)
    assert [office.live.present("ujung") for office in offices] == [0, 0]


@pytest.mark.parametrize("role", ["admin", "author"])
async def test_an_open_page_of_who_does_not_answer_mans_no_desk(
    role: Role, house: House, offices: tuple[Office, Office]
) -> None:
    here, there = offices
    await there.sit(house.person("Rudi", role))
    await house.beat(*offices)
    assert [office.live.present("ujung") for office in offices] == [0, 0]
    await there.sit(house.person("Wati", "supervisor", ("ujung", "hilir")))
    await house.beat(*offices)
    assert (here.live.present("ujung"), here.live.present("hilir")) == (1, 1)


async def test_a_page_is_told_who_looks_at_its_conversation_elsewhere(
    house: House, offices: tuple[Office, Office]
) -> None:
    here, there = offices
    talk = await house.talk()
    page, other_page = await here.sit(house.person("Sari")), await there.sit(house.person("Tono"))
    await here.live.view(page, talk)
    await there.live.view(other_page, talk)
    await house.beat(*offices)
    assert names(heard(page))[-1] == ["Sari", "Tono"]
    assert names(heard(other_page))[-1] == ["Sari", "Tono"]
    assert [one.name for one in here.live.viewers(*talk)] == ["Sari", "Tono"]

    await house.beat(*offices)
    assert names(heard(page)) == [], "where nothing changed nobody is told"

    await there.live.view(other_page, None)
    await house.beat(*offices)
    assert names(heard(page)) == [["Sari"]]

    await there.live.view(other_page, talk)
    await house.beat(*offices)
    there.live.leave(other_page)
    await house.beat(*offices)
    assert names(heard(page)) == [["Sari", "Tono"], ["Sari"]]


async def test_one_person_at_two_processes_is_one_viewer(house: House, offices: tuple[Office, Office]) -> None:
    talk, sari = await house.talk(), house.person("Sari")
    for office in offices:
        await office.live.view(await office.sit(sari), talk)
    await house.beat(*offices)
    assert [[one.name for one in office.live.viewers(*talk)] for office in offices] == [["Sari"], ["Sari"]]


async def test_a_process_that_dies_takes_its_operators_away(house: House, offices: tuple[Office, Office]) -> None:
    here, there = offices
    talk = await house.talk()
    page, gone = await here.sit(house.person("Sari")), await there.sit(house.person("Tono"))
    await here.live.view(page, talk)
    await there.live.view(gone, talk)
    await house.beat(*offices)
    assert here.live.present("ujung") == 2
    heard(page)
    died = house.moment
    while here.live.present("ujung") == 2:
        await house.beat(here)
    assert LIFE <= house.moment - died <= PRESENT_AT_MOST
    assert here.live.present("ujung") == 1
    assert names(heard(page)) == [["Sari"]]


async def test_a_process_that_ends_takes_its_operators_away_at_once(
    house: House, offices: tuple[Office, Office]
) -> None:
    here, there = offices
    await there.sit(house.person("Tono"))
    await house.beat(*offices)
    await there.processes.end()
    await house.beat(here, seconds=0.0)
    assert here.live.present("ujung") == 0


async def test_nobodys_page_is_told_of_what_it_may_not_see(house: House, offices: tuple[Office, Office]) -> None:
    here, there = offices
    hidden = await house.talk("c1", restricted=True)
    open_one = await house.talk("c2")
    admin, stranger = house.person("Rudi", "admin"), house.person("Edi", cities=("hilir",))
    author = house.person("Wati", "author")
    pages = {key: await here.sit(one) for key, one in (("admin", admin), ("stranger", stranger), ("author", author))}
    for page in pages.values():
        await here.live.view(page, hidden)
    for key in ("stranger", "author"):
        await here.live.view(pages[key], open_one)
    looking = await there.sit(house.person("Sari"))
    for talk in (hidden, open_one, hidden):
        await there.live.view(looking, talk)
        await house.beat(*offices)
    assert [names(heard(page)) for page in pages.values()] == [[], [], []]
    assert [one.name for one in there.live.viewers(*hidden)] == ["Sari"], "nor are they shown as looking at it"
    await here.live.view(pages["admin"], open_one)
    assert names(heard(pages["admin"])) == [["Rudi"]], "of what anybody may see they are told"


async def test_who_may_not_see_a_case_any_more_is_told_nothing_more_of_it(
    house: House, offices: tuple[Office, Office]
) -> None:
    here, there = offices
    talk = await house.talk()
    page = await here.sit(house.person("Rudi", "admin"))
    running = asyncio.create_task(here.live.run())
    await here.live.view(page, talk)
    assert names(heard(page)) == [["Rudi"]]
    await house.restrict(talk)
    await until(lambda: not here.live.viewers(*talk))
    looking = await there.sit(house.person("Sari"))
    await there.live.view(looking, talk)
    await house.beat(*offices)
    assert names(heard(page)) == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
