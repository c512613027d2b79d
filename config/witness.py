"""A database that remembers when it could not store: what /health must know, whoever was refused."""

from __future__ import annotations

import sqlite3
from typing import TypeVar

from sqlalchemy.exc import TimeoutError as NoConnection

from config.database import Database, Priority
from config.stores import Job

T = TypeVar("T")

# A full or broken disk, a file that cannot be opened or written, a lock that is never let go.
_OF_SQLITE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_BUSY,
    }
)
_OF_POSTGRES = ("08", "53", "57", "58")  # classes of SQLSTATE: connection, resources, shut down, system


class Witness(Database):
    """As its parent, and ``fault`` says why something could not be stored, until somebody finds that it can."""

    HURRY = True
    fault: str | None = None

    async def _write(self, job: Job[T], priority: Priority, in_order: bool) -> T:
        try:
            return await super()._write(job, priority, in_order)
        except Exception as error:
            if is_no_store(error):
                self.fault = reason(first_of(error))
            raise


def first_of(error: BaseException) -> BaseException:
    """The driver's first word: a full disk ends the transaction, and the rollback that then fails hides why."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def is_no_store(error: BaseException) -> bool:
    """Whether nothing could be stored; false for one job's own fault, such as a key that is taken."""
    if getattr(error, "connection_invalidated", False) or isinstance(error, NoConnection):
        return True
    first = first_of(error)
    if isinstance(first, sqlite3.Error):
        return (getattr(first, "sqlite_errorcode", 0) & 0xFF) in _OF_SQLITE
    return isinstance(first, OSError) or str(getattr(first, "sqlstate", "") or "")[:2] in _OF_POSTGRES


def reason(error: BaseException) -> str:
    """A line for the technician, without a message's words: drivers name no values here."""
    return (str(error) or type(error).__name__).splitlines()[0][:200]
