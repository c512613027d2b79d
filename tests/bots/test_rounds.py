"""Which cities a sweep asks: quiet ones hardly ever, none too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bots.rounds import BEHIND, Rounds
from config.bus import Told
from config.clock import VirtualClock
from config.database import Database, changed

MANY = [f"kota{number:02}" for number in range(50)]


class Clock(VirtualClock):
    """One that somebody may set back."""

    def set_back(self, span: timedelta) -> None:
        self._now -= span


class Sweep:
    """Rounds over what ``due`` says, and whom they asked."""

    def __init__(self, database: Database, clock: Clock, cities: list[str]) -> None:
        self.due: dict[str, datetime] = {}
        self.asked: list[str] = []
        self.meanwhile: list[Told] = []  # committed while a city is asked
        self.database = database
        self.clock = clock
        self.rounds = Rounds(database, clock, cities, self._earliest)

    def _earliest(self, _: Connection, city: str) -> datetime | None:
        self.asked.append(city)
        self.database._hear_others(self.meanwhile)
        return self.due.get(city)

    async def tell(self, city: str) -> None:
        await self.database.write(lambda connection: changed(connection, "message", city, 1))

    async def ask(self) -> tuple[list[str], list[str]]:
        """What is due, and which cities were asked for it."""
        self.asked.clear()
        return await self.rounds.due(), list(self.asked)


@pytest.fixture
async def sweep(tmp_path: Path) -> AsyncIterator[Sweep]:
    database = Database(f"sqlite:///{tmp_path / 'sigap.db'}")
    yield Sweep(database, Clock(), ["ambon", "kendari"])
    await database.close()


async def test_a_city_without_anything_is_left_alone_for_a_while(sweep: Sweep) -> None:
    assert await sweep.ask() == ([], ["ambon", "kendari"])
    assert await sweep.ask() == ([], [])
    sweep.clock.advance(BEHIND.total_seconds())
    assert await sweep.ask() == ([], ["ambon", "kendari"]), "whose news was lost is found all the same"


async def test_a_commit_of_a_city_has_it_asked_at_once_and_no_other(sweep: Sweep) -> None:
    await sweep.ask()
    await sweep.tell("kendari")
    assert await sweep.ask() == ([], ["kendari"])


async def test_what_falls_due_is_found_at_its_moment(sweep: Sweep) -> None:
    sweep.due["ambon"] = sweep.clock.now() + timedelta(seconds=0.7)
    await sweep.ask()
    sweep.clock.advance(0.69)
    assert await sweep.ask() == ([], [])
    sweep.clock.advance(0.01)
    assert await sweep.ask() == (["ambon"], ["ambon"])
    assert await sweep.ask() == (["ambon"], ["ambon"]), "until somebody has dealt with it"


async def test_news_that_come_while_a_city_is_asked_are_not_lost(sweep: Sweep) -> None:
    sweep.meanwhile = [("message", "ambon", 1, None)]
    await sweep.ask()
    sweep.meanwhile = []
    assert await sweep.ask() == ([], ["ambon"])


async def test_a_gap_in_the_news_or_a_clock_set_back_has_everybody_asked(sweep: Sweep) -> None:
    await sweep.ask()
    sweep.database._miss()
    assert len((await sweep.ask())[1]) == 2
    sweep.clock.set_back(timedelta(hours=1))
    assert len((await sweep.ask())[1]) == 2


async def test_fifty_quiet_cities_cost_an_eighth_of_fifty_busy_ones(sweep: Sweep) -> None:
    many = Sweep(sweep.database, sweep.clock, MANY)
    asked = 0
    for _ in range(40):  # ten seconds of a sweep that comes round four times a second
        asked += len((await many.ask())[1])
        sweep.clock.advance(0.25)
    assert asked == 5 * len(MANY)


async def test_when_anything_is_due_next_in_any_city(sweep: Sweep) -> None:
    assert await sweep.rounds.next_due() is None
    then = sweep.clock.now() + timedelta(hours=1)
    sweep.due = {"ambon": then, "kendari": then - timedelta(minutes=1)}
    assert await sweep.rounds.next_due() == then - timedelta(minutes=1)
