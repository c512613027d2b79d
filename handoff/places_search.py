"""Find a place by a few letters while an operator types: areas, landmarks, neighbours, by any name that people use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from knowledge_base.areas import Area, Landmark
from knowledge_base.city import City

_GENERIC = frozenset({"kelurahan", "kel", "kecamatan", "kec", "negeri", "desa", "kota", "jalan", "jl", "jln"})
_CLOSE_ENOUGH = 0.75  # of a typed word's likeness to a name's


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place as the form takes it, and how to show it. Without a known point it has none."""

    kecamatan: str | None
    kelurahan: str | None
    landmark: str | None
    lat: float | None
    lon: float | None
    label: str


@dataclass(frozen=True, slots=True)
class _Entry:
    place: FoundPlace
    names: tuple[tuple[str, ...], ...]  # each name as its words
    weight: int  # a kelurahan before a kecamatan before a landmark, where they fit equally well


class PlaceSearch:
    """One city's places, made ready once. A search takes a few milliseconds at most."""

    def __init__(self, city: City) -> None:
        self._entries = [*_areas(city), *_landmarks(city)]

    def find(self, typed: str, most: int = 8) -> list[FoundPlace]:
        """The places that fit best, best first; none for fewer than two letters."""
        words = _words(typed)
        if sum(len(word) for word in words) < 2:
            return []
        scored = [(score, entry) for entry in self._entries if (score := _score(words, entry)) > 0]
        scored.sort(key=lambda one: (-one[0], one[1].weight, one[1].place.label))
        return [entry.place for _, entry in scored[:most]]


class PlaceSearches:
    """The search of each city, made anew once staff have changed its places."""

    def __init__(self, cities: Mapping[str, City]) -> None:
        self._cities = cities
        self._made: dict[str, tuple[City, PlaceSearch]] = {}

    def __getitem__(self, slug: str) -> PlaceSearch:
        city = self._cities[slug]
        made = self._made.get(slug)
        if made is None or made[0].landmarks is not city.landmarks or made[0].areas is not city.areas:
            made = self._made[slug] = (city, PlaceSearch(city))
        return made[1]


def _areas(city: City) -> Iterable[_Entry]:
    for area in city.areas:
        if area.level == "kota":
            continue
        village = area.name if area.is_village else None
        label = f"{area.name}, Kec. {area.kecamatan}" if area.is_village else f"Kec. {area.name}"
        place = FoundPlace(area.kecamatan, village, None, area.lat, area.lon, label)
        yield _Entry(place, _names(area), 0 if area.is_village else 1)


def _landmarks(city: City) -> Iterable[_Entry]:
    for landmark in city.landmarks:
        area = city.area(landmark.area_code) if landmark.area_code else None
        kelurahan = area.name if area and area.is_village else None
        kecamatan = area.kecamatan if area else None
        around = [kelurahan, kecamatan, "di luar kota" if landmark.outside else None]
        label = ", ".join([landmark.name, *(word for word in dict.fromkeys(around) if word)])
        place = FoundPlace(kecamatan or None, kelurahan, landmark.name, landmark.lat, landmark.lon, label)
        yield _Entry(place, _names(landmark), 2)


def _names(place: Area | Landmark) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(_words(name) for name in (place.name, *place.aliases)))


def _words(text: str) -> tuple[str, ...]:
    """Small letters without accents and punctuation; "kel." and its like say nothing unless they stand alone."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    found = tuple(re.findall(r"[a-z0-9]+", plain[:100]))
    telling = tuple(word for word in found if word not in _GENERIC)
    return telling or found


def _score(typed: tuple[str, ...], entry: _Entry) -> float:
    return max(_fit(typed, name) for name in entry.names)


def _fit(typed: tuple[str, ...], name: tuple[str, ...]) -> float:
    """0 where a typed word fits no word of the name; else higher the more of the name is said."""
    best = [max((_likeness(word, other) for other in name), default=0.0) for word in typed]
    if min(best) == 0.0:
        return 0.0
    said = min(1.0, sum(map(len, typed)) / max(1, sum(map(len, name))))
    in_order = 0.5 if " ".join(name).startswith(" ".join(typed)) else 0.0
    return sum(best) / len(best) + said + in_order


def _likeness(typed: str, word: str) -> float:
    if word == typed:
        return 1.0
    if word.startswith(typed):
        return 0.9
    if len(typed) >= 3 and typed in word:
        return 0.6
    if len(typed) < 3 or abs(len(typed) - len(word)) > 2:
        return 0.0
    ratio = SequenceMatcher(None, typed, word).ratio()
    return ratio * 0.7 if ratio >= _CLOSE_ENOUGH else 0.0
