"""How a job reaches SQLite (one writer thread, group commits) or PostgreSQL (asyncpg)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

T = TypeVar("T")
Job = Callable[[Connection], T]
Changes = list[Any]


MOST_URGENT = 1  # priorities up to it (config.database.Priority: operators, emergencies) wait for nobody else
BUSY_SECONDS = 15.0  # how long SQLite waits for another process (a backup) to let go of the write lock


class Store(Protocol):
    """What the database's door needs of an engine. A smaller ``priority`` goes first where writes queue."""

    async def write(self, job: Job[T], priority: int, in_order: bool, /) -> tuple[T, Changes]: ...

    async def read(self, job: Job[T], in_order: bool, /) -> T: ...

    async def close(self) -> None: ...


def _loads(raw: Any) -> Any:
    return orjson.loads(raw)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite_engine(url: URL, *, writing: bool) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite"),
        poolclass=NullPool if writing else None,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS, "cached_statements": 512},
        json_serializer=_dumps,
        json_deserializer=_loads,
        query_cache_size=1500,
        hide_parameters=True,  # an error's text goes to the logs: no message, name or number with it
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: sqlite3's own guesses break SAVEPOINT
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute(f"PRAGMA cache_size=-{65536 if writing else 16384}")  # kilobytes
        if not writing:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


class SqliteStore:
    """One writer thread: whatever jobs wait are run one after another, each in a savepoint, and committed together."""

    GROUP = 64  # jobs in one commit at most
    GROUP_SECONDS = 0.05  # no further job joins a commit that has been open this long

    def __init__(self, url: URL, readers: int) -> None:
        self._writer_engine = _sqlite_engine(url, writing=True)
        self._reader_engine = _sqlite_engine(url, writing=False)
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-read")
        self._jobs: queue.PriorityQueue[tuple[int, int, _Waiting | None]] = queue.PriorityQueue()
        self._count = itertools.count()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def write(self, job: Job[T], priority: int, _in_order: bool, /) -> tuple[T, Changes]:
        if self._closed:
            raise RuntimeError("the database is closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sqlite-write", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        waiting = _Waiting(job, loop.create_future(), loop)
        self._jobs.put((priority, next(self._count), waiting))
        return await asyncio.shield(waiting.future)

    async def read(self, job: Job[T], _in_order: bool, /) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, job)

    def _read(self, job: Job[T]) -> T:
        with self._reader_engine.connect() as connection, connection.begin():
            return job(connection)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._thread is not None:
            self._jobs.put((99, next(self._count), None))
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._readers.shutdown(wait=True)
        self._writer_engine.dispose()
        self._reader_engine.dispose()

    def _run(self) -> None:
        connection: Connection | None = None
        while (first := self._jobs.get()[2]) is not None:
            try:
                connection = connection or self._writer_engine.connect()
            except Exception as error:  # no connection: this job fails, the next one tries again
                first.fail(error)
                first.settle()
                continue
            self._commit_group(connection, first)
        if connection is not None:
            connection.close()

    def _commit_group(self, connection: Connection, first: _Waiting) -> None:
        done = [first]
        ends = time.monotonic() + self.GROUP_SECONDS
        try:
            with connection.begin():
                _run_in_savepoint(connection, first)
                while (following := self._next(len(done), ends)) is not None:
                    done.append(following)
                    _run_in_savepoint(connection, following)
        except BaseException as error:  # begin or commit itself failed: nobody's write is durable
            for waiting in done:
                waiting.fail(error)
        for waiting in done:
            waiting.settle()

    def _next(self, taken: int, ends: float) -> _Waiting | None:
        if taken >= self.GROUP or time.monotonic() > ends:
            return None
        try:
            item = self._jobs.get_nowait()
        except queue.Empty:
            return None
        if item[2] is None:
            self._jobs.put(item)  # the closing mark: finish this group first
        return item[2]


class _Waiting:
    """A job, whoever awaits it, and what came of it."""

    __slots__ = ("_error", "_loop", "_result", "changes", "future", "job")

    def __init__(self, job: Job[Any], future: asyncio.Future[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.job = job
        self.future = future
        self.changes: Changes = []
        self._loop = loop
        self._result: Any = None
        self._error: BaseException | None = None

    def keep(self, result: Any, changes: Changes) -> None:
        self._result, self.changes = result, changes

    def fail(self, error: BaseException) -> None:
        self._error = error

    def settle(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has gone: nobody waits any more
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result((self._result, self.changes))


def _run_in_savepoint(connection: Connection, waiting: _Waiting) -> None:
    connection.info["changes"] = []
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = waiting.job(connection)
    except Exception as error:
        connection.exec_driver_sql("ROLLBACK TO job")
        waiting.fail(error)
    else:
        waiting.keep(result, connection.info["changes"])
    connection.exec_driver_sql("RELEASE job")


# Every write finds its rows by their keys, whatever the statistics say, by a plan that is made once.
BY_KEY = dict.fromkeys(
    ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit"), "off"
) | {"plan_cache_mode": "force_generic_plan"}
# What is claimed is found in the order of its index: with stale statistics PostgreSQL rather sorts a whole backlog, for
# 7 to 94 ms a claim with 200,000 waiting.
IN_ORDER = BY_KEY | {"enable_sort": "off", "enable_incremental_sort": "off"}
# SQLSTATE of a transaction that did nothing and may do it again: another was preferred (deadlock, serialization, a lock
# that did not come), or a migration has changed the tables since its statements were prepared.
AGAIN = ("40P01", "40001", "55P03", "0A000")
READING = {"default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on", "jit": "off"}
# For a process that serves. One that hangs or is cut off in the middle of a transaction must not keep its locks from
# the living, and none of them may wait for a line that went dumb.
HURRY = {
    "idle_in_transaction_session_timeout": "8000",  # milliseconds
    "lock_timeout": "4000",
    "tcp_keepalives_idle": "4",  # seconds; over a network
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
SILENCE = 12.0  # seconds without a word from PostgreSQL to one statement


class PostgresStore:
    """asyncpg behind the same two doors; each write is its own transaction.

    Some connections are only for what is most urgent: a surge of the rest holds up no emergency and no operator.
    """

    READERS = 4  # connections
    CLAIMERS = 3
    RESERVED = 2  # of those that write, and one of those that claim
    TRIES = 6  # of a job that another's transaction was preferred to, or whose connection was lost

    def __init__(self, url: URL, pool: int, hurry: bool) -> None:
        engine = partial(_postgres_engine, url, hurry)
        self._writing = engine(pool, "sigap", BY_KEY)
        self._claiming = engine(self.CLAIMERS, "sigap claim", IN_ORDER)
        self._reading = engine(self.READERS, "sigap read", READING)
        self._usual = asyncio.Semaphore(pool - self.RESERVED)
        self._usual_claims = asyncio.Semaphore(self.CLAIMERS - 1)

    async def write(self, job: Job[T], priority: int, in_order: bool, /) -> tuple[T, Changes]:
        engine, usual = (self._claiming, self._usual_claims) if in_order else (self._writing, self._usual)
        async with contextlib.nullcontext() if priority <= MOST_URGENT else usual:
            return await self._try(engine, job)

    async def _try(self, engine: AsyncEngine, job: Job[T]) -> tuple[T, Changes]:
        for number in range(self.TRIES - 1):
            try:
                return await self._write(engine, job)
            except DBAPIError as error:
                if not error.connection_invalidated and getattr(error.orig, "sqlstate", None) not in AGAIN:
                    raise
                await asyncio.sleep(random.uniform(0.5, 1.0) * 0.02 * 2**number)
        return await self._write(engine, job)

    async def _write(self, engine: AsyncEngine, job: Job[T]) -> tuple[T, Changes]:
        async with engine.begin() as connection:

            def run(sync: Connection) -> tuple[T, Changes]:
                sync.info["changes"] = []
                return job(sync), sync.info["changes"]

            return await connection.run_sync(run)

    async def read(self, job: Job[T], in_order: bool, /) -> T:
        if not in_order:
            return await self._read(self._reading, job)
        async with self._usual_claims:
            return await self._read(self._claiming, job)

    async def _read(self, engine: AsyncEngine, job: Job[T]) -> T:
        async with engine.connect() as connection:
            return await connection.run_sync(job)

    async def close(self) -> None:
        for engine in (self._writing, self._claiming, self._reading):
            await engine.dispose()


def _postgres_engine(url: URL, hurry: bool, pool: int, name: str, ways: Mapping[str, str]) -> AsyncEngine:
    settings = {"application_name": name, **ways, **(HURRY if hurry else {})}
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=pool,
        max_overflow=0,
        json_serializer=_dumps,
        json_deserializer=_loads,
        query_cache_size=1500,
        hide_parameters=True,
        connect_args={
            "prepared_statement_cache_size": 500,
            "server_settings": settings,
            "timeout": SILENCE,
            "command_timeout": SILENCE if hurry else None,
        },
    )
