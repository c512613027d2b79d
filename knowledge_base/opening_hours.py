"""When something is open: by its hours, the city's own clock and its holidays. Pure.

All times are the city's local ones, without summer time, which Indonesia does not have.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

FAR = 60  # days that are looked at: longer than any row of holidays
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """One row of opening hours. ``days`` 1 Monday to 7 Sunday.

    One that closes no later than it opens closes on the next day: 22:00 to 02:00, or 00:00 to 00:00 for all day long.
    """

    days: frozenset[int]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands at a moment. ``until`` is when that changes; None where it does not within ``FAR`` days."""

    is_open: bool
    until: datetime | None


def span_of(days: Sequence[int], opens: str, closes: str) -> Span:
    """A row as files hold it: "08:00" or "08.00"; "24:00" is the end of the day. Raises ValueError."""
    if not days or not set(days) <= set(range(1, 8)):
        raise ValueError("days are 1 (Monday) to 7 (Sunday)")
    return Span(frozenset(days), _time_of(opens), _time_of(closes))


def _time_of(written: str) -> time:
    hours, _, minutes = written.replace(".", ":").partition(":")
    if (hours, minutes) == ("24", "00"):
        return time()
    return time(int(hours), int(minutes))


def is_holiday(day: date, holidays: Container[str]) -> bool:
    """Whether a day is among them, as "2026-12-25" or, for each year, as "--12-25"."""
    return day.isoformat() in holidays or day.strftime("--%m-%d") in holidays


def standing(hours: Sequence[Span], at: datetime, closed: Container[str] = ()) -> Standing:
    """Whether it is open ``at`` a local time, and until when that holds. ``closed``: holidays on which it is shut.

    What opened on the eve of a holiday closes at its hour.
    """
    now, end = at.replace(tzinfo=None), None
    for opens, closes in _times(hours, now, closed):
        if end is not None:
            if opens > end:
                break
            end = max(end, closes)
        elif opens <= now < closes:
            end = closes
        elif opens > now:
            return Standing(False, opens.replace(tzinfo=at.tzinfo))
    if end is None:
        return Standing(False, None)
    lasts = end - now >= _DAY * (FAR - 3)
    return Standing(True, None if lasts else end.replace(tzinfo=at.tzinfo))


def spans_on(hours: Sequence[Span], day: date, closed: Container[str] = ()) -> list[tuple[time, time]]:
    """The hours of one day, in order; none on a day on which it is shut."""
    if is_holiday(day, closed):
        return []
    return sorted((span.opens, span.closes) for span in hours if day.isoweekday() in span.days)


def _times(hours: Sequence[Span], now: datetime, closed: Container[str]) -> Iterator[tuple[datetime, datetime]]:
    """Every opening from yesterday on, in the order in which they open."""
    day = now.date() - _DAY
    for _ in range(FAR):
        for opens, closes in spans_on(hours, day, closed):
            begin = datetime.combine(day, opens)
            end = datetime.combine(day, closes)
            yield begin, end if end > begin else end + _DAY
        day += _DAY
