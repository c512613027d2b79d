"""What the database holds after all: the check that nothing acknowledged is lost, doubled or left lying."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts. ``lost``: acknowledged and not in the transcript; ``doubled``: more than once in it."""

    stored: int
    lost: int
    doubled: int
    unanswered: int
    cases: int
    replies: dict[str, int]  # by state
    waiting: int  # replies that are still to leave


def read(path: Path, acknowledged: Collection[str]) -> Ledger:
    """The ledger of the database at ``path``, for the event keys that were acknowledged."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT event_key, count(*) FROM message WHERE direction = 'in' GROUP BY event_key")
        times = dict(rows.fetchall())
        replies = dict(
            database.execute("SELECT state, count(*) FROM message WHERE direction = 'out' GROUP BY state").fetchall()
        )
        return Ledger(
            stored=sum(times.values()),
            lost=sum(1 for key in acknowledged if key not in times),
            doubled=sum(1 for count in times.values() if count > 1),
            unanswered=_count(database, "message WHERE direction = 'in' AND answered_at IS NULL"),
            cases=_count(database, "incident"),
            replies=replies,
            waiting=replies.get("queued", 0) + replies.get("sending", 0),
        )


def _count(database: sqlite3.Connection, what: str) -> int:
    counted: int = database.execute(f"SELECT count(*) FROM {what}").fetchone()[0]  # noqa: S608 - our own words
    return counted
