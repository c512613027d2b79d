"""`sigap sms send` and `watch`: only a running Sigap opens the lines, and whoever watches misses nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import insert, update

from config.database import Database
from config.folder import hold_folder
from config.schema import migrate
from config.sms_watch import KEPT, LOT, MOST, Followed
from handoff.tables import message
from tests.config.conftest import Sigap
from tests.modems.at_modem import AtModem

BEGAN = datetime(2026, 11, 1, 8, tzinfo=UTC)
TEXT = ("sms", "send", "0812 5550 0001", "tes jalur")


def gammu(device: Path) -> str:
    words = f'"driver": "gammu", "number": "+6281155500000", "device": "{device}"'
    return f'[{{"city": "kendari", "channel": "sms", "name": "modem", {words}}}]'


# --- send --------------------------------------------------------------------------------------------------------


def test_nothing_is_sent_while_sigap_does_not_run(sigap: Sigap, tmp_path: Path) -> None:
    with AtModem(tmp_path / "ttyUSB0") as modem:
        result = sigap(*TEXT, SIGAP_ACCOUNTS=gammu(modem.device))
        assert result.exit_code == 2, result.output
        assert result.output.strip().splitlines() == ["Sigap does not run: start it first (sigap run), then send"]
        assert not modem.commands, "the modem was not touched"
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_read_is_told_in_a_line(sigap: Sigap, tmp_path: Path) -> None:
    (tmp_path / "data" / "sigap.lock").mkdir(parents=True)
    result = sigap(*TEXT)
    assert (result.exit_code, len(result.output.strip().splitlines())) == (2, 1), result.output
    assert "cannot be read" in result.output


def test_a_database_that_is_not_made_yet_is_told_in_a_line(sigap: Sigap, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with hold_folder(tmp_path / "data"):
        result = sigap(*TEXT)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert "sigap migrate" in result.output


def delivers(data: Path, sent: list[tuple[str, ...]]) -> None:
    """What a running Sigap does with what waits, once something does."""
    for _ in range(2000):
        with sqlite3.connect(data / "sigap.db", timeout=10) as database:
            change = "UPDATE message SET state = 'delivered' WHERE state = 'queued' RETURNING account, chat, text"
            sent += database.execute(change).fetchall()
        database.close()
        if sent:
            return
        time.sleep(0.02)


def test_what_is_sent_goes_by_the_account_of_the_line(sigap: Sigap, tmp_path: Path) -> None:
    data, sent = tmp_path / "data", list[tuple[str, ...]]()
    data.mkdir()
    database = Database(f"sqlite:///{data / 'sigap.db'}")

    async def prepare() -> None:
        await migrate(database)
        await database.close()

    asyncio.run(prepare())
    accounts = gammu(tmp_path / "ttyUSB0").replace('"driver"', '"line": "telkomsel-1", "driver"')
    with hold_folder(data):
        thread = Thread(target=delivers, args=(data, sent))
        thread.start()
        result = sigap(*TEXT, "--line", "telkomsel-1", SIGAP_ACCOUNTS=accounts)
        thread.join()
    assert result.exit_code == 0, result.output
    assert "delivered" in result.output
    assert sent == [("modem", "+6281255500001", "tes jalur")]


# --- watch -------------------------------------------------------------------------------------------------------


def rows(first: int, count: int, at: datetime, state: str | None = "delivered") -> list[dict[str, object]]:
    same = {"city": "kendari", "conversation_id": 1, "author": "bot", "channel": "sms", "account": "modem"}
    rest = {"chat": "+6281255500001", "kind": "text", "text": "x", "attempts": 0, "state": state}
    direction = "in" if state is None else "out"
    return [{**same, **rest, "id": first + n, "direction": direction, "at": at, "created_at": at} for n in range(count)]


class Watched:
    """A database, and somebody who watches it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.followed = Followed(("kendari", "ambon"), BEGAN - timedelta(minutes=10))

    async def write(self, given: list[dict[str, object]]) -> None:
        await self.database.write(lambda connection: connection.execute(insert(message), given))

    async def turn(self, id_: int, state: str) -> None:
        change = update(message).where(message.c.id == id_).values(state=state)
        await self.database.write(lambda connection: connection.execute(change))

    async def look(self) -> list[tuple[int, str | None]]:
        return [(row["id"], row["state"]) for row in await self.database.read(self.followed.news)]

    async def look_until_quiet(self) -> list[int]:
        seen: list[int] = []
        while news := await self.look():
            assert len(news) <= LOT
            seen += [id_ for id_, _ in news]
        return seen


@pytest.fixture
async def watched(database_url: str) -> AsyncIterator[Watched]:
    database = Database(database_url)
    await migrate(database)
    yield Watched(database)
    await database.close()


async def test_the_newest_is_seen_after_however_many(watched: Watched) -> None:
    await watched.write(rows(1, 1, BEGAN - timedelta(hours=2)))
    for minute in range(4):
        await watched.write(rows(1000 * (minute + 1), LOT - 100, BEGAN + timedelta(minutes=minute)))
    seen = await watched.look_until_quiet()
    assert seen == [1000 * (minute + 1) + n for minute in range(4) for n in range(LOT - 100)], "each once, in order"
    await watched.write(rows(9000, 1, BEGAN + timedelta(minutes=5), state=None))
    assert await watched.look() == [(9000, None)]
    assert await watched.look() == []


async def test_a_burst_within_one_moment_is_seen_whole(watched: Watched) -> None:
    await watched.write(rows(1, 3 * LOT + 7, BEGAN))
    assert await watched.look_until_quiet() == list(range(1, 3 * LOT + 8))


async def test_a_row_that_was_committed_late_is_seen(watched: Watched) -> None:
    await watched.write(rows(50, 1, BEGAN + timedelta(seconds=3)))
    assert await watched.look() == [(50, "delivered")]
    await watched.write(rows(40, 1, BEGAN))
    assert await watched.look() == [(40, "delivered")]


async def test_a_state_that_changes_is_seen_though_many_came_since(watched: Watched) -> None:
    await watched.write(rows(1, 1, BEGAN, state="queued"))
    await watched.look()
    await watched.write(rows(100, LOT + 1, BEGAN + timedelta(minutes=3), state=None))
    await watched.look_until_quiet()
    for state in ("sent", "delivered"):
        await watched.turn(1, state)
        assert await watched.look() == [(1, state)]
    assert await watched.look() == []


async def test_what_is_remembered_stays_bounded(watched: Watched) -> None:
    for minute in range(6):
        await watched.write(rows(10_000 * (minute + 1), LOT, BEGAN + timedelta(minutes=minute), state="sent"))
        await watched.look_until_quiet()
    assert watched.followed.remembered <= MOST + LOT
    await watched.write(rows(90_000, 1, BEGAN + KEPT + timedelta(hours=1), state=None))
    await watched.look_until_quiet()
    assert watched.followed.remembered == 1
