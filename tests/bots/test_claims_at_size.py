"""However much waits, and whatever the statistics say: what is claimed is found by its index, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from bots import claims, media, transcript
from config.database import Database
from config.schema import migrate

pytestmark = pytest.mark.postgres

WAITING = 20_000
# Half of what waits has just been written in one go: no statistics know of it yet.
FILL = """
INSERT INTO message (city, id, conversation_id, direction, author, channel, account, chat, kind, text, at, created_at,
                     state, urgency, not_before, replaceable, attempts)
SELECT 'kendari', {first} + n, n % 5000, {direction}, 'bot', 'whatsapp', 'kendari', 'c' || n, 'text', 'halo', now(),
       now() - n * interval '1 ms', {state}, n % 3, now() - n * interval '1 ms', false, 0
FROM generate_series(1, {waiting}) AS n
"""
ATTACHMENTS = """
INSERT INTO attachment (city, id, message_id, conversation_id, channel, account, kind, ref, state, attempts, not_before)
SELECT 'kendari', n, n, n, 'whatsapp', 'kendari', 'photo', 'x', 'queued', 0, now() FROM generate_series(1, {waiting}) n
"""
WANTED: dict[str, tuple[Select[Any], str]] = {
    "replies that are due": (claims._DUE, "ix_message_outbox"),
    "the next reply": (claims._EARLIEST, "ix_message_outbox"),
    "messages to answer": (transcript._WAITING, "ix_message_waiting"),
    "messages to read": (transcript._UNREAD, "ix_message_unread"),
    "the oldest message": (transcript._EARLIEST, "ix_message_waiting"),
    "files to fetch": (media._DUE, "ix_attachment_queued"),
}
VALUES: Mapping[str, str] = {
    "city": "'kendari'",
    "urgency": "1",
    "now": "now()",
    "bound": "'sms'",
    "elsewhere": "'{}'",
    "most": "200",
    "hands": "8",
    "place": "0",
    "places": "2",
}


def fill(connection: Connection) -> None:
    for first, direction, state in ((0, "'out'", "'queued'"), (WAITING, "'in'", "NULL")):
        connection.exec_driver_sql(FILL.format(first=first, direction=direction, state=state, waiting=WAITING))
    connection.exec_driver_sql(ATTACHMENTS.format(waiting=WAITING))


def plan(connection: Connection, statement: Select[Any]) -> str:
    """As every process has it made once and for all: for no values in particular."""
    compiled = statement.compile(dialect=dialect())
    values = ", ".join(VALUES.get(name, "1") for name in compiled.positiontup or ())
    connection.exec_driver_sql(f"PREPARE claim AS {compiled}")
    lines = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) EXECUTE claim ({values})").scalars().all()
    connection.exec_driver_sql("DEALLOCATE claim")
    return "\n".join(lines)


@pytest.mark.parametrize("statistics", ["none", "of an empty table", "fresh"])
async def test_what_is_claimed_is_found_in_order_by_its_index(postgres_url: str, statistics: str) -> None:
    database = Database(postgres_url)
    await migrate(database)
    tables = ("message", "attachment")

    async def analyse() -> None:
        await database.write(lambda connection: [connection.exec_driver_sql(f"ANALYZE {one}") for one in tables])

    if statistics == "of an empty table":
        await analyse()
    await database.write(fill)
    if statistics == "fresh":
        await analyse()
    for name, (statement, index) in WANTED.items():
        found = await database.read(partial(plan, statement=statement), by_key=True)
        assert index in found, f"{name}: {found}"
        assert "Sort" not in found, f"{name}: {found}"
        assert "Seq Scan" not in found, f"{name}: {found}"
    await database.close()
