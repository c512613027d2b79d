"""Opening hours as keys of the wording: "Sekarang buka sampai 15.00". Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from bots.state import Day
from knowledge_base.articles import Article
from knowledge_base.city import City
from knowledge_base.opening_hours import spans_on, standing

Said = str | tuple[str, Mapping[str, str]]  # words as they are, or a key of the wording and what fills it

_WEEK = timedelta(days=6)


def of_hours(article: Article, city: City, now: datetime, day: Day) -> tuple[str, dict[str, Said]]:
    """The key that says how it stands, and what fills its placeholders. ``now`` in the city's own time."""
    if day == "tomorrow":
        return _tomorrow(article, city, now)
    stands = standing(article.hours, now, _closed(article, city))
    if stands.until is None:
        return ("clock_always" if stands.is_open else "clock_closed"), {}
    if stands.is_open:
        return "clock_open", {"when": _closes(stands.until, now)}
    when = _when(stands.until, now)
    holiday = city.holiday(now.date()) if article.closed_on_holidays else None
    if holiday is not None:
        return "clock_holiday", {"holiday": holiday.name, "when": when}
    return "clock_opens", {"when": when}


def _tomorrow(article: Article, city: City, now: datetime) -> tuple[str, dict[str, Said]]:
    hours = spans_on(article.hours, now.date() + timedelta(days=1), _closed(article, city))
    if not hours:
        return "clock_tomorrow_closed", {}
    spans = ", ".join(f"{_figures(opens)}-{_figures(closes, end=True)}" for opens, closes in hours)
    return "clock_tomorrow_open", {"hours": spans}


def _closed(article: Article, city: City) -> frozenset[str]:
    return frozenset(one.date for one in city.holidays) if article.closed_on_holidays else frozenset()


def _closes(at: datetime, now: datetime) -> Said:
    """When it closes: "15.00", and midnight is 24.00 of the day before."""
    if at.time() == time():
        at -= timedelta(days=1)
        return "24.00" if at.date() == now.date() else _when(at, now, "24.00")
    return _figures(at.time()) if at.date() == now.date() else _when(at, now)


def _when(at: datetime, now: datetime, figures: str | None = None) -> Said:
    """A time to come as one says it: of today, of tomorrow, of a weekday, of a date."""
    clock = {"time": figures or _figures(at.time())}
    away = at.date() - now.date()
    if away <= timedelta(0):
        return "clock_today", clock
    if away == timedelta(days=1):
        return "clock_tomorrow", clock
    if away <= _WEEK:
        return f"clock_day_{at.isoweekday()}", clock
    return "clock_date", {**clock, "day": str(at.day), "month": str(at.month)}


def _figures(clock: time, *, end: bool = False) -> str:
    """ "15.00"; the end of a day is 24.00."""
    return "24.00" if end and clock == time() else clock.strftime("%H.%M")
