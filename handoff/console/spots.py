"""Where an operator says that it happens: names from the city's list, a point that lies in the city or is marked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from handoff.console.refusals import Refusal
from knowledge_base.city import City, Point


def placed(city: City, place: Mapping[str, Any], known: Collection[str] = ()) -> dict[str, Any]:
    """What a case keeps of ``place``; without a word and without a point it is unknown.

    ``known`` are names of kecamatan that the case has already, from whatever source. Refusal("unknown_kecamatan").
    """
    if not any(value not in (None, "") for value in place.values()):
        return {"place": None, "kecamatan": None}
    kecamatan = _kecamatan(city, place.get("kecamatan"), known)
    lat, lon = place.get("lat"), place.get("lon")
    outside = lat is not None and lon is not None and not city.bounds.holds(Point(lat=lat, lon=lon))
    kept = {
        **place,
        "kecamatan": kecamatan,
        "city": city.slug,
        "source": "operator",
        "confidence": 1.0,
        "outside": outside,
    }
    return {"place": kept, "kecamatan": kecamatan}


def _kecamatan(city: City, said: str | None, known: Collection[str]) -> str | None:
    """The name as the city's list writes it; reports count by it."""
    if not said:
        return None
    names = {area.name.casefold(): area.name for area in city.areas if area.level == "kecamatan"}
    name = names.get(said.casefold()) or (said if said in known else None)
    if name is None:
        raise Refusal("unknown_kecamatan")
    return name
