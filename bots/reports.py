"""What became of our messages: delivery reports, matched to the outbox's rows. States only move forward."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, select

from bots.channel import Account
from bots.fit import fit_provider_id
from bots.message import DeliveryReport
from config.clock import Clock
from config.database import Database, Priority, among, changed, update_rows
from handoff import open_cases
from handoff.tables import message

RANK = {"queued": 0, "sending": 0, "unsure": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}
TOGETHER = 0.03  # seconds that reports are gathered: a reply has three, each in a delivery of its own
PATIENCE = timedelta(seconds=30)  # a report may overtake the note that its message was sent; then it is not ours


_SENT = select(  # built once: building a statement costs several times what running it does
    message.c.id,
    message.c.conversation_id,
    message.c.incident_id,
    message.c.channel,
    message.c.account,
    message.c.provider_id,
    message.c.state,
    message.c.delivered_at,
    message.c.read_at,
    message.c.error,
).where(
    message.c.city == bindparam("city"),
    among(message.c.provider_id, "ids"),
    message.c.direction == "out",
)

Noted = tuple[datetime, Account, DeliveryReport]  # when it came, whose it is


class Reports:
    """Writes reports as they come, many in one commit; those whose message is not known yet are tried again later."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._early: list[Noted] = []
        self._waiting: list[Noted] = []
        self._written: asyncio.Future[None] | None = None  # settled when what waits now is durable
        self._writing = False

    async def note(self, account: Account, reports: Sequence[DeliveryReport]) -> None:
        """Note the reports of one delivery; they are durable, or known to be early, when this returns."""
        now = self._clock.now()
        self._waiting += ((now, account, replace(one, provider_id=fit_provider_id(one.provider_id))) for one in reports)
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        written = self._written
        if not self._writing:
            self._writing = True
            self._task = asyncio.create_task(self._write_all(), name="reports")
        await asyncio.shield(written)

    async def settle(self) -> None:
        """Try the early ones again; for the worker's sweep."""
        early, self._early = self._early, []
        if early:
            await self._write(early)

    async def _write_all(self) -> None:
        while self._written is not None:
            await asyncio.sleep(TOGETHER)
            batch, written = [*self._early, *self._waiting], self._written
            self._early, self._waiting, self._written = [], [], None
            try:
                await self._write(batch)
                written.set_result(None)
            except Exception as error:
                written.set_exception(error)
        self._writing = False

    async def _write(self, batch: Sequence[Noted]) -> None:
        now = self._clock.now()
        missed = await self._database.write(partial(_note_all, batch), Priority.BACKGROUND)
        self._early += [one for one in missed if now - one[0] < PATIENCE]


def _note_all(pending: Sequence[Noted], connection: Connection) -> list[Noted]:
    """Move our messages on. Returns the reports whose message is not known (yet)."""
    cities: dict[str, list[Noted]] = {}
    for one in pending:
        cities.setdefault(one[1].city, []).append(one)
    missed = []
    for city, group in sorted(cities.items()):
        known = _rows(connection, city, [one[2].provider_id for one in group])
        for one in group:
            rows = [row for row in known.get((one[1].channel, one[2].provider_id), ()) if _is_of(row, one[1])]
            for row in rows:
                _advance(row, one[2])
            if not rows:
                missed.append(one)
        moved = sorted((row for rows in known.values() for row in rows if row.get("moved")), key=itemgetter("id"))
        # Locks in the order of a turn: cases, then messages by their ids.
        failed = [row["incident_id"] for row in moved if row["state"] == "failed"]
        open_cases.ring(connection, city, failed, "send_failed", group[-1][0])
        _update(connection, city, moved)
    return missed


def _rows(connection: Connection, city: str, ids: Sequence[str]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Our messages by channel and provider's id: several where they left as one."""
    known: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in connection.execute(_SENT, {"city": city, "ids": sorted(set(ids))}).mappings():
        known.setdefault((row["channel"], row["provider_id"]), []).append(dict(row))
    return known


def _is_of(row: dict[str, Any], account: Account) -> bool:
    """Whether ``account`` can tell of it. An SMS may have left by another line than the one it belongs to."""
    return bool(row["account"] == account.name or account.channel == "sms")


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
    moved = ("id", "state", "delivered_at", "read_at", "error")
    update_rows(connection, message, [{"city": city, **{name: row[name] for name in moved}} for row in rows])
    for row in rows:
        changed(connection, "message", city, row["id"], row["conversation_id"])
