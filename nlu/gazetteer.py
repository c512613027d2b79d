"""The names of a city's places: plain inputs that the wiring fills from the city data, and the index over them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.clean import skeleton, within
from nlu.place_words import CUES, NOUNS

Level = Literal["city", "kecamatan", "kelurahan"]
Rank = Literal["kelurahan", "kecamatan", "landmark", "neighbour"]

WIDEST = 5  # words of the longest name looked for
_MEMO = 20_000
_SHORTEST_FUZZY = 5
_TWICE = re.compile(r"(.)\1+")
_REDUPLICATED = re.compile(r"([a-z]{3,})2")
_SPELLINGS = {
    "jl": "jalan", "jln": "jalan", "jlan": "jalan", "lrg": "lorong", "lrng": "lorong", "gg": "gang", "mesjid": "masjid",
    "msjid": "masjid", "mjd": "masjid", "grja": "gereja", "greja": "gereja", "psr": "pasar", "pasr": "pasar",
    "skolah": "sekolah", "sklh": "sekolah", "rmh": "rumah", "pkm": "puskesmas", "pusksmas": "puskesmas",
    "plbhn": "pelabuhan", "plbuhan": "pelabuhan", "jmbtn": "jembatan", "jmbatan": "jembatan", "kmpus": "kampus",
    "univ": "universitas", "trmnl": "terminal", "prempatan": "perempatan", "simpng": "simpang", "ferry": "feri",
    "brt": "barat", "sel": "selatan", "slatan": "selatan", "tmr": "timur", "utr": "utara", "basar": "besar",
}  # fmt: skip
_PLAINLY_A_NAME = 7  # letters from which a misspelt name is believed without a word of place before it
_NUMBERS = {"satu": "1", "dua": "2", "tiga": "3", "empat": "4", "lima": "5", "enam": "6", "tujuh": "7", "delapan": "8"}


@dataclass(frozen=True, slots=True)
class CityFrame:
    """A city served. `bounds` is (south, west, north, east) in degrees; `neighbours` are names that lie outside it."""

    slug: str
    name: str
    bounds: tuple[float, float, float, float]
    neighbours: tuple[str, ...] = ()

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point lies inside the frame, which is wider than the city."""
        south, west, north, east = self.bounds
        return south <= lat <= north and west <= lon <= east


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
    """A place that people name: mosque, market, bridge, street (`kind` "jalan"). `radius_m`: how far it reaches.

    `outside`: beyond the city's border, though its people name it.
    """

    city: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    kelurahan_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float = 200.0
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a name may mean."""

    rank: Rank
    city: str
    name: str
    kecamatan: str | None = None
    kelurahan: str | None = None
    lat: float | None = None
    lon: float | None = None
    outside: bool = False


def _sound(key: str) -> str:
    """What is left when letters written twice and a final h are not heard, and y is i, and the old oe is u."""
    return _TWICE.sub(r"\1", key.replace("y", "i").replace("oe", "u")).removesuffix("h")


def folded(name: str) -> list[str]:
    """The words of a name as a message would hold them: small letters, no marks, "wua2" doubled, numbers as digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    return [folded_word(word) for word in words]


def folded_word(word: str) -> str:
    """One word of `folded`, already in small Latin letters."""
    if word.isalpha():
        return _SPELLINGS.get(word) or _NUMBERS.get(word, word)
    return _REDUPLICATED.sub(r"\1\1", word)


class Gazetteer:
    """Every name and alias, found exactly or nearly. Names are joined without spaces: "wua wua" is "wuawua"."""

    def __init__(
        self,
        frames: Sequence[CityFrame],
        areas: Sequence[Area],
        landmarks: Sequence[Landmark],
        known: Collection[str],
        shorthand: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.frames = {frame.slug: frame for frame in frames}
        self._entries: dict[str, list[Entry]] = {}
        named = {area.code: area.name for area in areas}
        for key, entry in _all_entries(frames, areas, landmarks, named):
            held = self._entries.setdefault(key, [])
            if entry not in held:
                held.append(entry)
        self.city_words = frozenset("".join(folded(word)) for f in frames for word in (f.slug, f.name))
        self._beginnings = frozenset(key[:size] for key in self._entries for size in range(1, len(key) + 1))
        self._roles: dict[str, tuple[str, bool, bool]] = {}
        self._by_first: dict[str, list[str]] = {}
        self._by_bones: dict[str, list[str]] = {}
        self._by_sound: dict[str, str] = {}
        for key in filter(str.isalpha, self._entries):
            self._by_sound.setdefault(_sound(key), key)
            self._by_first.setdefault(key[0], []).append(key)
            self._by_bones.setdefault(skeleton(key), []).append(key)
        self._ordinary = {word for word in known if word not in self._entries}
        self._shorthand = {
            short: plain
            for short, plain in shorthand.items()
            if plain in self._beginnings and short not in self._beginnings
        }
        self._memo: dict[tuple[str, bool], str | None] = {}
        self.by_code = {
            area.code: Entry(
                "kelurahan", area.city, area.name, named.get(area.parent_code or ""), area.name, area.lat, area.lon
            )
            for area in areas
            if area.level == "kelurahan"
        }
        self.centres = [entry for entry in self.by_code.values() if entry.lat is not None]

    def exactly(self, key: str) -> Sequence[Entry]:
        """What a joined name means; empty where it is no name."""
        return self._entries.get(key, ())

    def nearly(self, key: str, *, cued: bool) -> str | None:
        """The one name that a misspelt joined name most likely stands for; `cued`: a word of place stands before it."""
        try:
            return self._memo[key, cued]
        except KeyError:  # None is an answer too
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            name = self._memo[key, cued] = self._nearest(key, cued=cued)
            return name

    def longest(self, words: Sequence[str], at: int) -> Iterator[tuple[int, Sequence[Entry]]]:
        """The names that begin with word `at`, the longest first: how many words each takes and what it means."""
        found: list[tuple[int, Sequence[Entry]]] = []
        key = ""
        for width in range(1, min(WIDEST, len(words) - at) + 1):
            key += words[at + width - 1]
            if key not in self._beginnings:
                break
            if key in self._entries:
                found.append((width, self._entries[key]))
        return reversed(found)

    def role(self, raw: str) -> tuple[str, bool, bool]:
        """A word folded, whether a name may begin with it, and whether it may be a misspelt name."""
        role = self._roles.get(raw)
        if role is None:
            if len(self._roles) >= _MEMO:
                self._roles.clear()
            word = folded_word(self._shorthand.get(raw, raw))
            guessable = len(word) >= 3 and word.isalpha() and word not in CUES and word not in self.city_words
            role = self._roles[raw] = (word, word in self._beginnings, guessable and word not in self._ordinary)
        return role

    def is_ordinary(self, word: str) -> bool:
        """Whether people write this word for other things than a place."""
        return word in self._ordinary

    def _nearest(self, key: str, *, cued: bool) -> str | None:
        if not key.isalpha() or len(key) < 4:
            return None
        alike = self._by_sound.get(_sound(key))  # "pokah", "soyaa", "abelli"
        if alike is not None or not (cued or len(key) >= _PLAINLY_A_NAME):
            return alike
        bones = skeleton(key)
        if len(bones) >= 3 and len(bones) >= len(key) - 2:
            for whole in self._by_bones.get(bones, ()):
                if whole[0] == key[0] and within(key, whole) and len(whole) > len(key):
                    return whole
        if len(key) < _SHORTEST_FUZZY:
            return None
        allowed = 2 if cued and len(key) >= 8 else 1
        names = [name for name in self._by_first.get(key[0], ()) if abs(len(name) - len(key)) <= allowed]
        best = process.extractOne(key, names, scorer=OSA.distance, score_cutoff=allowed)
        return best[0] if best and len(best[0]) >= _SHORTEST_FUZZY else None


def _all_entries(
    frames: Sequence[CityFrame], areas: Sequence[Area], landmarks: Sequence[Landmark], named: dict[str, str]
) -> Iterator[tuple[str, Entry]]:
    parents = {area.code: area.parent_code for area in areas}
    areas_named = {key for area in areas for key in _keys(area.name, *area.aliases)}
    for area in areas:
        if area.level != "city":
            for key in _keys(area.name, *area.aliases):
                yield key, _area_entry(area, named)
    for mark in landmarks:
        kelurahan = mark.kelurahan_code or ""
        kecamatan = named.get(parents.get(kelurahan) or "") or _named_after(mark, areas)
        entry = Entry(
            "landmark", mark.city, mark.name, kecamatan, named.get(kelurahan), mark.lat, mark.lon, mark.outside
        )
        for key in _keys(mark.name, *mark.aliases):
            yield key, entry
        words = folded(mark.name)  # "Pelabuhan Slamet Riyadi" is also called "slamet riyadi"
        if len(words) >= 3 and words[0] in NOUNS and "".join(words[1:]) not in areas_named:
            yield "".join(words[1:]), entry
    for frame in frames:
        for name in frame.neighbours:
            for key in _keys(name):
                yield key, Entry("neighbour", frame.slug, name, outside=True)


def _named_after(mark: Landmark, areas: Sequence[Area]) -> str | None:
    """The kecamatan that a landmark of unknown kelurahan bears in its name ("Simpang Wua-Wua")."""
    name = "".join(folded(mark.name))
    kecamatan = (area for area in areas if area.level == "kecamatan" and area.city == mark.city and not mark.outside)
    cities = {"".join(folded(area.name)).removeprefix("kota") for area in areas if area.level == "city"}
    keys = {"".join(folded(area.name)): area.name for area in kecamatan}
    return next((keys[key] for key in sorted(keys, key=len, reverse=True) if key in name and key not in cities), None)


def _area_entry(area: Area, named: dict[str, str]) -> Entry:
    if area.level == "kecamatan":
        return Entry("kecamatan", area.city, area.name, area.name, None, area.lat, area.lon)
    return Entry("kelurahan", area.city, area.name, named.get(area.parent_code or ""), area.name, area.lat, area.lon)


def _keys(*names: str) -> Iterator[str]:
    for name in names:
        for part in (name, *name.split("/")):
            words = folded(part)
            if len("".join(words)) >= 3:
                yield "".join(words)
