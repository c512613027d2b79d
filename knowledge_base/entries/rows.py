"""Rows of the knowledge base as the rest of the program holds them, and why the store says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

State = Literal["published", "draft", "review", "withdrawn"]

DUE_AHEAD = timedelta(days=14)  # so long before its day is somebody reminded


@dataclass(frozen=True, slots=True)
class Editor:
    """Who acts. ``may_publish``: supervisors and admins; an author may not."""

    username: str
    may_publish: bool


class Refused(Exception):
    """The store will not do it. ``code``: "faults", "stale", "second_person", "not_allowed", "nothing", "exists",
    "no_such", "checked"; ``more`` says what the code needs (faults, the draft that is there, the report)."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


@dataclass(frozen=True, slots=True)
class Entry:
    """What is published. ``edited_at`` None: as the city's files say. ``withdrawn_at``: nobody is told it any more."""

    city: str
    kind: str
    slug: str
    title: str
    body: Mapping[str, Any]
    version: int
    owner: str | None
    review_on: date | None
    withdrawn_at: datetime | None
    edited_at: datetime | None
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written. ``base_version`` None: there is nothing published yet; ``authors`` may not approve it."""

    city: str
    kind: str
    slug: str
    title: str
    body: Mapping[str, Any]
    base_version: int | None
    revision: int
    state: Literal["draft", "review"]
    authors: tuple[str, ...]
    remark: str
    updated_by: str
    updated_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A state that an entry had. ``who`` wrote it ("berkas": the city's files), ``approved_by`` the second person."""

    city: str
    kind: str
    slug: str
    version: int
    verb: str
    title: str
    body: Mapping[str, Any]
    who: str
    approved_by: str | None
    note: str
    report: Mapping[str, Any] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list: an entry, its draft, or both. ``version`` None: nothing was published yet."""

    slug: str
    title: str
    state: State
    draft_state: Literal["draft", "review"] | None
    version: int | None
    owner: str | None
    review_on: date | None
    due: bool
    updated_at: datetime
    updated_by: str

    @property
    def has_draft(self) -> bool:
        return self.draft_state is not None


def is_due(review_on: date | None, today: date) -> bool:
    """Whether its owner is warned by now."""
    return review_on is not None and review_on <= today + DUE_AHEAD
