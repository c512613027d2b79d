"""In which kelurahan a position lies: by the city's polygons where it installed them, else by the nearest centre."""

from __future__ import annotations

import math
from dataclasses import replace

from nlu.boundaries import Boundaries
from nlu.gazetteer import Entry, Gazetteer
from nlu.meaning import PlaceGuess

_EARTH_KM_PER_DEGREE = 111.32
_TOO_FAR_KM = 6.0  # from every centre: the point is not in the city's settled part
_NEAREST = 3  # centres named: the nearest alone is right three times in four
_SURE = 0.97  # of a sharp pin within a polygon: the satellites err too


class Pins:
    """Places positions. `boundaries` may come later than the names: they are kept in the database."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self.boundaries = Boundaries()

    def at(self, lat: float, lon: float, city: str | None, accuracy_m: float | None = None) -> tuple[PlaceGuess, ...]:
        """What a position in degrees may mean, best first. `nearest` says that only the nearest centre was known."""
        frames = self._gazetteer.frames
        own = frames.get(city or "")
        home = own if own and own.holds(lat, lon) else next((f for f in frames.values() if f.holds(lat, lon)), None)
        pin = PlaceGuess(
            city=home.slug if home else None,
            lat=lat,
            lon=lon,
            source="pin",
            confidence=0.5,
            accuracy_m=accuracy_m,
            outside=home is None if own is None else home is not own,
        )
        if home is None:
            return (pin,)
        # Beyond every polygon, on the water say, the nearest kelurahan is still the best word for it.
        return self._within(pin, lat, lon, own.slug if own else None) or self._near(pin, lat, lon) or (pin,)

    def _within(self, pin: PlaceGuess, lat: float, lon: float, city: str | None) -> tuple[PlaceGuess, ...]:
        shares = self.boundaries.at(lat, lon, pin.accuracy_m)
        known = [(one, self._gazetteer.by_code[one.code]) for one in shares if one.code in self._gazetteer.by_code]
        return tuple(
            replace(_named(pin, entry), confidence=round(_SURE * one.share, 3), outside=city not in (None, entry.city))
            for one, entry in known
        )

    def _near(self, pin: PlaceGuess, lat: float, lon: float) -> tuple[PlaceGuess, ...]:
        centres = sorted(
            (_km(lat, lon, centre.lat or 0.0, centre.lon or 0.0), number)
            for number, centre in enumerate(self._gazetteer.centres)
            if centre.city == pin.city
        )[:_NEAREST]
        if not centres or centres[0][0] > _TOO_FAR_KM:
            return ()
        clear = 1 - centres[0][0] / centres[1][0] if len(centres) > 1 and centres[1][0] else 0.5
        sure = 0.55 + 0.4 * clear
        rest = (1 - sure) / 2
        return tuple(
            replace(
                _named(pin, self._gazetteer.centres[number]),
                confidence=round(sure if at == 0 else rest, 3),
                nearest=True,
            )
            for at, (_, number) in enumerate(centres)
        )


def _named(pin: PlaceGuess, entry: Entry) -> PlaceGuess:
    return replace(pin, city=entry.city, kecamatan=entry.kecamatan, kelurahan=entry.kelurahan)


def _km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    east = (lon - other_lon) * math.cos(math.radians(lat))
    return math.hypot(lat - other_lat, east) * _EARTH_KM_PER_DEGREE
