"""The one door to the database: durable when it returns, shared commits, failures that stay with their job."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, String, literal, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from config import leases, stores
from config.database import Change, Database, Priority, among, changed
from config.ids import new_id
from config.schema import migrate, missing_migrations
from tests.providers.clocks import until


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await migrate(opened)
    await opened.write(lambda connection: connection.execute(text("CREATE TABLE line (n INTEGER)")) and None)
    yield opened
    await opened.close()


def put(number: int, connection: Connection) -> int:
    connection.execute(text("INSERT INTO line VALUES (:n)"), {"n": number})
    changed(connection, "line", "kendari", number)
    if number < 0:
        raise ValueError("no such line")
    return number


async def lines(database: Database) -> list[int]:
    return await database.read(lambda connection: list(connection.scalars(text("SELECT n FROM line ORDER BY n"))))


async def test_a_failing_job_takes_nothing_with_it(database: Database) -> None:
    heard: list[Change] = []
    database.on_commit(heard.extend)
    results = await asyncio.gather(*(database.write(partial(put, n)) for n in (1, 2, -3, 4)), return_exceptions=True)
    assert [type(one) for one in results] == [int, int, ValueError, int]
    assert await lines(database) == [1, 2, 4]
    assert sorted(change.id for change in heard) == [1, 2, 4]


async def test_a_caller_that_gives_up_does_not_undo_its_write(database: Database) -> None:
    heard: list[Change] = []
    database.on_commit(heard.extend)
    task = asyncio.create_task(database.write(partial(put, 7)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: heard)
    assert await lines(database) == [7]
    assert [change.id for change in heard] == [7]


async def test_operators_go_first_on_the_one_writer(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/sigap.db")
    order: list[str] = []
    begun, all_wait = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        begun.set()
        all_wait.wait(60)

    def job(name: str, _connection: Connection) -> None:
        order.append(name)

    first = asyncio.create_task(database.write(hold))
    await until(begun.is_set)
    rest = [
        asyncio.create_task(database.write(partial(job, "background"), Priority.BACKGROUND)),
        asyncio.create_task(database.write(partial(job, "turn"), Priority.TURN)),
        asyncio.create_task(database.write(partial(job, "operator"), Priority.OPERATOR)),
    ]
    store = database._store
    assert isinstance(store, stores.SqliteStore)
    await until(lambda: store._jobs.qsize() == len(rest))
    all_wait.set()
    await asyncio.gather(first, *rest)
    assert order == ["operator", "turn", "background"]
    await database.close()


async def test_reading_cannot_write(database: Database) -> None:
    if database.is_sqlite:
        with pytest.raises(Exception, match="readonly"):
            await database.read(partial(put, 1))
    assert await lines(database) == []


async def test_the_newest_schema_lacks_nothing(empty_url: str) -> None:
    database = Database(empty_url)
    assert len(await missing_migrations(database)) > 1
    for _ in range(2):
        await migrate(database)
        assert await missing_migrations(database) == []
    await database.close()


async def test_the_tests_databases_are_of_the_newest_schema(database_url: str) -> None:
    database = Database(database_url)
    assert await missing_migrations(database) == []
    await database.close()


async def test_a_lease_has_one_holder_and_runs_out(database: Database) -> None:
    now, span = datetime(2026, 1, 1, tzinfo=UTC), timedelta(seconds=15)

    async def take(holder: str, at: datetime) -> bool:
        return await database.write(partial(leases.take, name="poll", holder=holder, now=at, span=span))

    assert await take("a", now)
    assert not await take("b", now + timedelta(seconds=10))
    assert await take("a", now + timedelta(seconds=10))
    assert not await take("b", now + timedelta(seconds=20))
    assert await take("b", now + timedelta(seconds=26))
    await database.write(partial(leases.give_back, name="poll", holder="b"))
    assert await take("a", now + timedelta(seconds=27))


def test_ids_rise_and_fit_64_bits() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert ids[-1] < 2**63


async def test_a_lock_held_too_long_fails_one_write_and_not_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "BUSY_SECONDS", 0.2)
    database = Database(f"sqlite:///{tmp_path}/sigap.db")
    await database.write(lambda connection: connection.execute(text("CREATE TABLE line (n INTEGER)")) and None)
    with sqlite3.connect(tmp_path / "sigap.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await database.write(partial(put, 1))
        other.execute("ROLLBACK")
    assert await database.write(partial(put, 2)) == 2
    await database.close()


async def test_an_error_names_no_message(database: Database) -> None:
    await database.write(lambda connection: connection.execute(text("CREATE UNIQUE INDEX one ON line (n)")) and None)
    await database.write(partial(put, 628115550))
    with pytest.raises(IntegrityError) as caught:
        await database.write(partial(put, 628115550))
    assert "628115550" not in str(caught.value).replace(str(caught.value.orig), "")


async def test_what_is_looked_up_in_a_list_is_not_cut_to_the_column(database: Database) -> None:
    short = literal("kendari", String(7))
    asked = select(short).where(among(short, "names"))
    for names, found in ((["kendari"], "kendari"), (["kendari 2"], None)):
        assert await database.read(partial(Connection.scalar, statement=asked, parameters={"names": names})) == found
