"""Who sits at the desk, as one process tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handoff.console.shapes import Person
from handoff.news import Key
from handoff.open_console import Console

DESK = "desk"


@dataclass(frozen=True, slots=True)
class Seat:
    """One open page. ``answers_for``: cities whose citizens may count on this person."""

    id: int
    name: str
    answers_for: tuple[str, ...]
    viewing: Key | None

    @property
    def person(self) -> Person:
        return Person(id=str(self.id), name=self.name)


def seat_of(console: Console) -> Seat:
    """A page of this process."""
    one = console.operator
    return Seat(one.id, one.name, one.cities if one.answers else (), console.viewing)


def read_seat(told: Any) -> Seat:
    """What another process told (``astuple`` of a Seat, as JSON)."""
    key, name, cities, viewing = told
    return Seat(key, name, tuple(cities), (viewing[0], viewing[1]) if viewing else None)
