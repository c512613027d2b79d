"""Sentences with what they mean, as people at the desk said: proposed by corrections, taught after an admin's yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from config.database import insert_or_ignore
from config.ids import new_id
from knowledge_base.masking import masked
from knowledge_base.private_subjects import is_private
from knowledge_base.tables import example

LONGEST = 300
PAGE = 50
Source = Literal["case", "judgement", "feedback", "typed"]
DANGER = "darurat_"

_row = example.c


class NotSayable(Exception):
    """An example cannot be accepted as it is. ``code``: decided, no_intent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody at the desk made of a citizen's words: ``text`` as they stand, ``propose`` masks them.

    ``intent`` None: not said, or only the place was wrong.
    """

    text: str
    intent: str | None
    source: Source
    source_id: int | None
    severity: int | None = None
    place: Mapping[str, Any] | None = None
    was: Mapping[str, Any] = field(default_factory=dict)


def propose(connection: Connection, city: str, what: Proposal, who: str, now: datetime) -> int | None:
    """Keep it for an admin to look at. A later word on the same case is added to the first.

    Personal data are masked; words of violence, suicide or children are not kept: of these the bot is taught by our
    own phrases. Returns its id; None where an admin has decided on that case already, or no words may be kept.
    """
    text = "" if is_private(what.text) else " ".join(masked(what.text).split())[:LONGEST].strip()
    if not text:
        return None
    key = new_id()
    said: dict[str, Any] = {
        "text": text,
        "intent": what.intent,
        "severity": what.severity,
        "place": dict(what.place or {}) or None,
    }
    said |= {"proposed_by": who, "at": now}
    fixed = {"was": dict(what.was), "source": what.source, "source_id": what.source_id, "state": "proposed"}
    row = {"city": city, "id": key, **said, **fixed}
    if what.source_id is None:
        connection.execute(insert(example), row)
        return key
    insert_or_ignore(connection, example, [row])
    here = (_row.city == city, _row.source == what.source, _row.source_id == what.source_id)
    kept = connection.execute(select(_row.id, _row.state).where(*here)).one()
    if kept.id == key:
        return key
    if kept.state != "proposed":
        return None
    # What was said before and is not said anew stays, and what the bot had taken it for.
    news = {name: value for name, value in said.items() if value is not None}
    connection.execute(update(example).where(_row.city == city, _row.id == kept.id).values(news))
    return int(kept.id)


def examples(connection: Connection, city: str, state: str, offset: int) -> tuple[list[Any], int]:
    """A page of the examples in this state, the newest first, and how many there are."""
    here = (_row.city == city, _row.state == state)
    total = connection.scalar(select(func.count()).select_from(example).where(*here)) or 0
    query = select(example).where(*here).order_by(_row.at.desc(), _row.id.desc()).limit(PAGE).offset(offset)
    return list(connection.execute(query).mappings()), total


def decide(
    connection: Connection,
    city: str,
    key: int,
    *,
    accept: bool,
    intent: str | None,
    severity: int | None,
    who: str,
    now: datetime,
) -> dict[str, Any]:
    """An admin's yes or no, with a better label where one is given. Raises KeyError, NotSayable."""
    found = connection.execute(select(example).where(_row.city == city, _row.id == key).with_for_update())
    row = found.mappings().first()
    if row is None:
        raise KeyError(f"{city} has no example {key}")
    state = "accepted" if accept else "rejected"
    if row["state"] != "proposed":
        if row["state"] == state and row["decided_by"] == who:
            return dict(row)
        raise NotSayable("decided")
    label = intent or row["intent"]
    if accept and label is None and row["place"] is None:
        raise NotSayable("no_intent")
    danger = label is not None and label.startswith(DANGER)
    news = {"intent": label, "severity": (severity or row["severity"]) if danger else None}
    news |= {"state": state, "decided_by": who, "decided_at": now}
    connection.execute(update(example).where(_row.city == city, _row.id == key).values(news))
    return {**row, **news}


def accepted(connection: Connection, city: str) -> list[Any]:
    """Everything that an admin agreed to, as it is taught."""
    query = select(example).where(_row.city == city, _row.state == "accepted").order_by(_row.id)
    return list(connection.execute(query).mappings())
