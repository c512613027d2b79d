"""What `city.yml` says of a city: its name, its clock, its borders, its numbers."""

from datetime import time
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from knowledge_base.city_rows import Filled, Phone, PhoneNumber, Point, Row, Slug


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError) as error:
        raise ValueError(f"there is no time zone {value!r}") from error


class Bounds(Row):
    """The city's box in degrees. It frames the map and hints at "out of area"; it never places an incident."""

    south: float = Field(ge=-90, le=90)
    west: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)

    @model_validator(mode="after")
    def _right_way_round(self) -> Self:
        if self.south >= self.north or self.west >= self.east:
            raise ValueError("south must be below north and west left of east: exchange them")
        return self

    def holds(self, point: Point, margin: float = 0.0) -> bool:
        """True when the point lies inside the box widened by `margin` degrees."""
        return (
            self.south - margin <= point.lat <= self.north + margin
            and self.west - margin <= point.lon <= self.east + margin
        )


class Neighbour(Row):
    """A place outside the city that its people write; `point` stays empty where only its name is known."""

    name: Filled
    aliases: tuple[str, ...] = ()
    point: Point | None = None


class Shift(Row):
    """A shift by the city's own clock; one that ends before it begins runs over midnight."""

    name: Filled
    start: time
    end: time


class DemoCitizens(Row):
    """Where the invented numbers of the demo's citizens begin; never a number that somebody has."""

    number_prefix: PhoneNumber


class CityFacts(Row):
    """The whole of `city.yml`. `incident_prefix` begins every incident's number (A-0427)."""

    slug: Slug
    name: Filled
    short_name: Filled
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)]
    timezone_label: Annotated[str, StringConstraints(pattern=r"^(WIB|WITA|WIT)$")]
    code: Annotated[str, StringConstraints(pattern=r"^\d\d\.\d\d$")]
    incident_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")]
    centre: Point
    bounds: Bounds
    voice_number: PhoneNumber
    national_numbers: tuple[Phone, ...]
    neighbours: tuple[Neighbour, ...] = ()
    shifts: tuple[Shift, ...] = Field(min_length=1)
    demo: DemoCitizens

    @model_validator(mode="after")
    def _centre_inside(self) -> Self:
        if not self.bounds.holds(self.centre):
            raise ValueError("the centre lies outside the bounds: correct one of them")
        return self
