"""The parts of an answer beside its words: links, numbers, opening hours, what one kecamatan is told instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from knowledge_base.city_rows import Filled, PhoneNumber, Row

OpeningTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
ClosingTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
_DAY = 24 * 60  # minutes
Weekday = Annotated[int, Field(ge=1, le=7)]


class Link(Row):
    """A page that says more."""

    label: Filled
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\.[^\s]+$", max_length=500)]


class AnswerPhone(Row):
    """A number that the answer names, with the day on which somebody confirmed it."""

    number: PhoneNumber
    label: Filled
    confirmed_on: date


class Opening(Row):
    """When an office is open: ``days`` Monday 1 to Sunday 7, ``opens`` and ``closes`` by the city's own clock.

    "24:00" is the end of a day, so nothing opens then; what closes before it opens closes on the next day.
    """

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    opens: OpeningTime
    closes: ClosingTime

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.closes == self.opens:
            raise ValueError("closes must differ from opens: write 00:00 and 24:00 for what never closes")
        if len(set(self.days)) < len(self.days):
            raise ValueError("the same day stands twice in one opening")
        return self


class LocalAnswer(Row):
    """What people in these kecamatan are told instead of the answer (and instead of its short form)."""

    kecamatan: Annotated[tuple[Filled, ...], Field(min_length=1)]
    answer: Filled
    sms: Filled | None = None


def overlapping(openings: Sequence[Opening]) -> int | None:
    """The first weekday on which two openings run at once, or None. What began the evening before counts too."""
    spans = sorted(span for one in openings for span in _minutes(one))
    if not spans:
        return None
    spans.append((spans[0][0] + 7 * _DAY, spans[0][1] + 7 * _DAY))  # Sunday's night runs into Monday
    for (_, closes), (opens, _) in pairwise(spans):
        if opens < closes:
            return opens // _DAY % 7 + 1
    return None


def _minutes(one: Opening) -> Iterator[tuple[int, int]]:
    """From when to when, in minutes since Monday began, for each of its days."""
    opens, closes = _minute(one.opens), _minute(one.closes)
    for day in one.days:
        begin = (day - 1) * _DAY
        yield begin + opens, begin + closes + (_DAY if closes <= opens else 0)


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])
