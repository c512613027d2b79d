"""The parts of an answer beside its words: links, numbers, opening hours, what one kecamatan is told instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from knowledge_base.city_rows import Filled, PhoneNumber, Row

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
MIDNIGHT = "24:00"
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

    "24:00" is the end of a day; what closes before it opens closes on the next day.
    """

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    opens: ClockTime
    closes: ClockTime

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
    """The first weekday on which two openings run at once (before midnight), or None."""
    for day in range(1, 8):
        spans = sorted(
            (one.opens, one.closes if one.closes > one.opens else MIDNIGHT) for one in openings if day in one.days
        )
        for (_, closes), (opens, _) in pairwise(spans):
            if opens < closes:
                return day
    return None
