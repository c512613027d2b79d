"""Finds the names of places among the words of a message, misspelt as people misspell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.clean import Cleaned
from nlu.gazetteer import WIDEST, Entry, Gazetteer
from nlu.place_words import CUES, KECAMATAN, KELURAHAN, NOUNS, PLAIN, STREET_NOUNS

_LEVELS = KECAMATAN | KELURAHAN
_FUZZY_TRIES = 40  # in one message: what bounds the time of a hostile one


@dataclass(slots=True)
class Named:
    """A name found at raw[start:end]."""

    start: int
    end: int
    entries: list[Entry]
    sure: float


class Names:
    """Reads names. `words` are the message's words, folded as the gazetteer folds them."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def listed(self, words: Sequence[str], city: str | None) -> list[Named]:
        """The names that the city data holds, from left to right. `city`: slug of the account that heard them."""
        found: list[Named] = []
        tries = _FUZZY_TRIES
        role_of = self._gazetteer.role
        done = 0
        for at, word in enumerate(words):
            opens, guessable = role_of(word)
            if at < done or not (opens or guessable):
                continue
            hit = self._exact(words, at, city) if opens else None
            if hit is None and tries and (guessable or _after_level(words, at)):
                tries -= 1
                hit = self._misspelt(words, at, city)
            if hit is not None:
                found.append(hit)
                done = hit.end
        return found

    def _exact(self, words: Sequence[str], at: int, city: str | None) -> Named | None:
        gazetteer = self._gazetteer
        for width in range(min(WIDEST, len(words) - at), 0, -1):
            key = "".join(words[at : at + width])
            listed = gazetteer.exactly(key)
            entries = _of_city(listed, city) if listed else []
            if entries and self._is_meant(key, words, at, width, entries):
                return Named(at, at + width, entries, 0.9 if _cued(words, at) else 0.75)
        return None

    def _misspelt(self, words: Sequence[str], at: int, city: str | None) -> Named | None:
        for width in (2, 1, 3):
            if at + width > len(words) or any(map(self._gazetteer.is_ordinary, words[at + 1 : at + width])):
                continue
            key = "".join(words[at : at + width])
            name = self._gazetteer.nearly(key, cued=_cued(words, at))
            entries = _of_city(self._gazetteer.exactly(name), city) if name else []
            if name and entries and self._is_meant(name, words, at, width, entries):
                return Named(at, at + width, entries, 0.75 if _cued(words, at) else 0.5)
        return None

    def _is_meant(self, key: str, words: Sequence[str], at: int, width: int, entries: list[Entry]) -> bool:
        if key in self._gazetteer.city_words:
            return at > 0 and words[at - 1] in KECAMATAN
        if all(entry.rank == "neighbour" for entry in entries):
            return at > 0 and words[at - 1] in CUES
        if key in PLAIN or len(key) <= 4:
            return len(words) == width or (at > 0 and words[at - 1] in CUES)
        return True

    def unlisted(self, cleaned: Cleaned, words: Sequence[str], named: Sequence[Named]) -> str | None:
        """A landmark or street that the city data does not hold ("masjid nurul huda"): words for the operator."""
        taken = {at for found in named for at in range(found.start, found.end)}
        closed = taken | _clauses(cleaned)
        for at, word in enumerate(words):
            if word not in NOUNS or at in taken or not self._locates(cleaned, words, at):
                continue
            end = at + 1
            while end < min(len(words), at + 4) and end not in closed and self._names_it(words[end]):
                end += 1
            if end > at + 1:
                return " ".join(words[at:end])
        return None

    def _locates(self, cleaned: Cleaned, words: Sequence[str], at: int) -> bool:
        if words[at] == "jalan" and cleaned.raw[at] == "jalan":  # "jalan rusak" is no street, "Jalan Melati" is one
            return at + 1 < len(words) and cleaned.raw[at + 1].capitalize() in cleaned.text
        return words[at] in STREET_NOUNS or _cued(words, at)

    def _names_it(self, word: str) -> bool:
        return word not in CUES and len(word) > 1 and (word.isdigit() or not self._gazetteer.is_ordinary(word))


def _of_city(entries: Sequence[Entry], city: str | None) -> list[Entry]:
    """The city's own meanings of a name; those of another city served only where it has none."""
    own = [entry for entry in entries if city is None or entry.city == city]
    return own or [entry for entry in entries if entry.rank != "neighbour"]


def _after_level(words: Sequence[str], at: int) -> bool:
    """ "kec. ..." says that a name follows, however ordinary the word looks."""
    return at > 0 and words[at - 1] in _LEVELS and words[at].isalpha() and len(words[at]) >= 3


def _cued(words: Sequence[str], at: int) -> bool:
    return at > 0 and words[at - 1] in CUES


def _clauses(cleaned: Cleaned) -> set[int]:
    """The raw indices before which a sentence or a clause begins."""
    return {cleaned.origin[at] for at in (*cleaned.breaks, *cleaned.pauses) if at < len(cleaned.origin)}
