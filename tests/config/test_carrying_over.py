"""A city that began on SQLite moves to PostgreSQL: its backup is restored there, and nothing is missing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from click.testing import Result
from sqlalchemy import JSON, Boolean, Column, Connection, Date, Float, Integer, LargeBinary, insert, select, text
from sqlalchemy.engine import make_url

from config.carrying_over import AT_ONCE, carry_over
from config.database import Database, UtcTime, metadata
from config.folder import hold_folder
from config.schema import alembic_config
from handoff.tables import incident, message
from tests.config.conftest import Sigap, done, refused
from tests.fakes import open_world
from tests.schema import migrated_file

pytestmark = pytest.mark.postgres

Call = Callable[..., Result]
SQLITE = "sqlite:///data/sigap.db"
WORDS = "Tolong! \u202eada api \U0001f525 di \\N rumah\tsaya\nÉ 'x' \"y\" {z} :w %s"


@pytest.fixture
def to_postgres(sigap: Sigap, empty_postgres_url: str, postgres_tools: None) -> Call:
    """``sigap`` on an empty PostgreSQL, beside a backup ``b.tar`` of what stood on SQLite; with the server's tools."""
    for word in ("migrate", "seed"):
        done(sigap(word))
    fill(SQLITE)
    photo = Path("data/media/kendari/a.jpg")
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"\xff\xd8\xff photo")
    done(sigap("backup", "b.tar"))
    return partial(sigap, SIGAP_DATABASE_URL=empty_postgres_url, SIGAP_DATA="other")


def within(url: str, job: Callable[[Connection], Any]) -> Any:
    async def run() -> Any:
        database = Database(url)
        try:
            return await database.write(job)
        finally:
            await database.close()

    return asyncio.run(run())


def value(column: Column[Any], number: int) -> Any:
    """Another one for each row; nothing in every second where that may be."""
    if column.nullable and number % 2:
        return None
    kind = column.type
    if isinstance(kind, UtcTime):
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(microseconds=number)
    if isinstance(kind, JSON):
        return {"said": [WORDS, number, None, {"deep": 0.1}]}
    if isinstance(kind, Boolean):
        return number % 4 == 0
    if isinstance(kind, Date):
        return date(2026, 11, 1 + number % 30)
    if isinstance(kind, Float):
        return number / 7
    if isinstance(kind, LargeBinary):
        return bytes(range(256))
    if isinstance(kind, Integer):
        return number + (2**53 if column.name == "id" else 0)
    length = getattr(kind, "length", None)
    return f"{number}{WORDS}" if length is None else f"{number}é"[:length]


def fill(url: str) -> None:
    """Rows of every table, more of messages than are carried at once."""

    def job(connection: Connection) -> None:
        for table in metadata.sorted_tables:
            many = 2 * AT_ONCE + 1 if table is message else 3
            rows = [{one.name: value(one, number) for one in table.columns} for number in range(7_000, 7_000 + many)]
            connection.execute(insert(table), rows)

    within(url, job)


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, in the order of their keys."""

    def job(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
        tables = metadata.sorted_tables
        rows = {one.name: map(tuple, connection.execute(select(one))) for one in tables}
        return {name: sorted(found, key=repr) for name, found in rows.items()}

    found: dict[str, list[tuple[Any, ...]]] = within(url, job)
    return found


def schemas(url: str) -> list[str]:
    query = text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information)' ORDER BY 1")
    found: list[str] = within(url, lambda connection: list(connection.scalars(query)))
    return found


def test_every_row_of_every_table_is_carried_and_every_photo(to_postgres: Call, empty_postgres_url: str) -> None:
    told = done(to_postgres("restore", "b.tar"))
    assert "Restored" in told
    before, after = everything(SQLITE), everything(empty_postgres_url)
    assert len(before["message"]) > 2 * AT_ONCE
    assert all(len(rows) >= 3 for rows in before.values())
    for name, rows in before.items():
        assert after[name] == rows, name
    assert Path("other/media/kendari/a.jpg").read_bytes() == b"\xff\xd8\xff photo"
    checked = to_postgres("check").output
    assert "lacks migrations" not in checked


def test_a_backup_of_an_older_sigap_is_brought_up_on_its_way(
    sigap: Sigap, to_postgres: Call, empty_postgres_url: str
) -> None:
    def old(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")

    Path("older").mkdir()
    within("sqlite:///older/sigap.db", old)
    done(sigap("backup", "older.tar", SIGAP_DATA="older"))
    done(to_postgres("restore", "older.tar"))
    done(to_postgres("seed"))
    assert everything(empty_postgres_url)["message"] == []


def test_one_of_a_newer_sigap_is_refused(sigap: Sigap, to_postgres: Call, empty_postgres_url: str) -> None:
    with closing(sqlite3.connect("data/sigap.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    done(sigap("backup", "newer.tar"))
    refused(to_postgres("restore", "newer.tar"), "newer Sigap", "9999")
    assert everything_made(empty_postgres_url) == []


def everything_made(url: str) -> list[str]:
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found: list[str] = within(url, lambda connection: list(connection.scalars(query)))
    return found


def test_what_was_there_stands_aside(to_postgres: Call, empty_postgres_url: str) -> None:
    done(to_postgres("migrate"))
    refused(to_postgres("restore", "b.tar"), "--replace")
    told = done(to_postgres("restore", "b.tar", "--replace"))
    [aside, public] = schemas(empty_postgres_url)
    assert (public, f"DROP SCHEMA {aside} CASCADE" in told) == ("public", True), told
    assert everything(empty_postgres_url) == everything(SQLITE)


def test_where_one_row_does_not_fit_nothing_has_changed(
    sigap: Sigap, to_postgres: Call, empty_postgres_url: str
) -> None:
    with closing(sqlite3.connect("data/sigap.db")) as database, database:
        database.execute("UPDATE message SET channel = 'a channel of many more letters' WHERE rowid = 9")
    done(sigap("backup", "long.tar"))
    done(to_postgres("migrate"))
    refused(to_postgres("restore", "long.tar", "--replace"), "too long", "as it was")
    assert schemas(empty_postgres_url) == ["public"]
    assert everything(empty_postgres_url)["message"] == []


async def test_a_conversation_goes_on_where_it_stood(tmp_path: Path, empty_postgres_url: str) -> None:
    file = migrated_file(tmp_path / "sigap.db")
    async with open_world(f"sqlite:///{file}") as before:
        await before.hear("tolong rumah saya kebakaran")  # nothing is said yet: its reply waits in the outbox
        [case] = await before.rows(incident)
    await asyncio.to_thread(carry_over, file, make_url(empty_postgres_url))
    async with open_world(empty_postgres_url) as after:
        assert any(text.startswith("Pesan masuk") for text in await after.settle())
        after.clock.advance(20)
        await after.hear("di depan masjid, ada orang di dalam", event_key="later-1")
        [still] = await after.rows(incident)
        assert (still["id"], still["code"]) == (case["id"], case["code"])
        assert still["version"] > case["version"], "what came here was heard of the same case"
        await after.hear("tolong ada orang tenggelam", chat="lain", event_key="later-2")
        assert [row["number"] for row in await after.rows(incident)] == [1, 2]


def test_in_the_same_data_folder_the_old_database_stays_as_it_is(to_postgres: Call, empty_postgres_url: str) -> None:
    before = Path("data/sigap.db").read_bytes()
    refused(to_postgres("restore", "b.tar", SIGAP_DATA="data"), "media", "--replace")
    done(to_postgres("restore", "b.tar", "--replace", SIGAP_DATA="data"))
    assert Path("data/sigap.db").read_bytes() == before
    assert schemas(empty_postgres_url) == ["public"]


def test_nobody_is_left_behind_hearing_on_sqlite(to_postgres: Call, empty_postgres_url: str) -> None:
    with hold_folder(Path("data")):
        result = to_postgres("restore", "b.tar", "--replace", SIGAP_DATA="data")
    assert (result.exit_code, "another sigap works" in result.output) == (2, True), result.output
    assert everything_made(empty_postgres_url) == []


def test_there_is_no_way_back(sigap: Sigap, to_postgres: Call) -> None:
    done(to_postgres("restore", "b.tar"))
    done(to_postgres("backup", "p.tar"))
    refused(sigap("restore", "p.tar", "--replace"), "PostgreSQL", "SIGAP_DATABASE_URL")
