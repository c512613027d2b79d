"""Open or closed by the clock, whatever the hours: held against a slow look at every minute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.opening_hours import Span, is_holiday, span_of, spans_on, standing

WIT = ZoneInfo("Asia/Jayapura")
OFFICE = (span_of([1, 2, 3, 4], "08:00", "15:00"), span_of([5], "08:00", "11:30"), span_of([5], "13:30", "15:00"))
NIGHT = (span_of([5, 6], "22:00", "02:00"),)
ALWAYS = (span_of(range(1, 8), "00:00", "24:00"),)
HOLIDAYS = {"2026-11-24", "--12-25"}

times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
spans = st.builds(Span, st.frozensets(st.integers(1, 7), min_size=1), times, times)
days = st.dates(date(2026, 11, 1), date(2027, 2, 1))
moments = st.builds(datetime.combine, days, st.times(), st.just(WIT))


def at(day: int, clock: str) -> datetime:
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), WIT)


@pytest.mark.parametrize(
    ("hours", "now", "is_open", "until"),
    [
        (OFFICE, at(23, "08:00"), True, at(23, "15:00")),
        (OFFICE, at(23, "07:59"), False, at(23, "08:00")),
        (OFFICE, at(23, "15:00"), False, at(25, "08:00")),  # the 24th is a holiday
        (OFFICE, at(27, "12:00"), False, at(27, "13:30")),
        (OFFICE, at(27, "15:00"), False, at(30, "08:00")),
        (NIGHT, at(28, "01:30"), True, at(28, "02:00")),
        (NIGHT, at(28, "02:00"), False, at(28, "22:00")),
        (ALWAYS, at(25, "03:00"), True, datetime(2026, 12, 25, tzinfo=WIT)),
    ],
)
def test_open_or_closed(hours: tuple[Span, ...], now: datetime, is_open: bool, until: datetime) -> None:
    found = standing(hours, now, HOLIDAYS)
    assert (found.is_open, found.until) == (is_open, until)


def test_what_is_always_open_closes_never() -> None:
    assert standing(ALWAYS, at(25, "03:00")).until is None


def test_without_hours_nothing_opens() -> None:
    found = standing((), at(25, "03:00"))
    assert (found.is_open, found.until) == (False, None)


def test_a_day_of_its_own_and_a_day_of_each_year() -> None:
    assert is_holiday(date(2026, 11, 24), HOLIDAYS)
    assert not is_holiday(date(2027, 11, 24), HOLIDAYS)
    assert is_holiday(date(2031, 12, 25), HOLIDAYS)


def test_the_hours_of_a_day() -> None:
    assert spans_on(OFFICE, date(2026, 11, 27)) == [(time(8), time(11, 30)), (time(13, 30), time(15))]
    assert spans_on(OFFICE, date(2026, 11, 24), HOLIDAYS) == []


@pytest.mark.parametrize(("days", "opens"), [([0], "08:00"), ([], "08:00"), ([1], "25:00"), ([1], "pagi")])
def test_hours_that_are_none(days: list[int], opens: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        span_of(days, opens, "15:00")


def slowly_open(hours: list[Span], now: datetime) -> bool:
    """Whether any row holds, looked up the slow way: today's, or one of yesterday that runs past midnight."""
    for back in (0, 1):
        day = now.date() - timedelta(days=back)
        for opens, closes in spans_on(hours, day, HOLIDAYS):
            begin = datetime.combine(day, opens, WIT)
            end = datetime.combine(day if closes > opens else day + timedelta(days=1), closes, WIT)
            if begin <= now < end:
                return True
    return False


@given(st.lists(spans, max_size=4), moments)
def test_it_is_open_where_a_row_says_so(hours: list[Span], now: datetime) -> None:
    assert standing(hours, now, HOLIDAYS).is_open == slowly_open(hours, now)


@given(st.lists(spans, min_size=1, max_size=4), moments)
def test_it_changes_when_it_says_and_not_before(hours: list[Span], now: datetime) -> None:
    found = standing(hours, now, HOLIDAYS)
    if found.until is None:
        return
    assert found.until > now
    assert standing(hours, found.until, HOLIDAYS).is_open != found.is_open
    before = found.until - timedelta(minutes=1)
    assert before < now or standing(hours, before, HOLIDAYS).is_open == found.is_open
