"""Two in a hundred of what was taken for no emergency: shown to one human at a time, until somebody has judged it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, or_, select, true, update

from knowledge_base.tables import WAITS_FOR_JUDGE, judgement

Verdict = Literal["emergency", "right", "wrong_kind", "unclear"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
HELD = timedelta(minutes=30)  # whoever has it on the screen and says nothing for so long has gone home

_row = judgement.c


class NotYours(Exception):
    """It was judged already, or lies on somebody else's screen by now."""


def next_to_judge(
    connection: Connection, city: str, who: str, now: datetime, seen: ColumnElement[bool] | None = None
) -> dict[str, Any] | None:
    """The next message for this judge, now on their screen alone; None where none waits.

    What they had before comes first: a page that is loaded anew loses nothing. Then the newest, for its writer may
    still be in danger. ``seen`` narrows the rows to those that this person may see.
    """
    mine = (_row.shown_to == who) & (_row.shown_at > now - HELD)
    free = or_(_row.shown_at.is_(None), _row.shown_at <= now - HELD)
    row = _first(connection, city, mine, seen) or _first(connection, city, free, seen)
    if row is None:
        return None
    if row["shown_to"] != who or row["shown_at"] <= now - HELD:
        here = (_row.city == city, _row.id == row["id"])
        connection.execute(update(judgement).where(*here).values(shown_to=who, shown_at=now))
    return row


def _first(
    connection: Connection, city: str, which: ColumnElement[bool], seen: ColumnElement[bool] | None
) -> dict[str, Any] | None:
    query = (
        select(judgement)
        .where(_row.city == city, WAITS_FOR_JUDGE, which, true() if seen is None else seen)
        .order_by(_row.id.desc())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def judge(connection: Connection, city: str, key: int, verdict: Verdict, who: str, now: datetime) -> dict[str, Any]:
    """What it was, by whoever has it on the screen. Returns its row; the same verdict again is no error.

    Raises KeyError for an unknown one, NotYours.
    """
    row = connection.execute(select(judgement).where(_row.city == city, _row.id == key).with_for_update())
    found = row.mappings().first()
    if found is None:
        raise KeyError(f"{city} has no judgement {key}")
    if (found["verdict"], found["judged_by"]) == (verdict, who):  # the answer was lost on its way, not the verdict
        return dict(found)
    if found["verdict"] is not None or found["shown_to"] != who:
        raise NotYours
    said = {"verdict": verdict, "judged_by": who, "judged_at": now}
    connection.execute(update(judgement).where(_row.city == city, _row.id == key).values(said))
    return {**found, **said}
