"""/health tells the truth about storing: a full or stuck disk is not ready, and it is again once it can write."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from benchmarks.setting import free_port
from config.health import TRY_EVERY, Health
from config.schema import migrate
from config.stores import Job
from config.witness import Witness
from tests.fakes import Moment

T = TypeVar("T")

LARGE = text("INSERT INTO lease VALUES ('large', hex(zeroblob(200000)), 0)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Witness]:
    opened = Witness(database_url)
    await migrate(opened)
    yield opened
    await opened.close()


@contextmanager
def nobody_writes(file: Path, health: Health) -> Iterator[None]:
    """Meanwhile ``health`` does not wait for long; before and after, a slow machine may take its time."""
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        before, health._patience = health._patience, 1.0
        yield
        health._patience = before
        other.execute("ROLLBACK")


async def ill(health: Health) -> list[str]:
    return [part["name"] for part in await health.parts() if part["needed"] and not part["ok"]]


async def test_all_is_well_on_either_database(database: Witness) -> None:
    health = Health(database, ["kendari"], [("web", "kendari")])
    assert [part["name"] for part in await health.parts()] == ["database", "writing", "web/kendari"]
    assert await ill(health) == []


async def test_what_cannot_write_is_not_ready_until_it_can(tmp_path: Path) -> None:
    database, watch = Witness(f"sqlite:///{tmp_path}/sigap.db"), Moment()
    await migrate(database)
    health = Health(database, ["kendari"], [], patience=30.0, moment=watch)
    assert await ill(health) == []
    with nobody_writes(tmp_path / "sigap.db", health):
        watch.now += TRY_EVERY
        assert await ill(health) == ["writing"]
    watch.now += TRY_EVERY
    assert await ill(health) == []
    await database.close()


async def test_a_full_disk_is_named(tmp_path: Path) -> None:
    database = Witness(f"sqlite:///{tmp_path}/sigap.db")
    await migrate(database)

    await database.write(lambda connection: connection.execute(text("PRAGMA max_page_count=1")) and None)
    parts = {part["name"]: part for part in await Health(database, [], []).parts()}
    assert parts["writing"] == {
        "name": "writing",
        "ok": False,
        "needed": True,
        "detail": "database or disk is full",
    }
    await database.close()


async def test_it_is_tried_for_real_but_not_with_every_question(tmp_path: Path) -> None:
    database, watch = Witness(f"sqlite:///{tmp_path}/sigap.db"), Moment()
    await migrate(database)
    health = Health(database, [], [], patience=30.0, moment=watch)
    await health.parts()
    with nobody_writes(tmp_path / "sigap.db", health):
        assert await ill(health) == []
        watch.now += TRY_EVERY
        assert await ill(health) == ["writing"]
    await database.close()


async def test_a_message_that_found_no_room_counts_though_a_small_row_still_fits(tmp_path: Path) -> None:
    database, watch = Witness(f"sqlite:///{tmp_path}/sigap.db"), Moment()
    await migrate(database)
    health = Health(database, [], [], moment=watch)
    await health.parts()

    async def pages(limit: str) -> int:
        return await database.write(lambda connection: int(connection.scalar(text(f"PRAGMA {limit}")) or 0))

    await pages(f"max_page_count={await pages('page_count') + 20}")
    with pytest.raises(OperationalError):
        await database.write(lambda connection: connection.execute(LARGE) and None)
    assert await ill(health) == ["writing"], "at once, not with the next try"
    watch.now += TRY_EVERY
    assert await ill(health) == ["writing"], "that a small row fits proves nothing"
    await pages("max_page_count=100000")
    watch.now += TRY_EVERY
    assert await ill(health) == []
    await database.close()


async def test_one_jobs_own_fault_is_no_fault_of_the_disk(database: Witness) -> None:
    health = Health(database, [], [])
    with pytest.raises(DBAPIError):
        await database.write(lambda connection: connection.execute(text("INSERT INTO nowhere VALUES (1)")) and None)
    assert await ill(health) == []


class Frozen(Witness):
    """A database whose server stands still, until it is let ``go``."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.go = asyncio.Event()
        self.asked = 0
        self.broken: Exception | None = None

    async def read(self, job: Job[T], *, in_order: bool = False) -> T:
        self.asked += 1
        await self.go.wait()
        if self.broken is not None:
            raise self.broken
        return await super().read(job, in_order=in_order)


async def test_a_server_that_stands_still_is_told_in_time(database_url: str) -> None:
    database = Frozen(database_url)
    health = Health(database, ["kendari"], [], patience=0.05)
    for _ in range(3):
        async with asyncio.timeout(20):
            [part] = await health.parts()
        assert (part["name"], part["ok"], part["needed"]) == ("database", False, True)
        assert part["detail"] == "nothing was read within 0.05 s"
    assert database.asked == 1, "nobody queues up behind a question that is not answered"
    database.go.set()
    health._patience = 30.0
    assert all(part["ok"] for part in await health.parts())
    await database.close()


async def test_a_database_that_is_gone_is_told_with_how_to_mend_it(tmp_path: Path) -> None:
    nowhere = Witness(f"postgresql://sigap:rahasia@127.0.0.1:{free_port()}/sigap")
    [part] = await Health(nowhere, ["kendari"], []).parts()
    assert part["detail"].startswith("cannot be reached")
    assert part["detail"].endswith(": check SIGAP_DATABASE_URL and that the server runs")
    assert "rahasia" not in part["detail"]
    await nowhere.close()
    empty = Witness(f"sqlite:///{tmp_path}/empty.db")
    await empty.write(lambda connection: connection.execute(text("CREATE TABLE other (id INTEGER)")) and None)
    [part] = await Health(empty, ["kendari"], []).parts()
    assert part["detail"] == (
        "has not been made yet, or is of an older version: run: sigap migrate (sigap run does it too)"
    )
    await empty.close()


@pytest.mark.postgres
async def test_a_connection_that_was_lost_is_told_in_words(postgres_url: str) -> None:
    database = Frozen(postgres_url)
    database.go.set()
    database.broken = InterfaceError("SELECT 1", {}, asyncpg.InterfaceError("connection is closed"))
    [part] = await Health(database, ["kendari"], []).parts()
    assert part["detail"].startswith("cannot be reached (connection is closed): check SIGAP_DATABASE_URL")
    await database.close()
