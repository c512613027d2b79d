"""What comes and goes by SMS, followed by a process that only reads the database.

A row's id is made before the row is committed, so that a later id may be seen first: each look begins some seconds
behind the newest row. What may still change its state is looked up again by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping, select

from handoff.tables import message

LOT: Final = 500  # rows of one city in one query
LATE: Final = timedelta(seconds=10)  # for which a row may be on its way into the database
KEPT: Final = timedelta(hours=1)  # for which a state may change: outbox and networks keep an SMS no longer
MOST: Final = 2000  # messages whose state is followed; the newest ones
OPEN: Final = ("queued", "sending", "sent", "unsure")

Key = tuple[str, int]  # city, id


@dataclass(frozen=True, slots=True)
class _Shown:
    state: str | None
    created_at: datetime


class Followed:
    """The SMS of ``cities`` that reached us after ``since``."""

    def __init__(self, cities: Sequence[str], since: datetime) -> None:
        self._cities, self._since = cities, since
        self._behind: dict[str, int] = {}  # city -> the id up to which all has been seen
        self._shown: dict[Key, _Shown] = {}

    @property
    def remembered(self) -> int:
        """How many messages are kept in memory."""
        return len(self._shown)

    def news(self, connection: Connection) -> list[RowMapping]:
        """Messages that are new or changed since the last look, by time; at most ``LOT`` new ones of each city."""
        news: list[RowMapping] = []
        for city in self._cities:
            newest = connection.execute(
                select(message.c.id, message.c.created_at)
                .where(message.c.city == city)
                .order_by(message.c.id.desc())
                .limit(1)
            ).one_or_none()
            if newest is not None:
                changed = self._changed(connection, city)
                fresh = self._fresh(connection, city, newest.created_at)
                news += changed + fresh
                self._remember(city, changed + fresh, newest.created_at)
        return sorted(news, key=lambda row: (row["created_at"], row["id"]))

    def _fresh(self, connection: Connection, city: str, newest_at: datetime) -> list[RowMapping]:
        """What was never shown. The place from which the next look reads moves on."""
        sure = _newest_before(connection, city, newest_at - LATE)
        at = self._behind.setdefault(city, _newest_before(connection, city, self._since))
        fresh: list[RowMapping] = []
        while len(fresh) < LOT:
            rows = connection.execute(
                select(message)
                .where(message.c.city == city, message.c.id > at, message.c.channel == "sms")
                .order_by(message.c.id)
                .limit(LOT)
            )
            lot = list(rows.mappings())
            fresh += [row for row in lot if (city, row["id"]) not in self._shown][: LOT - len(fresh)]
            if len(fresh) == LOT:
                sure = min(sure, fresh[-1]["id"])
            if len(lot) < LOT:
                break
            at = lot[-1]["id"]
        self._behind[city] = max(self._behind[city], sure)
        return fresh

    def _changed(self, connection: Connection, city: str) -> list[RowMapping]:
        """What was shown, and is in another state now."""
        ids = [id_ for (of, id_), shown in self._shown.items() if of == city and shown.state in OPEN]
        found: list[RowMapping] = []
        for begin in range(0, len(ids), LOT):
            wanted = (message.c.city == city, message.c.id.in_(ids[begin : begin + LOT]))
            rows = connection.execute(select(message).where(*wanted)).mappings()
            found += [row for row in rows if row["state"] != self._shown[city, row["id"]].state]
        return found

    def _remember(self, city: str, rows: Sequence[RowMapping], newest_at: datetime) -> None:
        """Keep what the next look needs: what it reads again, and the newest of what may change."""
        for row in rows:
            self._shown[city, row["id"]] = _Shown(row["state"], row["created_at"])
        again = {key for key in self._shown if key[0] != city or key[1] > self._behind[city]}
        still_open = sorted(
            key
            for key, shown in self._shown.items()
            if key[0] == city and shown.state in OPEN and shown.created_at > newest_at - KEPT
        )
        kept = again.union(still_open[-MOST:])
        self._shown = {key: shown for key, shown in self._shown.items() if key in kept}


def _newest_before(connection: Connection, city: str, at: datetime) -> int:
    """The last id that is older than ``at``; 0 where none is. Read backward, so only what is newer is passed over."""
    found = connection.scalar(
        select(message.c.id)
        .where(message.c.city == city, message.c.created_at < at)
        .order_by(message.c.id.desc())
        .limit(1)
    )
    return found or 0
