"""A city's kelurahan as polygons, from a GeoJSON file that the city installs: `sigap seed --boundaries FILE`.

Only kelurahan, desa and negeri count: a kecamatan is the sum of its kelurahan, and published kecamatan polygons
contradict them at the edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from shapely import MultiPolygon, Polygon, is_valid_reason, make_valid
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, delete, insert, select

from knowledge_base.areas import Area
from knowledge_base.city import City
from knowledge_base.problems import Mark, Problems, read_text
from knowledge_base.tables import boundary

CODE_NAMES = ("kode", "code", "kode_kd", "KODE", "KDEPUM")  # properties in which published files keep the code
SLACK = 0.02  # degrees, about 2 km: how far outside the city's frame a polygon may reach


@dataclass(frozen=True, slots=True)
class Boundary:
    """One kelurahan's area. `geometry` is a GeoJSON Polygon or MultiPolygon, lon before lat, WGS84."""

    city: str
    code: str
    geometry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BoundaryFile:
    """What a file holds for the cities served, and what of them it lacks."""

    boundaries: tuple[Boundary, ...]
    left_out: int  # features of other cities, and kecamatan
    missing: tuple[str, ...]  # names of kelurahan that have no polygon: their pins go on to the nearest centre


def read_boundaries(path: Path, cities: Mapping[str, City]) -> BoundaryFile:
    """The kelurahan polygons of the cities served. Raises CityDataError with every problem, by feature."""
    problems = Problems()
    villages = {area.code: (city, area) for city in cities.values() for area in city.areas if area.is_village}
    features = _features(path, problems)
    found: dict[str, Boundary] = {}
    for number, feature in enumerate(features, start=1):
        mark = Mark(f"{path.name}, feature", number)
        code = _code_of(feature)
        if code is None:
            problems.add(mark, f"no area code: name it in one of the properties {', '.join(CODE_NAMES[:2])}")
        elif code in villages:
            if code in found:
                problems.add(mark, f"{code} comes a second time: leave one of the two out")
            geometry = _geometry(feature, *villages[code], mark, problems)
            if geometry is not None:
                found[code] = Boundary(villages[code][0].slug, code, mapping(geometry))
    if not found and not problems:
        problems.add(Mark(path.name, 1), "no kelurahan of the cities in SIGAP_CITIES is in this file")
    if problems:
        raise problems.error()
    touched = {one.city for one in found.values()}
    missing = tuple(area.name for code, (city, area) in villages.items() if city.slug in touched and code not in found)
    return BoundaryFile(tuple(found.values()), len(features) - len(found), missing)


def _features(path: Path, problems: Problems) -> Sequence[Any]:
    text = read_text(path, path.name, problems)
    if text is None:
        return ()
    try:
        kept = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        problems.add(Mark(path.name, error.lineno), f"this is not JSON ({error.msg}): export the file as GeoJSON")
        return ()
    features = kept.get("features") if isinstance(kept, dict) else None
    if not isinstance(features, list):
        problems.add(Mark(path.name, 1), 'a GeoJSON FeatureCollection is wanted: {"type": "FeatureCollection", …}')
        return ()
    return features


def _code_of(feature: Any) -> str | None:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return None
    return next((str(properties[name]) for name in CODE_NAMES if properties.get(name)), None)


def _geometry(feature: Any, city: City, area: Area, mark: Mark, problems: Problems) -> BaseGeometry | None:
    """The feature's polygon, mended where its lines cross themselves."""
    try:
        geometry = shape(feature.get("geometry") or {})
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        problems.add(mark, f"{area.name}: the geometry cannot be read ({type(error).__name__}): export it anew")
        return None
    if not isinstance(geometry, (Polygon, MultiPolygon)) or geometry.is_empty:
        problems.add(mark, f"{area.name}: a Polygon or MultiPolygon is wanted, this is {geometry.geom_type}")
        return None
    west, south, east, north = geometry.bounds
    box = city.bounds
    inside = box.south - SLACK <= south and north <= box.north + SLACK
    if not (inside and box.west - SLACK <= west and east <= box.east + SLACK):
        problems.add(mark, f"{area.name} lies outside {city.name}: positions are lon before lat, in WGS84 degrees")
        return None
    return geometry if geometry.is_valid else _mended(geometry, area, mark, problems)


def _mended(geometry: BaseGeometry, area: Area, mark: Mark, problems: Problems) -> BaseGeometry | None:
    parts = getattr(make_valid(geometry), "geoms", [make_valid(geometry)])
    polygons = [part for part in parts if isinstance(part, (Polygon, MultiPolygon))]
    if not polygons:
        problems.add(mark, f"{area.name}: {is_valid_reason(geometry)}")
        return None
    singles = [single for part in polygons for single in getattr(part, "geoms", [part])]
    return MultiPolygon(singles)


def keep_boundaries(connection: Connection, boundaries: Iterable[Boundary], now: datetime) -> None:
    """Replace the polygons of every city that ``boundaries`` names, all at once."""
    kept = list(boundaries)
    rows = [{"city": one.city, "code": one.code, "geometry": dict(one.geometry), "updated_at": now} for one in kept]
    for city in sorted({one.city for one in kept}):
        connection.execute(delete(boundary).where(boundary.c.city == city))
    connection.execute(insert(boundary), rows)


def load_boundaries(connection: Connection, cities: Iterable[str]) -> list[Boundary]:
    """All polygons of these cities; none where none were installed."""
    query = select(boundary).where(boundary.c.city.in_(list(cities))).order_by(boundary.c.city, boundary.c.code)
    return [Boundary(row.city, row.code, row.geometry) for row in connection.execute(query)]
