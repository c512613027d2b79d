"""In which kelurahan a position lies, by the polygons that the city installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shapely import Point, STRtree
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

_METRES_PER_DEGREE = 111_320.0
_WORTH_NAMING = 0.05  # share of a pin's circle from which the kelurahan under it is named
_ROUND = 8  # segments a quarter circle


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a pin's circle of doubt lies in one kelurahan: 1 for a sharp pin within it."""

    city: str
    code: str
    share: float


class Boundaries:
    """Polygons by city and kelurahan code, as GeoJSON geometries (lon before lat), ready to be asked."""

    def __init__(self, polygons: Iterable[tuple[str, str, Mapping[str, Any]]] = ()) -> None:
        kept = [(city, code, shape(geometry)) for city, code, geometry in polygons]
        self._names = [(city, code) for city, code, _ in kept]
        self._shapes: list[BaseGeometry] = [geometry for _, _, geometry in kept]
        self._tree = STRtree(self._shapes)
        self.cities = frozenset(city for city, _ in self._names)

    def at(self, lat: float, lon: float, accuracy_m: float | None = None) -> list[Share]:
        """The kelurahan under a position, the likeliest first; none where no polygon holds it."""
        pin: BaseGeometry = Point(lon, lat)
        if accuracy_m and accuracy_m > 0:
            pin = pin.buffer(min(accuracy_m, 3000.0) / _METRES_PER_DEGREE, quad_segs=_ROUND)
        found = []
        for number in self._tree.query(pin, predicate="intersects").tolist():
            within = self._shapes[number].intersection(pin).area / pin.area if pin.area else 1.0
            if within >= _WORTH_NAMING:
                city, code = self._names[number]
                found.append(Share(city, code, round(within, 3)))
        return sorted(found, key=lambda one: (-one.share, one.code))
