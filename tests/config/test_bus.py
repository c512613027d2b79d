"""What one process commits, another hears: over PostgreSQL, once a batch, and never silently lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import Connection, text

from config import bus
from config.database import Change, Database, changed
from tests.providers.clocks import until

pytestmark = pytest.mark.postgres


@pytest.fixture
async def pair(postgres_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' databases, both listening."""
    opened = [Database(postgres_url) for _ in range(2)]
    for one in opened:
        await one.join(["kendari"])
        assert one._bus is not None
        await asyncio.wait_for(one._bus.joined.wait(), 10)
    yield opened[0], opened[1]
    for one in opened:
        await one.close()


def note(numbers: range, connection: Connection) -> None:
    for number in numbers:
        changed(connection, "message", "kendari", 2**62 + number, parent=number)


async def test_others_hear_and_the_writer_hears_once(pair: tuple[Database, Database]) -> None:
    here, there = pair
    own: list[Change] = []
    others: list[Change] = []
    here.on_commit(own.extend)
    there.on_commit(others.extend)
    await here.write(partial(note, range(3)))
    await until(lambda: len(others) == 3)
    await asyncio.sleep(0.1)
    assert own == others == [Change("message", "kendari", 2**62 + n, n) for n in range(3)]


async def test_many_changes_go_out_in_several_notices_and_few_statements(
    pair: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "TOGETHER", 0.3)  # on a slow machine each commit may take longer than the usual span
    here, there = pair
    others: list[Change] = []
    notices: list[int] = []
    there.on_commit(others.extend)
    there.on_commit(lambda changes: notices.append(len(changes)))
    await asyncio.gather(*(here.write(partial(note, range(n * 50, n * 50 + 50))) for n in range(20)))
    await until(lambda: len(others) == 1000)
    assert {change.parent for change in others} == set(range(1000))
    assert len(notices) < 20


async def test_what_happens_in_a_city_is_told_to_those_who_serve_it(postgres_url: str) -> None:
    here, there = Database(postgres_url), Database(postgres_url)
    for database, cities in ((here, ["ambon", "kendari"]), (there, ["ambon"])):
        await database.join(cities)
        assert database._bus is not None
        await asyncio.wait_for(database._bus.joined.wait(), 10)
    others: list[Change] = []
    there.on_commit(others.extend)

    def note_both(connection: Connection) -> None:
        for city in ("kendari", "ambon", ""):
            changed(connection, "message", city, 1)

    await here.write(note_both)
    await until(lambda: len(others) == 2)
    await asyncio.sleep(0.1)
    assert {change.city for change in others} == {"ambon", ""}
    for database in (here, there):
        await database.close()


async def test_a_broken_line_is_mended_and_the_gap_is_told(pair: tuple[Database, Database]) -> None:
    here, there = pair
    gaps: list[bool] = []
    others: list[Change] = []
    there.on_gap(lambda: gaps.append(True))
    there.on_commit(others.extend)
    await here.write(
        lambda connection: (
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sigap bus'")
            )
            and None
        )
    )
    await until(lambda: gaps)
    await until(lambda: here._bus is not None and here._bus.joined.is_set())
    await here.write(partial(note, range(1)))
    await until(lambda: others)


async def test_whoever_could_not_tell_says_at_least_that_there_was_a_gap(pair: tuple[Database, Database]) -> None:
    here, there = pair
    gaps: list[bool] = []
    there.on_gap(lambda: gaps.append(True))
    assert here._bus is not None
    here._bus.tell([("message", "kendari", n, None) for n in range(60_000)])
    await until(lambda: gaps)
