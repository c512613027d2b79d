"""Positions that stand in a text as figures: coordinates in human spellings, map links, plus codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

from openlocationcode import openlocationcode

from nlu.meaning import Source

# Indonesia, with the seas around it: figures outside it are no position in a message to 112.
_SOUTH, _NORTH, _WEST, _EAST = -11.5, 6.5, 94.5, 141.5

_DIGIT = re.compile(r"\d")
_FIGURE = r"([+-]?\d{1,3}(?:\.\d+)?)"
_NUMBER = re.compile(r"[+-]? ?(?<![\d.,])\d{1,3}[.,](?!0+\b)\d{2,}(?!\d)")
_BETWEEN = re.compile(
    r"[\s,;:=/|°()]*|[^\d]*\b(?:lo?ng?|longitude|bujur|bt|lat|latitude|lintang|ls|lu|s|n|e|dan)\b[^\d]*", re.I
)
_FAR_APART = 25  # characters between the two figures of a pair
_SAYS_SOUTH = re.compile(r"\b(?:ls|s|lintang selatan|south)\b", re.IGNORECASE)
_DEGREES = re.compile(
    r"([NSEW]|L[SU]|BT)?\s*(\d{1,3})\s*[°º˚]\s*(\d{1,2})\s*['’′]\s*(\d{1,2}(?:[.,]\d+)?)?\s*(?:\"|”|″|'')?\s*([NSEW]\b|L[SU]\b|BT\b)?",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|geo:|www\.)[^\s<>\"]+", re.IGNORECASE)
_IN_LINK = (  # the pin before the centre of the screen
    re.compile(rf"!3d{_FIGURE}!4d{_FIGURE}"),
    re.compile(
        rf"(?:[?&]|^)(?:q|query|ll|daddr|destination|sll|center|loc|cp|saddr)=(?:loc:)?\s*{_FIGURE}\s*,[\s+]*{_FIGURE}"
    ),
    re.compile(rf"mlat={_FIGURE}&mlon={_FIGURE}"),
    re.compile(rf"geo:{_FIGURE},{_FIGURE}"),
    re.compile(rf"/(?:place|search|dir)/(?:[^/]*/)?{_FIGURE},[\s+]*{_FIGURE}"),
    re.compile(rf"#map=[\d.]+/{_FIGURE}/{_FIGURE}"),
    re.compile(rf"@{_FIGURE},{_FIGURE}"),
)
_MAPS = re.compile(
    r"goo\.gl|google\.[a-z.]+/maps|maps\.|waze\.com|openstreetmap|here\.com|wa\.me/location", re.IGNORECASE
)
_PLUS_CODE = re.compile(
    r"(?<![\w+])([23456789CFGHJMPQRVWX]{4,8})\+([23456789CFGHJMPQRVWX]{2,3})(?![\w+])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Position:
    """A point in degrees; both None for a map link that only its provider can open."""

    lat: float | None
    lon: float | None
    source: Source
    text: str
    sure: float  # 0..1


def positions_in(text: str, near: tuple[float, float] | None) -> list[Position]:
    """Every position that the text states. `near` (lat, lon) completes short plus codes. Never raises."""
    if not _DIGIT.search(text) and "://" not in text:
        return []
    found = list(_links(text))
    rest = _LINK.sub(" ", text)
    found.extend(_degrees(rest) or _pairs(rest, near))
    if "+" in rest:
        found.extend(_plus_codes(rest, near))
    return found


def _links(text: str) -> Iterator[Position]:
    for link in _LINK.findall(text)[:5]:
        opened = unquote(link)
        match = next((hit for form in _IN_LINK if (hit := form.search(opened))), None)
        point = _point(match[1], match[2], None) if match else None
        if point:
            yield Position(*point, "link", link, 0.95)
        elif _MAPS.search(link):
            yield Position(None, None, "link", link, 0.3)


def _pairs(text: str, near: tuple[float, float] | None) -> list[Position]:
    found: list[Position] = []
    for first, second in pairwise(list(_NUMBER.finditer(text))[:40]):
        between = text[first.end() : second.start()]
        if len(between) > _FAR_APART or not _BETWEEN.fullmatch(between):
            continue
        point = _point(first[0], second[0], near, south=bool(_SAYS_SOUTH.search(between)))
        if point:
            found.append(Position(*point, "coordinates", text[first.start() : second.end()].strip(), 0.95))
    return found


def _degrees(text: str) -> list[Position]:
    if "°" not in text and "º" not in text and "˚" not in text:
        return []
    figures: list[tuple[float, str, str]] = []
    for match in list(_DEGREES.finditer(text))[:4]:
        seconds = float((match[4] or "0").replace(",", "."))
        side = (match[1] or match[5] or "").upper()
        value = int(match[2]) + int(match[3]) / 60 + seconds / 3600
        figures.append((-value if side in ("S", "LS") else value, side, match[0].strip()))
    if len(figures) < 2:
        return []
    (first, side, said), (second, _, also) = figures[:2]
    point = _within(first, second, south=side == "")
    return [Position(*point, "coordinates", f"{said} {also}", 0.95)] if point else []


def _plus_codes(text: str, near: tuple[float, float] | None) -> Iterator[Position]:
    for match in list(_PLUS_CODE.finditer(text))[:3]:
        code = f"{match[1]}+{match[2]}".upper()
        if openlocationcode.isShort(code) and near:
            code = openlocationcode.recoverNearest(code, *near)
        if openlocationcode.isFull(code):
            area = openlocationcode.decode(code)
            point = _within(area.latitudeCenter, area.longitudeCenter)
            if point:
                yield Position(*point, "pluscode", match[0], 0.95)


def _point(
    first: str, second: str, near: tuple[float, float] | None, *, south: bool = False
) -> tuple[float, float] | None:
    one, two = (float(figure.replace(",", ".").replace(" ", "")) for figure in (first, second))
    signless = not (first + second).strip(" 0123456789.,")
    forgotten = signless and near is not None and near[0] < 0  # people leave out the minus of a southern city
    return _within(one, two, south=south or forgotten)


def _within(one: float, two: float, *, south: bool = False) -> tuple[float, float] | None:
    """(lat, lon) in Indonesia, in whichever order they were given."""
    for lat, lon in ((one, two), (two, one)):
        place = -abs(lat) if south else lat
        if _SOUTH <= place <= _NORTH and _WEST <= lon <= _EAST:
            return place, lon
    return None
