"""A report that came by voice and is written down by an operator: checked, opened once, claimed by whoever took it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from handoff import incidents
from handoff.audit import note
from handoff.console.acts import Act, Row
from handoff.console.refusals import Refusal
from handoff.console.spots import placed
from handoff.report import Origin, Report
from handoff.tables import audit_event
from sms_gateway.numbers import to_e164

SUMMARY = 160  # characters of a note that lists show
DIGITS = range(5, 16)  # of a number that can be called back; what is no whole number of ours stays as it was told
WHOLE = ("+", "0", "62")
_DIALLED = re.compile(r"\+?[0-9 ().\-/]+")


@dataclass(frozen=True, slots=True)
class Call:
    """A call, a radio message, somebody at the counter. ``client_id`` is the same at every try of the page."""

    client_id: UUID
    source: str
    category: str
    severity: int
    place: Mapping[str, Any]
    note: str = ""
    name: str = ""
    phone: str = ""


def take_down(connection: Connection, act: Act, call: Call) -> tuple[int, bool]:
    """Open a case, claimed by whoever took the call. Returns its id, and whether it is new.

    A repeated ``client_id`` gives the case of the first time.
    """
    known = _opened_before(connection, act, call)
    if known is not None:
        return known, False
    row = _open(connection, act, call)
    row = incidents.claim(connection, act.city.slug, row["id"], act.operator.id, act.who, act.now)
    if call.note:
        incidents.correct(connection, act.city.slug, row["id"], row["version"], {"note": call.note}, act.who, act.now)
    city, key = act.city.slug, _key(call)
    note(connection, city, act.who, "by_hand", act.now, incident_id=row["id"], key=key, source=call.source)
    return int(row["id"]), True


def _open(connection: Connection, act: Act, call: Call) -> Row:
    category = act.city.categories.get(call.category)
    if category is None:
        raise Refusal("unknown_category")
    caller = {name: said for name, said in (("name", _name(call.name)), ("phone", _phone(call.phone))) if said}
    origin = Origin(act.city.slug, act.city.incident_prefix, source=call.source, caller=caller or None)
    report = Report(
        "by_hand",
        severity=call.severity,
        categories=(call.category,),
        summary=call.note[:SUMMARY],
        place=placed(act.city, call.place)["place"],
        restricted=category.restricted,
    )
    return incidents.open_incident(connection, origin, report, act.now, act.now, act.who)


def _name(said: str) -> str:
    if said and not any(sign.isalpha() for sign in said):
        raise Refusal("bad_name")
    return said


def _phone(said: str) -> str:
    """E.164 where it is a subscriber's number; a local or foreign one as it was told, for a call must not wait."""
    if not said:
        return ""
    digits = sum(sign.isdigit() for sign in said)
    if not _DIALLED.fullmatch(said) or digits not in DIGITS:
        raise Refusal("bad_phone")
    # A number told without its zero is a local one: read as a national number it would ring in another city.
    return (to_e164(said) if said.startswith(WHOLE) else None) or said


# The audit's line of this act carries the page's id, folded to 63 bits, as its own: its primary key allows it once.


def _key(call: Call) -> int:
    return call.client_id.int >> 65


def _opened_before(connection: Connection, act: Act, call: Call) -> int | None:
    query = select(audit_event.c.incident_id, audit_event.c.operator_id, audit_event.c.verb)
    row = connection.execute(query.where(audit_event.c.city == act.city.slug, audit_event.c.id == _key(call))).first()
    if row is None:
        return None
    if (row.verb, row.operator_id) != ("by_hand", act.operator.id):
        raise Refusal("client_id")
    return int(row.incident_id)
