"""What the city's files hold for its operators and its clock: quick replies and public holidays."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from knowledge_base.city_rows import Filled, Row, Slug

EACH_YEAR = "-"  # a holiday's date without its year begins with it: --12-25
LEAP_YEAR = "2024"


class QuickReply(Row):
    """A sentence that operators send often. ``keys`` is the word that brings it; ``text`` may hold REPLY_FILLINGS."""

    slug: Slug
    title: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    keys: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}$")] | None = None
    order: Annotated[int, Field(ge=0, le=9999)] = 100
    withdrawn: bool = Field(default=False, exclude=True)


REPLY_FILLINGS = frozenset({"code", "voice", "city", "short"})


class Holiday(Row):
    """A day on which offices are shut. ``date`` is "2026-12-25", or "--12-25" for every year."""

    date: Annotated[str, StringConstraints(pattern=r"^(\d{4}-|--)\d\d-\d\d$")]
    name: Filled
    withdrawn: bool = Field(default=False, exclude=True)

    @field_validator("date")
    @classmethod
    def _on_the_calendar(cls, value: str) -> str:
        try:
            datetime.date.fromisoformat(LEAP_YEAR + value[1:] if value.startswith(EACH_YEAR) else value)
        except ValueError:
            raise ValueError("there is no such day: write it as 2026-12-25, or --12-25 for every year") from None
        return value

    def falls_on(self, day: datetime.date) -> bool:
        """Whether offices are shut on ``day`` because of it."""
        return self.date in (day.isoformat(), f"--{day:%m-%d}")
