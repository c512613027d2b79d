"""How the lines fare, kept in the database: a command, a console or another process may ask while a modem is taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from config.database import insert_or_update
from sms_gateway.gateway import LineState
from sms_gateway.tables import sms_line

FRESH: Final = timedelta(seconds=30)  # a state that is older was written by a process that is gone

_TIMES: Final = ("since", "last_heard", "last_sent")


def keep_states(connection: Connection, states: Iterable[tuple[str, LineState]], now: datetime) -> None:
    """Write the states of lines, each with its city."""
    rows = [{"city": city, "line": one.line, "state": _to_json(one), "at": now} for city, one in states]
    if rows:
        insert_or_update(connection, sms_line, rows, ("city", "line"))


def kept_states(connection: Connection, cities: Sequence[str]) -> list[tuple[str, LineState, datetime]]:
    """City, state and the time of that, line by line."""
    found: list[tuple[str, LineState, datetime]] = []
    for city in sorted(cities):
        rows = connection.execute(select(sms_line).where(sms_line.c.city == city).order_by(sms_line.c.line)).mappings()
        found += [(city, _from_json(row["state"]), row["at"]) for row in rows]
    return found


def _to_json(state: LineState) -> dict[str, Any]:
    kept = asdict(state)
    return kept | {name: kept[name].isoformat() for name in _TIMES if kept[name] is not None}


def _from_json(kept: dict[str, Any]) -> LineState:
    known = {one.name for one in fields(LineState)}
    times = {name: datetime.fromisoformat(kept[name]) for name in _TIMES if kept.get(name)}
    return LineState(**({name: value for name, value in kept.items() if name in known} | times))
