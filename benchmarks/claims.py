"""`python -m benchmarks.claims`: what a claim costs while very much waits, whatever PostgreSQL's statistics say.

Backlogs of up to 500,000 queued replies, and as many messages to answer and photos to fetch. Statistics as a migration
leaves them, of the first thousand rows alone, and fresh. Beside ours, in the same run, the plain way: one statement
over a plain connection that orders all that is due.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, Final, cast

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, bindparam, select

from benchmarks.figures import percentile
from benchmarks.postgres import own_postgres
from benchmarks.rig import fresh_folder
from bots import media, transcript
from bots.channel import Account, Channel, Limits
from bots.claims import _DUE as CLAIMS_DUE
from bots.claims import AT_ONCE, Claims
from bots.pace import Pace
from config.clock import SystemClock
from config.database import Database
from config.schema import migrate
from handoff.tables import IN_OUTBOX, message

BACKLOGS: Final = (1_000, 20_000, 500_000)
FIRST: Final = 1_000  # rows that there are when statistics are gathered
CITY: Final = "kendari"
FEW: Final = 20  # rows of a small claim
UNHURRIED: Final = Limits(per_second=1000, per_chat_seconds=0.0)
SPAN = "generate_series({first}, {last}) AS n"
REPLIES = """
INSERT INTO message (city, id, conversation_id, direction, author, channel, account, chat, kind, text, at, created_at,
                     state, urgency, not_before, replaceable, attempts, expires_at)
SELECT 'kendari', n, n / 4, 'out', 'bot', 'fake', 'kendari', 'c' || n / 4, 'text', 'halo', now(), now(), 'queued',
       n % 3, now() - n % 100000 * interval '1 ms', false, 0, now() + interval '1 day' FROM """
HEARD = """
INSERT INTO message (city, id, conversation_id, direction, author, channel, account, chat, kind, text, at, created_at,
                     event_key, attempts)
SELECT 'kendari', 1000000000 + n, n / 4, 'in', 'citizen', 'fake', 'kendari', 'c' || n / 4, 'text', 'halo', now(),
       now() - n % 100000 * interval '1 ms', 'e' || n, 0 FROM """
FILES = """
INSERT INTO attachment (city, id, message_id, conversation_id, channel, account, kind, ref, state, attempts, not_before)
SELECT 'kendari', n, n, n / 4, 'fake', 'kendari', 'photo', 'x', 'queued', 0, now() - interval '1 s' FROM """
TALKS = """
INSERT INTO conversation (city, id, contact_id, holder, state, silent, last_in_at, created_at)
SELECT DISTINCT 'kendari', n / 4, n / 4, 'bot', '{{}}'::jsonb, false, now(), now() FROM """
PLAIN = (
    select(message)
    .where(message.c.city == bindparam("city"), IN_OUTBOX, message.c.not_before <= bindparam("now"))
    .order_by(message.c.urgency, message.c.not_before, message.c.id)
    .limit(AT_ONCE)
)


def fill(numbers: range, connection: Connection) -> None:
    span = SPAN.format(first=numbers.start, last=numbers.stop - 1)
    for statement in (REPLIES, HEARD, FILES):
        connection.exec_driver_sql(statement + span)
    connection.exec_driver_sql(TALKS.format() + span + " ON CONFLICT DO NOTHING")


def analyse(connection: Connection) -> None:
    for table in ("message", "attachment", "conversation"):
        connection.exec_driver_sql(f"ANALYZE {table}")


class Stand:
    """One backlog under one kind of statistics."""

    def __init__(self, database: Database) -> None:
        account = Account(CITY, "fake", CITY)
        accounts = {("fake", CITY): account}
        self.database = database
        channel = cast(Channel, SimpleNamespace(limits=UNHURRIED))  # a claim asks it for nothing else
        self.claims = Claims({"fake": channel}, accounts, Pace(), "bench")

    async def claim(self, urgent_only: bool) -> None:
        now = SystemClock().now()
        await self.database.write(partial(self.claims.take, CITY, urgent_only, now), in_order=True)

    async def statement(self, statement: Any, **values: Any) -> None:
        wanted = {"city": CITY, "now": SystemClock().now(), **values}
        await self.database.read(lambda connection: connection.execute(statement, wanted).all(), in_order=True)

    async def plain(self) -> None:
        wanted = {"city": CITY, "now": SystemClock().now()}
        await self.database.read(lambda connection: connection.execute(PLAIN, wanted).all())


async def timed(what: Callable[[], Any], times: int) -> tuple[float, float]:
    """Median and p99 milliseconds, after three that prepare."""
    taken = []
    for number in range(times + 3):
        begun = time.perf_counter()
        await what()
        if number >= 3:
            taken.append(1000 * (time.perf_counter() - begun))
    return percentile(taken, 0.5), percentile(taken, 0.99)


@asynccontextmanager
async def stand(url: str, waiting: int, statistics: str) -> AsyncIterator[Stand]:
    database = Database(url)
    await migrate(database)
    await database.write(partial(fill, range(4, FIRST)))
    if statistics == "of the first rows":
        await database.write(analyse)
    await database.write(partial(fill, range(FIRST, waiting)))
    if statistics == "fresh":
        await database.write(analyse)
    yield Stand(database)
    await database.close()


async def measure(options: argparse.Namespace) -> None:
    table = Table(title=f"milliseconds, median / p99 of {options.times}")
    columns = (
        "waiting",
        "statistics",
        f"find {FEW} replies",
        f"claim {AT_ONCE} replies",
        "find 64 messages",
        "find 8 photos",
        "the plain way",
        "ratio",
    )
    for column in columns:
        table.add_column(column, justify="right")
    for waiting in options.waiting:
        for statistics in ("as migrated", "of the first rows", "fresh"):
            table.add_row(*await _row(options, waiting, statistics))
    Console(width=150).print(table)


async def _row(options: argparse.Namespace, waiting: int, statistics: str) -> list[str]:
    found = {"elsewhere": [], "urgency": 1}
    heard_here = {"ours": [f"fake/{CITY}"], "place": 0, "places": 1}
    with fresh_folder("claims") as folder, own_postgres(folder) as server:
        async with stand(server.url, waiting, statistics) as one:
            few = await timed(partial(one.statement, CLAIMS_DUE, most=FEW, **found), options.times)
            heard = await timed(partial(one.statement, transcript.WAITING, most=64, **heard_here), options.times)
            files = await timed(partial(one.statement, media._DUE, hands=8), options.times)
            plain = await timed(one.plain, max(5, options.times // 10))
            whole = await timed(partial(one.claim, False), min(options.times, waiting // AT_ONCE - 4))
    cells = [f"{median:.2f} / {worst:.2f}" for median, worst in (few, whole, heard, files, plain)]
    return [f"{waiting:,}", statistics, *cells, f"{plain[0] / few[0]:.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--waiting", type=int, nargs="+", default=BACKLOGS)
    parser.add_argument("--times", type=int, default=200)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
