"""What became of our messages: delivery reports, matched to the outbox's rows. States only move forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bots.channel import Account
from bots.message import DeliveryReport
from config.clock import Clock
from config.database import Database, Priority, changed
from handoff.tables import message

RANK = {"queued": 0, "sending": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}
PATIENCE = timedelta(seconds=30)  # a report may overtake the note that its message was sent; then it is not ours


class Reports:
    """Writes reports as they come; those whose message is not known yet are tried again with the next."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._early: list[tuple[datetime, Account, DeliveryReport]] = []

    async def note(self, account: Account, reports: Sequence[DeliveryReport]) -> None:
        """Note the reports of one delivery."""
        now = self._clock.now()
        early, self._early = self._early, []
        pending = [*((since, who, report) for since, who, report in early), *((now, account, one) for one in reports)]
        await self._write(pending, now)

    async def settle(self) -> None:
        """Try the early ones again; for the worker's sweep."""
        if self._early:
            early, self._early = self._early, []
            await self._write(early, self._clock.now())

    async def _write(self, pending: Sequence[tuple[datetime, Account, DeliveryReport]], now: datetime) -> None:
        missed = await self._database.write(partial(_note_all, pending), Priority.BACKGROUND)
        self._early += [one for one in missed if now - one[0] < PATIENCE]


def _note_all(
    pending: Sequence[tuple[datetime, Account, DeliveryReport]], connection: Connection
) -> list[tuple[datetime, Account, DeliveryReport]]:
    groups: dict[tuple[str, str, str], list[tuple[datetime, Account, DeliveryReport]]] = {}
    for one in pending:
        groups.setdefault((one[1].city, one[1].channel, one[1].name), []).append(one)
    missed = []
    for (city, channel, account), group in sorted(groups.items()):
        known = _rows(connection, city, channel, account, [one[2].provider_id for one in group])
        news: dict[int, dict[str, Any]] = {}
        for one in group:
            row = known.get(one[2].provider_id)
            if row is None:
                missed.append(one)
            else:
                _advance(news.setdefault(row["id"], dict(row)), one[2])
        _update(connection, city, [row for row in news.values() if row.get("moved")])
    return missed


def _rows(
    connection: Connection, city: str, channel: str, account: str, ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    found = connection.execute(
        select(
            message.c.id,
            message.c.conversation_id,
            message.c.provider_id,
            message.c.state,
            message.c.delivered_at,
            message.c.read_at,
            message.c.error,
        ).where(
            message.c.city == city,
            message.c.channel == channel,
            message.c.account == account,
            message.c.provider_id.in_(ids),
            message.c.direction == "out",
        )
    ).mappings()
    return {row["provider_id"]: dict(row) for row in found}


def _advance(row: dict[str, Any], report: DeliveryReport) -> None:
    """Move a row forward, never back: read before delivered fills in both times, failed after delivered is ignored."""
    if report.state == "delivered" and row["delivered_at"] is None:
        row.update(delivered_at=report.at, moved=True)
    if report.state == "read" and row["read_at"] is None:
        row.update(read_at=report.at, moved=True)
    if RANK[report.state] > RANK.get(row["state"], 9):
        row.update(state=report.state, moved=True)
        if report.state == "failed":
            row["error"] = (report.error or "the provider could not deliver it")[:300]


def _update(connection: Connection, city: str, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    connection.execute(
        update(message)
        .where(message.c.city == city, message.c.id == bindparam("b_id"))
        .values(
            state=bindparam("b_state"),
            delivered_at=bindparam("b_delivered"),
            read_at=bindparam("b_read"),
            error=bindparam("b_error"),
        ),
        [
            {
                "b_id": row["id"],
                "b_state": row["state"],
                "b_delivered": row["delivered_at"],
                "b_read": row["read_at"],
                "b_error": row["error"],
            }
            for row in rows
        ],
    )
    for row in rows:
        changed(connection, "message", city, row["id"], row["conversation_id"])
