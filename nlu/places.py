"""Where it is: names of the city's areas and landmarks as people misspell them, and positions in figures.

Unknown stays unknown. A name that is also a plain word ("mata", "benteng") counts only after a word of place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlu.clean import Cleaned
from nlu.coordinates import Position, positions_in
from nlu.gazetteer import Area, CityFrame, Entry, Gazetteer, Landmark
from nlu.meaning import PlaceGuess
from nlu.names import Line, Named, Names
from nlu.pins import Pins
from nlu.place_words import KECAMATAN, KELURAHAN, TOWARDS

__all__ = ["Area", "CityFrame", "Gazetteer", "Landmark", "Places"]

_MOST = 5  # guesses given


class Places:
    """Reads places out of messages, and places pins."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._names = Names(gazetteer)
        self.pins = Pins(gazetteer)

    def read(self, cleaned: Cleaned, city: str | None) -> tuple[PlaceGuess, ...]:
        """The places that a message states, best first, at most five. `city`: slug of the account that heard it."""
        frame = self._gazetteer.frames.get(city or "")
        middle = _middle(frame) if frame else None
        guesses = [self._of_position(position, city) for position in positions_in(cleaned.text, middle)]
        guesses.extend(self._of_names(cleaned, city))
        guesses.sort(key=lambda guess: (guess.outside, -guess.confidence))
        return tuple(_without_repeats(guesses)[:_MOST])

    def at(self, lat: float, lon: float, city: str | None, accuracy_m: float | None = None) -> tuple[PlaceGuess, ...]:
        """What a pin may mean, best first."""
        return self.pins.at(lat, lon, city, accuracy_m)

    def _of_position(self, position: Position, city: str | None) -> PlaceGuess:
        if position.lat is None or position.lon is None:
            return PlaceGuess(source=position.source, text=position.text, confidence=position.sure)
        pin = self.at(position.lat, position.lon, city)[0]
        return replace(pin, source=position.source, text=position.text, confidence=position.sure)

    def _of_names(self, cleaned: Cleaned, city: str | None) -> list[PlaceGuess]:
        line = Line(cleaned, city, self._gazetteer)
        named = self._names.listed(line)
        guesses = _joined([guess for found in named for guess in self._guesses(found, line.words, city)])
        free = self._names.unlisted(line, named)
        if free:
            guesses = _beside(guesses, free, city)
        return _with_roles(guesses, line.words)

    def _guesses(self, found: Named, words: Sequence[str], city: str | None) -> list[PlaceGuess]:
        before = words[found.start - 1] if found.start else ""
        entries = _fitting(found.entries, before)
        towards = before in TOWARDS
        guesses: list[PlaceGuess] = []
        for number, entry in enumerate(entries[: 1 if entries[0].rank == "neighbour" else 3]):
            sure = found.sure * (0.6 if towards else 1.0) * (1.0 if number == 0 else 0.5)
            away = entry.outside or (city is not None and entry.city != city)
            guesses.append(
                PlaceGuess(
                    city=None if entry.rank == "neighbour" else entry.city,
                    kecamatan=entry.kecamatan,
                    kelurahan=entry.kelurahan,
                    landmark=entry.name if entry.rank in ("landmark", "neighbour") else None,
                    lat=entry.lat,
                    lon=entry.lon,
                    confidence=round(sure, 3),
                    text=" ".join(words[found.start : found.end]),
                    outside=away,
                )
            )
        return guesses


def _fitting(entries: list[Entry], before: str) -> list[Entry]:
    """Which meaning comes first: the level that was said, else kecamatan, kelurahan, landmark."""
    order = ("kecamatan", "kelurahan", "landmark", "neighbour")
    if before in KECAMATAN:
        entries = [entry for entry in entries if entry.rank == "kecamatan"] or entries
    elif before in KELURAHAN:
        entries = [entry for entry in entries if entry.rank == "kelurahan"] or entries
    return sorted(entries, key=lambda entry: order.index(entry.rank))


def _joined(guesses: list[PlaceGuess]) -> list[PlaceGuess]:
    """A kelurahan and its kecamatan, or a landmark and its area, are one place said twice."""
    kept: list[PlaceGuess] = []
    for guess in guesses:
        partner = next((held for held in kept if _one_place(held, guess)), None)
        if partner is None:
            kept.append(guess)
            continue
        finer, coarser = (guess, partner) if _fineness(guess) > _fineness(partner) else (partner, guess)
        kept[kept.index(partner)] = replace(
            finer,
            kecamatan=finer.kecamatan or coarser.kecamatan,
            kelurahan=finer.kelurahan or coarser.kelurahan,
            confidence=round(1 - (1 - finer.confidence) * (1 - coarser.confidence / 2), 3),
            text=f"{partner.text} {guess.text}",
        )
    return kept


def _one_place(one: PlaceGuess, other: PlaceGuess) -> bool:
    if one.outside or other.outside or one.city != other.city or one.text == other.text:
        return False
    if _fineness(one) == _fineness(other):
        return False
    same_kecamatan = None in (one.kecamatan, other.kecamatan) or one.kecamatan == other.kecamatan
    same_kelurahan = None in (one.kelurahan, other.kelurahan) or one.kelurahan == other.kelurahan
    return same_kecamatan and same_kelurahan


def _fineness(guess: PlaceGuess) -> int:
    return 3 if guess.landmark else 2 if guess.kelurahan else 1


def _beside(guesses: list[PlaceGuess], landmark: str, city: str | None) -> list[PlaceGuess]:
    for at, guess in enumerate(guesses):
        if guess.landmark is None and not guess.outside:
            return [*guesses[:at], replace(guess, landmark=landmark), *guesses[at + 1 :]]
    return [*guesses, PlaceGuess(city=city, landmark=landmark, confidence=0.35, text=landmark)]


def _with_roles(guesses: list[PlaceGuess], words: Sequence[str]) -> list[PlaceGuess]:
    """ "saya di Kadia, kebakarannya di Mandonga": where two places are named, the writer's own is told apart."""
    if len({guess.text for guess in guesses}) < 2:
        return guesses
    line = " ".join(words)
    roles: list[PlaceGuess] = []
    for guess in guesses:
        before = line[: line.find(guess.text or "")].split()[-3:] if guess.text else []
        own = any(word in ("saya", "sy", "sa", "beta", "aku", "posisiku", "kami") for word in before)
        mine = own and any(word in ("di", "d", "posisi", "tinggal", "rumah") for word in before[-2:])
        roles.append(replace(guess, role="reporter", confidence=round(guess.confidence * 0.7, 3)) if mine else guess)
    return roles if any(guess.role == "incident" for guess in roles) else guesses


def _without_repeats(guesses: list[PlaceGuess]) -> list[PlaceGuess]:
    seen: set[tuple[str | None, ...]] = set()
    kept: list[PlaceGuess] = []
    for guess in guesses:
        key = (
            guess.city,
            guess.kecamatan,
            guess.kelurahan,
            guess.landmark,
            str(guess.lat) if guess.lat else guess.text,
        )
        if key not in seen:
            seen.add(key)
            kept.append(guess)
    return kept


def _middle(frame: CityFrame) -> tuple[float, float]:
    south, west, north, east = frame.bounds
    return (south + north) / 2, (west + east) / 2
