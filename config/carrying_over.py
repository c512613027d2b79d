"""A SQLite database carried over into PostgreSQL: every row of every table, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, create_engine, func, insert, select, text
from sqlalchemy.engine import URL

from config.database import Database, metadata
from config.database_problems import explain
from config.findings import Mendable
from config.schema import migrate, refuse_newer, upgrade

AT_ONCE: Final = 500  # rows of one statement


class NotCarried(Mendable):
    """PostgreSQL has not taken all of it, and so nothing."""


def carry_over(source: Path, url: URL, first: Sequence[str] = ()) -> None:
    """Make the newest schema at ``url`` and put all of the file ``source`` there, which is brought up to it before.

    ``first``: statements that make room, in the same transaction. Raises NotCarried, NewerDatabase; then nothing has
    changed at ``url``.
    """
    asyncio.run(_carry_over(source, url.render_as_string(hide_password=False), first))


async def _carry_over(source: Path, url: str, first: Sequence[str]) -> None:
    old = Database(f"sqlite:///{source}")
    try:
        await refuse_newer(old)
        await migrate(old)
    finally:
        await old.close()
    new = Database(url)
    try:
        await new.write(partial(_put, source, first))
    except Mendable:
        raise
    except Exception as error:
        told = explain(error)
        if told is None:
            raise
        raise NotCarried(f"the database {told[0]}", f"{told[1]}; it is as it was") from None
    finally:
        await new.close()


def _put(source: Path, first: Sequence[str], connection: Connection) -> None:
    for statement in first:
        connection.execute(text(statement))
    upgrade(connection)
    with _reading(source) as old:
        for table in metadata.sorted_tables:
            many = 0
            for rows in _pieces(old, table):
                connection.execute(insert(table), rows)
                many += len(rows)
            _compare(connection, table, many)


@contextmanager
def _reading(source: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{source}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _pieces(old: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    found = old.execution_options(yield_per=AT_ONCE).execute(select(table))
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _compare(connection: Connection, table: Table, many: int) -> None:
    held = connection.scalar(select(func.count()).select_from(table))
    if held != many:
        raise NotCarried(f"of {many} rows of {table.name} {held} arrived", "tell us of it; the database is as it was")
