"""Finds the names of places among the words of a message, misspelt as people misspell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.clean import Cleaned
from nlu.gazetteer import Entry, Gazetteer
from nlu.place_words import BODY, CUES, KECAMATAN, KELURAHAN, NOUNS, PLAIN, STREET_NOUNS

_LEVELS = KECAMATAN | KELURAHAN
_FUZZY_TRIES = 40  # in one message: what bounds the time of a hostile one
_READ = 400  # words read for names
_GLUED = 5  # letters of a name with its "di": "dpaso"


@dataclass(slots=True)
class Named:
    """A name found at words[start:end], the likeliest way of reading it not yet chosen."""

    start: int
    end: int
    entries: list[Entry]
    sure: float


class Line:
    """A message as names are looked for in it. `city`: slug of the account that heard it."""

    def __init__(self, cleaned: Cleaned, city: str | None, gazetteer: Gazetteer) -> None:
        self.raw = cleaned.raw[:_READ]
        self.roles = [gazetteer.role(word) for word in self.raw]
        self.words = [word for word, _, _ in self.roles]
        self.city = city
        self.text = cleaned.text
        ends = (*cleaned.breaks, *cleaned.pauses)
        self.clauses = {cleaned.origin[at] for at in ends if at < len(cleaned.origin)}

    def after(self, at: int, cues: frozenset[str]) -> bool:
        """Whether one of these words stands before word `at`."""
        return at > 0 and self.words[at - 1] in cues

    def capital(self, at: int) -> bool:
        """Whether word `at` is written with a capital letter, somewhere in the text at least."""
        return at < len(self.raw) and self.raw[at].capitalize() in self.text


class Names:
    """Reads names by the gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def listed(self, line: Line) -> list[Named]:
        """The names that the city data holds, from left to right."""
        found: list[Named] = []
        tries = _FUZZY_TRIES
        done = 0
        for at, (word, opens, guessable) in enumerate(line.roles):
            if at < done or not (opens or guessable):
                continue
            hit = self._exact(line, at) if opens else None
            if hit is None and tries and (guessable or (line.after(at, _LEVELS) and word.isalpha() and len(word) >= 3)):
                tries -= 1
                hit = self._glued(line, at) or self._misspelt(line, at)
            if hit is not None:
                found.append(hit)
                done = hit.end
        return found

    def _exact(self, line: Line, at: int) -> Named | None:
        for width, listed in self._gazetteer.longest(line.words, at):
            entries = _of_city(listed, line.city)
            if entries and self._is_meant("".join(line.words[at : at + width]), line, at, width, entries):
                return Named(at, at + width, entries, 0.9 if line.after(at, CUES) else 0.75)
        return None

    def _glued(self, line: Line, at: int) -> Named | None:
        word = line.words[at]
        for glued in ("di", "d"):
            if word.startswith(glued) and len(word) >= _GLUED:
                entries = _of_city(self._gazetteer.exactly(word.removeprefix(glued)), line.city)
                if entries:
                    return Named(at, at + 1, entries, 0.7)
        return None

    def _misspelt(self, line: Line, at: int) -> Named | None:
        cued = line.after(at, CUES)
        for width in (2, 1, 3):
            if at + width > len(line.words):
                continue
            plain = any(map(self._gazetteer.is_ordinary, line.words[at + 1 : at + width]))
            name = self._gazetteer.nearly("".join(line.words[at : at + width]), cued=cued and not plain)
            entries = _of_city(self._gazetteer.exactly(name), line.city) if name else []
            if name and entries and self._is_meant(name, line, at, width, entries):
                return Named(at, at + width, entries, 0.75 if cued else 0.5)
        return None

    def _is_meant(self, key: str, line: Line, at: int, width: int, entries: list[Entry]) -> bool:
        if key in self._gazetteer.city_words:
            return line.after(at, KECAMATAN)
        if all(entry.rank == "neighbour" for entry in entries):
            return line.after(at, CUES)
        if len(line.words) == width:
            return True
        if key in BODY:
            return line.after(at, _LEVELS) or (line.after(at, CUES) and line.capital(at))
        return key not in PLAIN or line.after(at, CUES)

    def unlisted(self, line: Line, named: Sequence[Named]) -> str | None:
        """A landmark or street that the city data does not hold ("masjid nurul huda"): words for the operator."""
        taken = {at for found in named for at in range(found.start, found.end)}
        closed = taken | line.clauses
        for at, word in enumerate(line.words):
            if word not in NOUNS or at in taken or not self._locates(line, at):
                continue
            end = at + 1
            while end < min(len(line.words), at + 4) and end not in closed and self._names_it(line, end):
                end += 1
            if end > at + 1:
                return " ".join(line.words[at:end])
        return None

    def _locates(self, line: Line, at: int) -> bool:
        if line.words[at] == "jalan" and line.raw[at] == "jalan":  # "jalan rusak" is no street, "Jalan Melati" is one
            return line.capital(at + 1)
        return line.words[at] in STREET_NOUNS or line.after(at, CUES)

    def _names_it(self, line: Line, at: int) -> bool:
        word = line.words[at]
        known = self._gazetteer.is_ordinary(word) and not line.capital(at)
        return word not in CUES and len(word) > 1 and (word.isdigit() or not known)


def _of_city(entries: Sequence[Entry], city: str | None) -> list[Entry]:
    """The city's own meanings of a name; those of another city served only where it has none."""
    own = [entry for entry in entries if city is None or entry.city == city]
    return own or [entry for entry in entries if entry.rank != "neighbour"]
