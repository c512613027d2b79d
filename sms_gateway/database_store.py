"""The store in the one database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, func, or_, select, update

from config.database import Database, Priority, insert_or_ignore, insert_or_update
from sms_gateway.gateway import SmsReport
from sms_gateway.store import AWAITED, REMEMBERED, Group, Kept, Part, SentPart, group_for, groups_of, is_due
from sms_gateway.tables import sms_part, sms_refused_pin, sms_sent

_SENT_KEY = ("city", "line", "network_ref", "to")


class DatabaseStore:
    """Parts and awaited reports outlive the process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, part: Part, now: datetime) -> Group | None:
        return await self._database.write(partial(_keep, part=part, now=now), Priority.EMERGENCY)

    async def waiting(self, city: str, line: str, now: datetime) -> Sequence[Group]:
        return await self._database.read(partial(_waiting, city=city, line=line, now=now))

    async def done(self, group: Group, now: datetime) -> None:
        await self._database.write(partial(_done, group=group, now=now))

    async def note_sent(self, parts: Sequence[SentPart]) -> None:
        await self._database.write(partial(_note_sent, parts=parts))

    async def note_report(
        self, city: str, line: str, network_ref: str, to: str | None, state: str, at: datetime, error: str | None = None
    ) -> SmsReport | None:
        told = and_(
            sms_sent.c.city == city,
            sms_sent.c.line == line,
            sms_sent.c.network_ref == network_ref,
            sms_sent.c.at > at - AWAITED,
            *([] if to is None else [sms_sent.c.to == to]),
        )
        return await self._database.write(partial(_note_report, told=told, state=state, at=at, error=error))

    async def note_refused_pin(self, city: str, line: str, mark: str, at: datetime) -> None:
        row = {"city": city, "line": line, "mark": mark, "at": at}
        await self._database.write(lambda connection: insert_or_ignore(connection, sms_refused_pin, [row]))

    async def refused_pins(self, city: str, line: str) -> frozenset[str]:
        of_line = (sms_refused_pin.c.city == city, sms_refused_pin.c.line == line)
        marks = select(sms_refused_pin.c.mark).where(*of_line)
        return await self._database.read(lambda connection: frozenset(connection.scalars(marks)))


def _keep(connection: Connection, part: Part, now: datetime) -> Group | None:
    of_sender = (
        sms_part.c.city == part.city,
        sms_part.c.line == part.line,
        sms_part.c.sender == part.sender,
        sms_part.c.ref == part.ref,
        sms_part.c.total == part.total,
    )
    kept = [_kept(row) for row in connection.execute(select(sms_part).where(*of_sender)).mappings()]
    known = {one.part.key: one for one in kept}
    if part.key not in known:
        known[part.key] = Kept(part, group_for(part, kept, now), now)
        insert_or_ignore(connection, sms_part, [_row(known[part.key])])
    one = known[part.key]
    [(group, _)] = groups_of(other for other in known.values() if other.group == one.group)
    return group if group.whole and not one.heard else None


def _waiting(connection: Connection, city: str, line: str, now: datetime) -> list[Group]:
    unheard = (sms_part.c.city == city, sms_part.c.line == line, sms_part.c.heard.is_(False))
    kept = [_kept(row) for row in connection.execute(select(sms_part).where(*unheard)).mappings()]
    return [group for group, latest in groups_of(kept) if is_due(group, latest, now)]


def _done(connection: Connection, group: Group, now: datetime) -> None:
    city, keys = group.parts[0].city, [part.key for part in group.parts]
    connection.execute(update(sms_part).where(sms_part.c.city == city, sms_part.c.key.in_(keys)).values(heard=True))
    old = (sms_part.c.city == city, sms_part.c.heard.is_(True), sms_part.c.at < now - REMEMBERED)
    connection.execute(delete(sms_part).where(*old))


def _note_sent(connection: Connection, parts: Sequence[SentPart]) -> None:
    rows = [{name: getattr(one, name) for name in SentPart.__slots__} | {"delivered": False} for one in parts]
    insert_or_update(connection, sms_sent, rows, _SENT_KEY)
    for city, at in {one.city: one.at for one in parts}.items():
        connection.execute(delete(sms_sent).where(sms_sent.c.city == city, sms_sent.c.at < at - AWAITED))


def _note_report(connection: Connection, told: Any, state: str, at: datetime, error: str | None) -> SmsReport | None:
    sent = connection.execute(select(sms_sent).where(told).order_by(sms_sent.c.at.desc()).limit(1)).mappings().first()
    if sent is None:
        return None
    if state == "failed":
        return SmsReport(sent["reference"], state, at, error)
    this = and_(*(sms_sent.c[name] == sent[name] for name in _SENT_KEY))
    connection.execute(update(sms_sent).where(this).values(delivered=True))
    whole = and_(sms_sent.c.city == sent["city"], sms_sent.c.reference == sent["reference"])
    count = select(func.count()).where(whole, or_(sms_sent.c.delivered.is_(True), this))
    return SmsReport(sent["reference"], state, at) if connection.scalar(count) == sent["parts"] else None


def _row(one: Kept) -> dict[str, Any]:
    row = {name: getattr(one.part, name) for name in Part.__slots__}
    row["text"] = one.part.text.encode("utf-16-le", "surrogatepass").hex()
    return row | {"key": one.part.key, "group": one.group, "at": one.at, "heard": one.heard}


def _kept(row: RowMapping) -> Kept:
    names = {name: row[name] for name in Part.__slots__ if name != "text"}
    text = bytes.fromhex(row["text"]).decode("utf-16-le", "surrogatepass")
    return Kept(Part(**names, text=text), row["group"], row["at"], row["heard"])
