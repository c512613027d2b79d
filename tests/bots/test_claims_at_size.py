"""However much waits, and whatever the statistics say: what is claimed, or found by its key, is found by its index."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Executable
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from bots import claims, looks, media, reports, transcript
from config.database import Database
from config.schema import migrate
from handoff import conversations, incidents

pytestmark = pytest.mark.postgres

WAITING = 20_000
FILL = """
INSERT INTO message (city, id, conversation_id, direction, author, channel, account, chat, kind, text, at, created_at,
                     state, urgency, not_before, replaceable, attempts)
SELECT 'kendari', {first} + n, n % 5000, {direction}, 'bot', 'whatsapp', 'kendari', 'c' || n, 'text', 'halo', now(),
       now() - n * interval '1 ms', {state}, n % 3, now() - n * interval '1 ms', false, 0
FROM generate_series({span}) AS n
"""
PEOPLE = """
INSERT INTO contact (city, id, channel, account, address, cannot_call, no_broadcasts, pranks, created_at)
SELECT 'kendari', n, 'whatsapp', 'kendari', 'c' || n, false, false, 0, now() FROM generate_series({span}) AS n;
INSERT INTO conversation (city, id, contact_id, holder, state, silent, due_at, created_at)
SELECT 'kendari', n, n, 'bot', '{{}}', false, now(), now() FROM generate_series({span}) AS n
"""
ATTACHMENTS = """
INSERT INTO attachment (city, id, message_id, conversation_id, channel, account, kind, ref, state, attempts, not_before)
SELECT 'kendari', n, n, n, 'whatsapp', 'kendari', 'photo', 'x', 'queued', 0, now() FROM generate_series({span}) n
"""
# What is claimed: in the order of one index, however much it holds.
CLAIMED: dict[str, tuple[Executable, str]] = {
    "replies that are due": (claims._DUE, "ix_message_outbox"),
    "the next reply": (claims._EARLIEST, "ix_message_outbox"),
    "messages to answer": (transcript.WAITING, "ix_message_waiting"),
    "messages to read": (transcript.UNREAD, "ix_message_unread"),
    "emergencies to answer": (transcript.URGENT, "ix_message_urgent"),
    "the oldest message": (transcript._EARLIEST, "ix_message_waiting"),
    "files to fetch": (media._DUE, "ix_attachment_queued"),
    "voice notes to fetch": (media._VOICE_DUE, "ix_attachment_voice"),
    "the next look": (looks._EARLIEST, "ix_conversation_due"),
}
# What is found by its keys, with what must stand in the index's condition.
KEYED: dict[str, tuple[Executable, str]] = {
    "what of these chats is under way": (claims._UNDER_WAY, "conversation_id"),
    "rows that are claimed": (claims._CLAIM, "pk_message"),
    "rows that were sent": (claims._NOTE_SENT, "pk_message"),
    "who speaks there": (claims._HELD, "pk_conversation"),
    "stored messages": (transcript._UNANSWERED, "pk_message"),
    "redeliveries": (transcript._SEEN, "event_key"),
    "contacts": (conversations._FREE_CONTACTS, "address"),
    "conversations": (conversations._FREE_CONVERSATIONS, "contact_id"),
    "open cases": (incidents._LOAD_OPEN, "pk_incident"),
    "reports' messages": (reports._SENT, "provider_id"),
}
VALUES: Mapping[str, str] = {
    "city": "'kendari'",
    "urgency": "1",
    "now": "now()",
    "elsewhere": "'{}'",
    "most": "200",
    "hands": "8",
    "place": "0",
    "places": "2",
    "talks": "'{1,2,3}'",
    **dict.fromkeys(("contacts", "ids", "keys", "chats", "accounts", "channels", "ours"), "'{1,2,3}'"),
    "b_ids": "'{1,2,3}'",
    "b_ends": "now()",
    "b_sent": "now()",
    "b_again": "now()",
}


def fill(numbers: range, connection: Connection) -> None:
    span = f"{numbers.start}, {numbers.stop - 1}"
    for first, direction, state in ((0, "'out'", "'queued'"), (WAITING, "'in'", "NULL")):
        connection.exec_driver_sql(FILL.format(first=first, direction=direction, state=state, span=span))
    for statement in (*PEOPLE.split(";"), ATTACHMENTS):
        connection.exec_driver_sql(statement.format(span=span))


def plan(connection: Connection, statement: Any) -> str:
    """As every process has it made once and for all: for no values in particular."""
    compiled = statement.compile(dialect=dialect())
    values = ", ".join(VALUES.get(name, "1") for name in compiled.positiontup or ())
    connection.exec_driver_sql(f"PREPARE claim AS {compiled}")
    lines = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) EXECUTE claim ({values})").scalars().all()
    connection.exec_driver_sql("DEALLOCATE claim")
    return "\n".join(lines)


TABLES = ("message", "attachment", "contact", "conversation", "incident")


@asynccontextmanager
async def filled(url: str, statistics: str) -> AsyncIterator[Database]:
    """A database in which very much waits."""
    database = Database(url)
    await migrate(database)

    async def analyse() -> None:
        await database.write(lambda connection: [connection.exec_driver_sql(f"ANALYZE {one}") for one in TABLES])

    if statistics == "of the first rows":
        await database.write(partial(fill, range(1, 60)))
        await analyse()
    await database.write(partial(fill, range(100, WAITING)))
    if statistics == "fresh":
        await analyse()
    try:
        yield database
    finally:
        await database.close()


@pytest.mark.parametrize("statistics", ["as migrated", "of the first rows", "fresh"])
async def test_rows_are_found_by_the_right_index(postgres_url: str, statistics: str) -> None:
    async with filled(postgres_url, statistics) as database:
        for name, (statement, index) in CLAIMED.items():
            found = await database.read(partial(plan, statement=statement), in_order=True)
            assert index in found, f"{name}: {found}"
            assert "Sort" not in found, f"{name}: {found}"
        for name, (statement, key) in KEYED.items():
            found = await database.write(partial(plan, statement=statement))
            assert "Seq Scan" not in found, f"{name}: {found}"
            by = [line for line in found.splitlines() if re.search(r"Index Cond|using", line)]
            assert re.search(key, " ".join(by)), f"{name}: {found}"
