"""How each account fares: when it last heard and sent, and what went wrong last. A silent failure is a dead line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, bindparam, select

from config.database import insert_or_update
from handoff.tables import account_state

Key = tuple[str, str, str]  # city, channel, account
_KEY = ("city", "channel", "account")
_STATES = select(account_state).where(account_state.c.city == bindparam("city"))


class Outcome(Protocol):
    """What became of one message that an account should send."""

    @property
    def row(self) -> RowMapping: ...

    @property
    def state(self) -> str: ...

    @property
    def error(self) -> str | None: ...

    @property
    def of_account(self) -> bool: ...


def note_hearing(connection: Connection, heard: Mapping[Key, datetime]) -> None:
    """When these accounts last heard something: a line that has long been silent may be dead."""
    _note(connection, {key: {"last_in_at": at} for key, at in heard.items()})


def note_sending(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Keep the last success and the last fault of every account in ``outcomes``."""
    latest: dict[Key, Outcome] = {}
    for one in outcomes:
        if one.state == "sent" or one.of_account:
            latest[one.row["city"], one.row["channel"], one.row["account"]] = one
    sent = [key for key, one in latest.items() if one.state == "sent"]
    faults = {key: one.error for key, one in latest.items() if one.state != "sent"}
    _note(connection, {key: {"last_sent_at": now, "last_error": None} for key in sent})
    _note(connection, {key: {"last_error": error, "last_error_at": now} for key, error in faults.items()})


def note_working(connection: Connection, key: Key) -> None:
    """A pull of this account works (again)."""
    _note(connection, {key: {"last_error": None}})


def note_fault(connection: Connection, key: Key, error: str, now: datetime) -> None:
    """A pull or a fetch of this account went wrong."""
    _note(connection, {key: {"last_error": error[:300], "last_error_at": now}})


def _note(connection: Connection, news: Mapping[Key, Mapping[str, Any]]) -> None:
    """Write the same columns of several accounts, in the order of their keys; an account's first news makes its row."""
    rows = [dict(zip(_KEY, key, strict=True)) | dict(news[key]) for key in sorted(news)]
    if rows:
        insert_or_update(connection, account_state, rows, _KEY)


def states(connection: Connection, cities: Iterable[str]) -> list[RowMapping]:
    """Every account's state, for the health page."""
    return [row for city in cities for row in connection.execute(_STATES, {"city": city}).mappings()]
