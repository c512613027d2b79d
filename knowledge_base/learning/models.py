"""The models that were trained here: asked for, trained, refused or in use. Id 0 is the files' own.

The model in use is the one that was activated last of those that are ready; none: the files' own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from config.database import changed, insert_or_update
from config.ids import new_id
from knowledge_base.tables import entry_version, example, model_part, trained_model

BUILT_IN = 0
KEPT = 5  # models whose files are kept, besides the one in use
SHOWN = 30
PART = 1 << 20  # bytes of a model's file in one write

_row = trained_model.c


class CannotUse(Exception):
    """This model may not be used. ``code``: refused, gone, unknown, already_asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def models(connection: Connection) -> list[Any]:
    """The newest of them, without their files."""
    query = select(trained_model).where(_row.id != BUILT_IN).order_by(_row.id.desc()).limit(SHOWN)
    return list(connection.execute(query).mappings())


def model_of(connection: Connection, key: int) -> Any:
    """One of them, or None."""
    return connection.execute(select(trained_model).where(_row.id == key)).mappings().first()


def in_use(connection: Connection) -> int:
    """The id of the model that answers."""
    query = (
        select(_row.id)
        .where(_row.state == "ready", _row.activated_at.is_not(None))
        .order_by(_row.activated_at.desc(), _row.id.desc())
        .limit(1)
    )
    return connection.scalar(query) or BUILT_IN


def activate(connection: Connection, key: int, who: str, now: datetime) -> None:
    """Let this one answer from now on. Raises CannotUse for one below the floors or without its file."""
    if key == BUILT_IN:
        about = {"state": "ready", "why": "", "asked_by": "berkas", "asked_at": now, "progress": 1.0, "step": ""}
        used = {"activated_at": now, "activated_by": who, "detail": "", "gone": False}
        insert_or_update(connection, trained_model, [{"id": BUILT_IN, **about, **used}], ["id"])
    else:
        row = model_of(connection, key)
        if row is None:
            raise CannotUse("unknown")
        if row["state"] != "ready":
            raise CannotUse("refused")
        if row["gone"]:
            raise CannotUse("gone")
        _write(connection, key, {"activated_at": now, "activated_by": who})
    changed(connection, "model", "", key)


def ask(connection: Connection, why: str, who: str, now: datetime) -> int:
    """Have a model trained. Raises CannotUse("already_asked") while one waits: it will hold what is new anyway."""
    if connection.scalar(select(_row.id).where(_row.state == "queued").limit(1)) is not None:
        raise CannotUse("already_asked")
    key = new_id()
    row = {"id": key, "state": "queued", "why": why[:200], "asked_by": who, "asked_at": now}
    connection.execute(insert(trained_model), {**row, "progress": 0.0, "step": "", "detail": "", "gone": False})
    changed(connection, "model", "", key)
    return key


def begin_next(connection: Connection, now: datetime) -> dict[str, Any] | None:
    """The oldest that waits, now in training."""
    query = select(trained_model).where(_row.state == "queued").order_by(_row.id).limit(1).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    news = {"state": "training", "started_at": now, "progress": 0.0, "step": ""}
    _write(connection, row["id"], news)
    return {**row, **news}


def queue_again(connection: Connection) -> list[int]:
    """Trainings that nobody carries out any more wait again: their process ended. For whoever holds the lease."""
    keys = list(connection.scalars(select(_row.id).where(_row.state == "training")))
    for key in keys:
        connection.execute(delete(model_part).where(model_part.c.model_id == key))
        _write(connection, key, {"state": "queued", "started_at": None, "progress": 0.0, "step": ""})
    return keys


def put_progress(connection: Connection, key: int, progress: float, step: str, phrases: int | None) -> None:
    """How far a training is, 0 to 1."""
    news = {"progress": progress, "step": step[:80]} | ({"phrases": phrases} if phrases is not None else {})
    _write(connection, key, news)
    changed(connection, "model", "", key)


def put_part(connection: Connection, key: int, seq: int, data: bytes) -> None:
    """One piece of a model's file."""
    insert_or_update(connection, model_part, [{"model_id": key, "seq": seq, "data": data}], ["model_id", "seq"])


def finish(connection: Connection, key: int, news: Mapping[str, Any], now: datetime) -> None:
    """The end of a training: ``news`` holds state, report, detail, size."""
    _write(connection, key, {**news, "progress": 1.0, "step": "", "ended_at": now})
    changed(connection, "model", "", key)


def throw_away_old(connection: Connection) -> list[int]:
    """Free the room of old models; their reports stay. The newest few and the one in use are kept."""
    ready = select(_row.id).where(_row.state == "ready", ~_row.gone, _row.id != BUILT_IN)
    keys = list(connection.scalars(ready.order_by(_row.id.desc())))
    gone = [key for key in keys[KEPT:] if key != in_use(connection)]
    for key in gone:
        connection.execute(delete(model_part).where(model_part.c.model_id == key))
        _write(connection, key, {"gone": True})
    return gone


def refuse_older(connection: Connection, stamp: str, before: datetime, detail: str) -> bool:
    """Models of another program, ended ``before`` then, are used no more. True where one of them was in use."""
    used = in_use(connection)
    query = select(_row.id, _row.report).where(_row.state == "ready", _row.id != BUILT_IN, _row.ended_at < before)
    old = [row.id for row in connection.execute(query) if (row.report or {}).get("stamp") != stamp]
    for key in old:
        _write(connection, key, {"state": "refused", "detail": detail})
    return used in old


def part(connection: Connection, key: int, seq: int) -> bytes | None:
    """One piece of a model's file; None after the last."""
    query = select(model_part.c.data).where(model_part.c.model_id == key, model_part.c.seq == seq)
    return connection.scalar(query)


def changes_since(connection: Connection, cities: Sequence[str], since: datetime | None) -> int:
    """How many answers were published or withdrawn, and examples accepted, by people since then."""
    version, taught = entry_version.c, example.c
    published = select(func.count()).where(
        version.city.in_(cities), version.kind == "article", version.verb != "seeded", *_after(version.at, since)
    )
    agreed = select(func.count()).where(
        taught.city.in_(cities), taught.state == "accepted", *_after(taught.decided_at, since)
    )
    return (connection.scalar(published) or 0) + (connection.scalar(agreed) or 0)


def _after(column: Any, since: datetime | None) -> list[Any]:
    return [] if since is None else [column > since]


def taught_until(connection: Connection) -> datetime | None:
    """Up to when the model in use knows what was published; None: as the files say."""
    return connection.scalar(select(_row.started_at).where(_row.id == in_use(connection)))


def last_asked(connection: Connection) -> Any:
    """The training that was asked for last, or None."""
    query = select(trained_model).where(_row.id != BUILT_IN).order_by(_row.asked_at.desc(), _row.id.desc()).limit(1)
    return connection.execute(query).mappings().first()


def _write(connection: Connection, key: int, news: Mapping[str, Any]) -> None:
    connection.execute(update(trained_model).where(_row.id == key).values(dict(news)))
