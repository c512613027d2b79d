"""How each account fares: when it last heard and sent, and what went wrong last. A silent failure is a dead line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, Update, bindparam, select, update

from config.database import insert_or_ignore
from handoff.tables import account_state


def _note(*names: str) -> Update:
    """Built once: building a statement costs several times what running it does."""
    key = {"city": account_state.c.city, "channel": account_state.c.channel, "account": account_state.c.account}
    return (
        update(account_state)
        .where(*(column == bindparam(f"b_{name}") for name, column in key.items()))
        .values({name: bindparam(f"b_{name}") for name in names})
    )


_HEARD = _note("last_in_at")
_SENT = _note("last_sent_at", "last_error")
_FAULT = _note("last_error", "last_error_at")


class Outcome(Protocol):
    """What became of one message that an account should send."""

    @property
    def row(self) -> RowMapping: ...

    @property
    def state(self) -> str: ...

    @property
    def error(self) -> str | None: ...


def note_hearing(connection: Connection, keys: Iterable[tuple[str, str, str]], now: datetime) -> None:
    """These accounts (city, channel, name) heard something: a line that has long been silent may be dead."""
    for key in sorted(set(keys)):
        _update(connection, _HEARD, key, {"last_in_at": now})


def note_sending(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Keep the last success and the last fault of every account in ``outcomes``."""
    latest: dict[tuple[str, str, str], Outcome] = {}
    for one in outcomes:
        if one.state == "sent" or one.error is not None:
            latest[one.row["city"], one.row["channel"], one.row["account"]] = one
    for key, one in sorted(latest.items(), key=lambda item: item[0]):
        if one.state in ("failed", "queued"):
            _update(connection, _FAULT, key, {"last_error": one.error, "last_error_at": now})
        elif one.state == "sent":
            _update(connection, _SENT, key, {"last_sent_at": now, "last_error": None})


def note_fault(connection: Connection, key: tuple[str, str, str], error: str, now: datetime) -> None:
    """A pull or a fetch of this account (city, channel, name) went wrong."""
    _update(connection, _FAULT, key, {"last_error": error[:300], "last_error_at": now})


def _update(connection: Connection, statement: Update, key: tuple[str, str, str], news: dict[str, Any]) -> None:
    row = dict(zip(("city", "channel", "account"), key, strict=True)) | news
    if connection.execute(statement, {f"b_{name}": value for name, value in row.items()}).rowcount == 0:
        insert_or_ignore(connection, account_state, [row])


def states(connection: Connection, cities: Iterable[str]) -> list[RowMapping]:
    """Every account's state, for the health page."""
    query = select(account_state).where(account_state.c.city.in_(list(cities)))
    return list(connection.execute(query).mappings())
