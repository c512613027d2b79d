"""The case file: an incident is opened, claimed, released, corrected, closed here, and every act is audited.

What the bot adds to open cases is in ``open_cases``. Nothing else changes an incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from config import metrics
from config.database import among, changed, insert_or_ignore, update_rows
from config.ids import new_id
from handoff.audit import BOT, Who, line, note, note_all
from handoff.report import Origin, Report
from handoff.tables import counter, incident

# Built once: building a statement costs several times what running it does.
_OPEN = insert(incident)
_COUNT_ON = (
    update(counter)
    .where(counter.c.city == bindparam("b_city"), counter.c.name == "incident")
    .values(value=counter.c.value + bindparam("b_many"))
    .returning(counter.c.value)
)
_LOAD_OPEN = (
    select(incident)
    .where(
        incident.c.city == bindparam("city"),
        among(incident.c.id, "ids"),
        incident.c.status != "closed",
    )
    .order_by(incident.c.id)
    .with_for_update()
)
_COUNT_WAITING = (
    select(func.count())
    .select_from(incident)
    .where(incident.c.city == bindparam("city"), incident.c.status == "waiting")
)


class Refused(Exception):
    """The act is not possible as things stand. ``code`` names why; ``now`` is the incident as it stands."""

    def __init__(self, code: str, now: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.now = now


def open_incident(
    connection: Connection, origin: Origin, report: Report, heard_at: datetime, now: datetime, who: Who = BOT
) -> dict[str, Any]:
    """Open a case, waiting for an operator. Returns its row."""
    row = draft_incident(origin, report, heard_at, now)
    file_incidents(connection, origin.city, origin.prefix, [row], now, who)
    return row


def draft_incident(origin: Origin, report: Report, heard_at: datetime, now: datetime) -> dict[str, Any]:
    """A case that is not in the file yet: it has an id and no number. What is heard of it until then goes into it."""
    return {
        "city": origin.city,
        "id": new_id(),
        "number": None,
        "code": "",
        "conversation_id": origin.conversation_id,
        "contact_id": origin.contact_id,
        "source": origin.source,
        "status": "waiting",
        "reason": report.reason,
        "category": report.categories[0] if report.categories else None,
        "categories": list(report.categories),
        "severity": report.severity,
        "restricted": report.restricted,
        "silent": report.silent,
        "summary": report.summary,
        "place": dict(report.place) if report.place else None,
        "alternatives": [dict(one) for one in report.alternatives],
        "kecamatan": (report.place or {}).get("kecamatan"),
        "facts": dict(report.facts),
        "why": list(report.why),
        "note": "",
        "alarm": report.alarm,
        "operator_id": None,
        "caller": dict(origin.caller) if origin.caller else None,
        "heard_at": heard_at,
        "opened_at": now,
        "claimed_at": None,
        "answered_at": None,
        "closed_at": None,
        "close_reason": None,
        "updated_at": now,
        "version": 1,
    }


def file_incidents(
    connection: Connection, city: str, prefix: str, rows: Sequence[dict[str, Any]], now: datetime, who: Who = BOT
) -> None:
    """Number drafted cases and open them, together: their numbers keep others waiting until the commit."""
    if not rows:
        return
    for row, number in zip(rows, _numbers(connection, city, len(rows)), strict=True):
        row.update(number=number, code=f"{prefix}-{number:04d}")
    connection.execute(_OPEN, list(rows))
    note_all(connection, [_opened(row, who, now) for row in rows])
    for row in rows:
        changed(connection, "incident", city, row["id"], row["conversation_id"])
        metrics.incidents.labels(city, row["reason"], str(row["severity"])).inc()


def _opened(row: Mapping[str, Any], who: Who, now: datetime) -> dict[str, Any]:
    about = {"incident_id": row["id"], "conversation_id": row["conversation_id"]}
    return line(
        row["city"], who, "open", now, **about, reason=row["reason"], severity=row["severity"], code=row["code"]
    )


def _numbers(connection: Connection, city: str, many: int) -> range:
    """The city's next numbers, in a row."""
    wanted = {"b_city": city, "b_many": many}
    last = connection.execute(_COUNT_ON, wanted).scalar()
    if last is None:  # the city's first case
        insert_or_ignore(connection, counter, [{"city": city, "name": "incident", "value": 0}])
        last = connection.execute(_COUNT_ON, wanted).scalar_one()
    return range(last - many + 1, last + 1)


def load_open(connection: Connection, city: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The cases with these ids that are not closed, by id, locked in the order of their ids."""
    if not ids:
        return {}
    rows = connection.execute(_LOAD_OPEN, {"city": city, "ids": list(ids)}).mappings()
    return {row["id"]: dict(row) for row in rows}


def claim(
    connection: Connection, city: str, incident_id: int, operator_id: int, who: Who, now: datetime
) -> dict[str, Any]:
    """Take a waiting case. Refused("claimed") when somebody else was first; claiming one's own again is no error."""
    row = _locked(connection, city, incident_id)
    if row["status"] == "closed":
        raise Refused("closed", row)
    if row["operator_id"] == operator_id:
        return row
    if row["status"] == "claimed":
        raise Refused("claimed", row)
    news = {"status": "claimed", "operator_id": operator_id, "claimed_at": row["claimed_at"] or now}
    _change(connection, row, news, who, "claim", now)
    return row


def release(connection: Connection, city: str, incident_id: int, who: Who, now: datetime) -> dict[str, Any]:
    """Put a claimed case back into the queue, for anybody."""
    row = _locked(connection, city, incident_id)
    if row["status"] == "closed":
        raise Refused("closed", row)
    if row["status"] == "claimed":
        _change(connection, row, {"status": "waiting", "operator_id": None}, who, "release", now)
    return row


def correct(
    connection: Connection,
    city: str,
    incident_id: int,
    version: int,
    news: Mapping[str, Any],
    who: Who,
    now: datetime,
) -> dict[str, Any]:
    """Change what is on the case; its urgency only a human. Refused("stale") on an old ``version``."""
    row = _locked(connection, city, incident_id)
    if row["status"] == "closed":
        raise Refused("closed", row)
    if row["version"] != version:
        raise Refused("stale", row)
    really = {name: value for name, value in news.items() if row[name] != value}
    if really:
        _change(connection, row, really, who, "correct", now, fields=sorted(really), before=_plain(row, really))
    return row


def _plain(row: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """What short fields held before, for the audit; texts are not copied there."""
    return {name: row[name] for name in news if name in ("category", "severity", "kecamatan")}


def close(
    connection: Connection, city: str, incident_id: int, version: int, reason: str, remark: str, who: Who, now: datetime
) -> dict[str, Any]:
    """End a case, with a reason. A human's act alone."""
    row = _locked(connection, city, incident_id)
    if row["status"] == "closed":
        return row
    if row["version"] != version:
        raise Refused("stale", row)
    news = {
        "status": "closed",
        "closed_at": now,
        "close_reason": reason,
        "alarm": None,
        "note": f"{row['note']}\n{remark}".strip(),
    }
    _change(connection, row, news, who, "close", now, reason=reason)
    return row


def mark_answered(connection: Connection, row: dict[str, Any], who: Who, now: datetime) -> None:
    """A human's first words on this case have been queued."""
    if row["answered_at"] is None:
        _change(connection, row, {"answered_at": now}, who, "answer", now)


def get(connection: Connection, city: str, incident_id: int) -> dict[str, Any] | None:
    """One case, open or closed."""
    row = (
        connection.execute(select(incident).where(incident.c.city == city, incident.c.id == incident_id))
        .mappings()
        .first()
    )
    return dict(row) if row else None


def waiting_cases(connection: Connection, cities: Sequence[str]) -> dict[str, int]:
    """How many cases wait for an operator, by city."""
    return {city: connection.scalar(_COUNT_WAITING, {"city": city}) or 0 for city in cities}


def _locked(connection: Connection, city: str, incident_id: int) -> dict[str, Any]:
    query = select(incident).where(incident.c.city == city, incident.c.id == incident_id).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise KeyError(f"{city} has no incident {incident_id}")
    return dict(row)


def _change(
    connection: Connection,
    row: dict[str, Any],
    news: Mapping[str, Any],
    who: Who,
    verb: str,
    now: datetime,
    **detail: Any,
) -> None:
    values = {**news, "updated_at": now, "version": row["version"] + 1}
    update_rows(connection, incident, [{"city": row["city"], "id": row["id"], **values}])
    row.update(values)
    _tell(connection, row, who, verb, now, **detail)


def _tell(connection: Connection, row: Mapping[str, Any], who: Who, verb: str, now: datetime, **detail: Any) -> None:
    note(
        connection,
        row["city"],
        who,
        verb,
        now,
        incident_id=row["id"],
        conversation_id=row["conversation_id"],
        **detail,
    )
    changed(connection, "incident", row["city"], row["id"], row["conversation_id"])
