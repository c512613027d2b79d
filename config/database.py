"""The ground floor: one engine a process, one way to write, one way to read.

A *job* is a plain function of a SQLAlchemy Core connection. ``Database.write`` runs it in a transaction and returns
once that is durable; ``Database.read`` runs it on a snapshot. The same jobs run on SQLite (one writer thread that
commits whatever waits together) and on PostgreSQL (asyncpg, by ``run_sync``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any, Final, Self, TypeVar

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Insert,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    update,
)
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from config.bus import Bus, Told
from config.stores import Job, PostgresStore, SqliteStore, Store

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime: ``timestamptz`` on PostgreSQL, whole microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return _EPOCH + timedelta(microseconds=value)


_DIALECTS: Final[Mapping[str, Any]] = {"sqlite": sqlite_dialect, "postgresql": postgresql_dialect}

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class _List(TypeDecorator[Sequence[Any]]):
    """A bound list: an array on PostgreSQL, JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        # Never a length: PostgreSQL would cut what is compared to that of the column, without a word.
        self.of = Text() if isinstance(of, String) else of

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return orjson.dumps(list(value)).decode()


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Self:  # noqa: ARG002 - SQLAlchemy's own signature
        """Itself: as a Boolean it would be written "… = 1" for SQLite, which then reads all of a city for it."""
        return self


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are the compiler's own


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether ``column`` is one of the list bound to ``name``: one text, prepared once, however long the list is.

    SQLAlchemy's ``in_`` writes a text for each length, and PostgreSQL plans each of them anew.
    """
    return _Among(column, bindparam(name, type_=_List(column.type)))


class Priority(IntEnum):
    """Whose write goes first when several wait for the one writer."""

    OPERATOR = 0
    EMERGENCY = 1
    TURN = 2
    BACKGROUND = 3


@dataclass(frozen=True, slots=True)
class Change:
    """Something that open consoles, the outbox or a waiting page may want to know once it is committed."""

    what: str  # "incident", "conversation", "message", "queued", "queued_urgent", "session"
    city: str
    id: int
    parent: int | None = None  # a message's conversation


def changed(connection: Connection, what: str, city: str, key: int, parent: int | None = None) -> None:
    """Note a change; whoever listens with ``Database.on_commit`` hears of it after the commit, never before."""
    connection.info.setdefault("changes", []).append(Change(what, city, key, parent))


class Database:
    """One database, opened. ``url`` is SQLAlchemy's, ``sqlite:///path`` or ``postgresql://…``."""

    HURRY = False  # whether a lock or an answer that does not come is given up: see config.witness

    def __init__(self, url: str, *, readers: int = 3, pool: int = 6) -> None:
        self.url: URL = make_url(url)
        self._listeners: list[Callable[[list[Change]], None]] = []
        self._gap_listeners: list[Callable[[], None]] = []
        self._bus: Bus | None = None
        backend = self.url.get_backend_name()
        if backend == "sqlite":
            self._store: Store = SqliteStore(self.url, readers)
        elif backend == "postgresql":
            self._store = PostgresStore(self.url, pool, self.HURRY)
        else:
            raise ValueError(f"SIGAP_DATABASE_URL names {backend!r}: use sqlite:///… or postgresql://…")

    @property
    def is_sqlite(self) -> bool:
        return isinstance(self._store, SqliteStore)

    def on_commit(self, hear: Callable[[list[Change]], None]) -> None:
        """Call ``hear`` on the event loop with the changes of every committed job, of other processes once joined."""
        self._listeners.append(hear)

    def on_gap(self, hear: Callable[[], None]) -> None:
        """Call ``hear`` when other processes' changes may have been lost: look for yourself."""
        self._gap_listeners.append(hear)

    @property
    def hears(self) -> bool | None:
        """Whether we hear of what other processes commit; None where there are none."""
        return self._bus.joined.is_set() if self._bus is not None else None

    async def join(self, cities: Iterable[str]) -> None:
        """Hear of what other processes on this database commit in ``cities``, and tell them. On SQLite are none."""
        if self._bus is None and not self.is_sqlite:
            self._bus = Bus(self.url, cities, self._hear_others, self._miss)
            self._bus.start()

    def _hear_others(self, told: list[Told]) -> None:
        changes = [Change(*one) for one in told]
        for hear in self._listeners:
            hear(changes)

    def _miss(self) -> None:
        for hear in self._gap_listeners:
            hear()

    async def write(self, job: Job[T], priority: Priority = Priority.BACKGROUND, *, in_order: bool = False) -> T:
        """Run ``job`` in one transaction; return its result once it is durable. What it raises is raised here.

        ``in_order``: a claim, which finds its rows in the order of an index, whatever PostgreSQL's statistics say.
        A caller that is cancelled meanwhile does not undo the write, nor keep others from hearing of it.
        """
        writing = asyncio.ensure_future(self._write(job, priority, in_order))
        writing.add_done_callback(retrieve)
        return await asyncio.shield(writing)

    async def _write(self, job: Job[T], priority: Priority, in_order: bool) -> T:
        result, changes = await self._store.write(job, int(priority), in_order)
        if changes:
            for hear in self._listeners:
                hear(changes)
            if self._bus is not None:
                self._bus.tell([(one.what, one.city, one.id, one.parent) for one in changes])
        return result

    async def read(self, job: Job[T], *, in_order: bool = False) -> T:
        """Run ``job``, which only reads, on a snapshot of its own. ``in_order``: see ``write``."""
        return await self._store.read(job, in_order)

    async def close(self) -> None:
        if self._bus is not None:
            await self._bus.stop()
        await self._store.close()


def retrieve(asked: asyncio.Future[Any]) -> None:
    """What became of it is for whoever awaits it; where nobody does any more, no complaint is left behind."""
    if not asked.cancelled():
        asked.exception()


def insert_or_ignore(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert what is not there yet; a row that a unique key refuses is left out without an error."""
    if rows:
        connection.execute(_insert_or_ignore(connection.dialect.name, table), list(rows))


@cache  # as all statements here: building one costs several times what running it does
def _insert_or_ignore(dialect: str, table: Table) -> Insert:
    statement: Insert = _DIALECTS[dialect].insert(table).on_conflict_do_nothing()
    return statement


def insert_or_update(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """Insert ``rows``, all of the same columns; where one with its ``key`` is there, its other columns change."""
    news = tuple(name for name in rows[0] if name not in key)
    connection.execute(_insert_or_update(connection.dialect.name, table, tuple(key), news), list(rows))


@cache
def _insert_or_update(dialect: str, table: Table, key: tuple[str, ...], news: tuple[str, ...]) -> Insert:
    insert = _DIALECTS[dialect].insert(table)
    changed_to = {name: insert.excluded[name] for name in news}
    statement: Insert = insert.on_conflict_do_update(index_elements=key, set_=changed_to)
    return statement


def update_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write each row's other columns where its ``city`` and ``id`` are; all ``rows`` bring the same columns."""
    if not rows:
        return
    statement = _update_by_key(table, tuple(name for name in rows[0] if name not in ("city", "id")))
    # A name of its own for each value: a column's would be taken for that column.
    connection.execute(statement, [{f"b_{name}": value for name, value in row.items()} for row in rows])


@cache
def _update_by_key(table: Table, names: tuple[str, ...]) -> Update:
    key = (table.c.city == bindparam("b_city"), table.c.id == bindparam("b_id"))
    return update(table).where(*key).values({name: bindparam(f"b_{name}") for name in names})
