"""The names of a city's places, as plain inputs that the wiring fills from the city data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["city", "kecamatan", "kelurahan"]


@dataclass(frozen=True, slots=True)
class CityFrame:
    """A city served. `bounds` is (south, west, north, east) in degrees; `neighbours` are names that lie outside it."""

    slug: str
    name: str
    bounds: tuple[float, float, float, float]
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative area: `city` is the slug, `code` the official code, `parent_code` that of its kecamatan."""

    city: str
    code: str
    name: str
    level: Level
    parent_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that people name: mosque, market, bridge, street (`kind` "jalan"). `radius_m`: how far it reaches."""

    city: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    kelurahan_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float = 200.0
