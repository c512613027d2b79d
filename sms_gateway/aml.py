"""Advanced Mobile Location: the place that a telephone sends by itself when its owner calls an emergency number.

From the standard (ETSI TS 103 625, and the pages on which Google describes what Android sends under it):

    A"ML=1;lt=+51.53321;lg=-0.12601;rd=14;top=20220131171748;lc=68;pm=W;si=…;ei=…;mcc=…;mnc=…;ml=126
        lt, lg   degrees, WGS 84            rd   radius in metres, "N" for none
        top      time of the fix, in UTC    lc   percent: how likely the telephone is within that radius
        pm       G satellites, W Wi-Fi, C cells, N none      si, ei, mcc, mnc   whose SIM, telephone and network
        ml       length of the whole        no fix: zeros for both degrees, rd=N, pm=N
    A"ML=2;en=112;et=1593187189;lo=37.42175,-122.08461,20.1;lt=5;lc=68;ls=F;…     Google's "ELS Beta"
        lo       latitude, longitude, radius (0: unknown)    et   when the call began, Unix time
        lt       seconds from ``et`` to the fix              ls   as ``pm``; F all together, U unknown
    A data SMS (older Androids, so that nobody sees it among their messages) is the same text in GSM 7-bit septets,
    packed, as 8-bit user data for an application port.

Judged here, for the standard does not say:
    - ``ml`` is never looked at: gateways between add and drop characters. Unknown keys are passed over.
    - A decimal comma is read as a point, a lost or curled quotation mark in the head is forgiven.
    - A radius of 0 or over 1,000 km, a share over 100 % and a time that is none are unknown; the place is kept.
    - Zero degrees both ways, whatever ``rd`` says, and degrees outside the Earth are no place.
    - Data that came as base64, as hex digits, as UCS-2 or with its user data header still on is read too.
    - ``si`` and ``ei`` are read by nobody: who called is known from the sender; where they are is all that is needed.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LONGEST: Final = 1000  # characters or octets that are looked at: six joined SMS hold less
WIDEST: Final = 1_000_000.0  # metres
METHODS: Final[Mapping[str, str]] = {"G": "satellite", "W": "wifi", "C": "cell", "F": "fused"}
UNKNOWN: Final = "unknown"

_HEAD: Final = re.compile(r"[\s\ufeff\0]*A(?:[\"'`´“”″]|&quot;|&#34;)?ML\s*=\s*(\d{1,3})\s*(?:;|$)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{0,12})?")
_TIME: Final = re.compile(r"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class AmlPlace:
    """Where a telephone was. Degrees WGS 84."""

    lat: float
    lon: float
    radius_m: float | None  # None: nobody knows how far off it may be
    at: datetime | None  # of the fix, UTC
    confidence: float | None  # percent: how likely the telephone is within the radius
    method: str  # satellite, wifi, cell, fused, unknown


def is_aml(sms: str | bytes) -> bool:
    """Whether a telephone wrote this, with a place or without one. Text, or the user data of a binary SMS."""
    return _text_of(sms) is not None


def parse_aml(text: str) -> AmlPlace | None:
    """The place in a text SMS; None for what is no AML and for a telephone that has none. Never raises."""
    return _place(text) if is_aml(text) else None


def parse_aml_data(data: bytes) -> AmlPlace | None:
    """The place in the user data of a binary SMS, as ``parse_aml``."""
    text = _text_of(data)
    return None if text is None else _place(text)


def place_of(
    lat: float | None, lon: float | None, radius: float | None, at: datetime | None, share: float | None, method: str
) -> AmlPlace | None:
    """A place of what was read; what lies out of range becomes None."""
    if lat is None or lon is None or not -90 <= lat <= 90 or not -180 <= lon <= 180 or (lat == 0 and lon == 0):
        return None
    return AmlPlace(
        lat,
        lon,
        radius if radius is not None and 0 < radius <= WIDEST else None,
        at,
        share if share is not None and 0 <= share <= 100 else None,
        method,
    )


def number_in(written: str) -> float | None:
    """A decimal number, with point or comma."""
    bare = written.strip()
    return float(bare.replace(",", ".")) if _NUMBER.fullmatch(bare) else None


def unix_time(seconds: float | None) -> datetime | None:
    """UTC; None for what lies outside the calendar."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _place(text: str) -> AmlPlace | None:
    head = _HEAD.match(text[:LONGEST])
    said = _said(text[:LONGEST])
    return _second(said) if head and head[1] == "2" else _first(said)


def _said(text: str) -> dict[str, str]:
    """The values by their keys; of a key that stands twice, the first."""
    found: dict[str, str] = {}
    for pair in text.split(";"):
        key, _, value = pair.partition("=")
        found.setdefault(key.strip().lower(), value.strip())
    return found


def _first(said: Mapping[str, str]) -> AmlPlace | None:
    return place_of(
        number_in(said.get("lt", "")),
        number_in(said.get("lg", "")),
        number_in(said.get("rd", "")),
        _time(said.get("top", "")),
        number_in(said.get("lc", "")),
        METHODS.get(said.get("pm", "").upper(), UNKNOWN),
    )


def _second(said: Mapping[str, str]) -> AmlPlace | None:
    lat, lon, radius = (*map(number_in, said.get("lo", "").split(",")), None, None, None)[:3]
    begun, after = number_in(said.get("et", "")), number_in(said.get("lt", ""))
    at = None if begun is None or after is None else unix_time(begun + after)
    share, method = number_in(said.get("lc", "")), METHODS.get(said.get("ls", "").upper(), UNKNOWN)
    return place_of(lat, lon, radius, at, share, method)


def _time(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y%m%d%H%M%S").replace(tzinfo=UTC) if _TIME.fullmatch(written) else None
    except ValueError:
        return None


def _text_of(sms: str | bytes) -> str | None:
    """The AML in ``sms``, in whichever of its dresses it came; None where there is none."""
    if isinstance(sms, str):
        return sms if _HEAD.match(sms[:LONGEST]) else None
    return next((text for text in _readings(sms[:LONGEST]) if _HEAD.match(text)), None)


def _readings(data: bytes) -> Iterator[str]:
    """Every way to read ``data``, the likeliest first."""
    for octets in (data, *_unwrapped(data)):
        header = 1 + octets[0] if octets else 0
        for body, filled in ((octets, 0), (octets[header:], 0), (octets[header:], -8 * header % 7)):
            yield _septets(body, filled)
            yield body.decode("utf-8", "replace")
        yield octets.decode("utf-16-be", "replace")


def _septets(packed: bytes, skip: int) -> str:
    """GSM 03.38: septets from the lowest bit up. The few characters that AML uses are those of ASCII."""
    bits = f"{int.from_bytes(packed, 'little'):0{len(packed) * 8}b}"[::-1]
    return "".join(chr(int(bits[place : place + 7][::-1], 2)) for place in range(skip, len(bits) - 6, 7))


def _unwrapped(data: bytes) -> Iterator[bytes]:
    """``data`` without base64 or hex digits around it, where there are any."""
    with contextlib.suppress(ValueError):
        yield base64.b64decode(data.strip(), validate=True)
    with contextlib.suppress(ValueError):  # neither ASCII nor hex digits
        yield bytes.fromhex(data.decode("ascii"))
