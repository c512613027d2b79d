"""How often an emergency was taken for something else, as far as humans have judged."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from knowledge_base.tables import WAITS_FOR_JUDGE, judgement

MEASURED = timedelta(days=30)
_Z = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``total`` with Wilson's interval; all three figures lie in 0..1, 0 of 0 is anything from 0 to 1."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing is 0."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return wilson(self.hits, self.total)


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: honest for few trials and near 0. Raises ValueError for an impossible count.

    E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is no share")
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, _Z * _Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = _Z / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == total else min(1.0, middle + half)
    return low, high


@dataclass(frozen=True, slots=True)
class Missed:
    """Emergencies among what was judged in the last 30 days; what nobody could tell counts in neither figure."""

    rate: Rate
    waiting: int
    unclear: int
    by: dict[str, Rate]  # what the bot took them for


def missed(connection: Connection, city: str, now: datetime) -> Missed:
    """The missed-emergency rate of a city."""
    rows = connection.execute(
        select(judgement.c.taken_for, judgement.c.verdict, func.count())
        .where(judgement.c.city == city, judgement.c.judged_at >= now - MEASURED)
        .group_by(judgement.c.taken_for, judgement.c.verdict)
    )
    counted = [(str(row[0]), str(row[1]), int(row[2])) for row in rows]
    clear = [one for one in counted if one[1] != "unclear"]
    return Missed(
        rate=_rate(clear),
        waiting=waiting(connection, city),
        unclear=sum(count for _, verdict, count in counted if verdict == "unclear"),
        by={kind: _rate(one for one in clear if one[0] == kind) for kind in sorted({one[0] for one in clear})},
    )


def waiting(connection: Connection, city: str) -> int:
    """How many still wait for a judge."""
    query = select(func.count()).select_from(judgement).where(judgement.c.city == city, WAITS_FOR_JUDGE)
    return connection.scalar(query) or 0


def _rate(counted: Iterable[tuple[str, str, int]]) -> Rate:
    rows = list(counted)
    return Rate(sum(count for _, verdict, count in rows if verdict == "emergency"), sum(count for *_, count in rows))
