"""How each account fares: when it last heard and sent, and what went wrong last. A silent failure is a dead line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, select, update

from config.database import insert_or_ignore
from handoff.tables import account_state


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
        _update(connection, key, {"last_in_at": now})


def note_sending(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Keep the last success and the last fault of every account in ``outcomes``."""
    latest: dict[tuple[str, str, str], Outcome] = {}
    for one in outcomes:
        if one.state == "sent" or one.error is not None:
            latest[one.row["city"], one.row["channel"], one.row["account"]] = one
    for key, one in sorted(latest.items(), key=lambda item: item[0]):
        news: dict[str, Any] = {"last_sent_at": now, "last_error": None}
        if one.state in ("failed", "queued"):
            news = {"last_error": one.error, "last_error_at": now}
        elif one.state != "sent":
            continue
        _update(connection, key, news)


def note_fault(connection: Connection, key: tuple[str, str, str], error: str, now: datetime) -> None:
    """A pull or a fetch of this account (city, channel, name) went wrong."""
    _update(connection, key, {"last_error": error[:300], "last_error_at": now})


def _update(connection: Connection, key: tuple[str, str, str], news: dict[str, Any]) -> None:
    city, channel, name = key
    where = (
        account_state.c.city == city,
        account_state.c.channel == channel,
        account_state.c.account == name,
    )
    if connection.execute(update(account_state).where(*where).values(news)).rowcount == 0:
        insert_or_ignore(connection, account_state, [{"city": city, "channel": channel, "account": name, **news}])


def states(connection: Connection, cities: Iterable[str]) -> list[RowMapping]:
    """Every account's state, for the health page."""
    query = select(account_state).where(account_state.c.city.in_(list(cities)))
    return list(connection.execute(query).mappings())
