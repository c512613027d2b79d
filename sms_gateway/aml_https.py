"""Advanced Mobile Location by HTTPS, as Android's Emergency Location Service posts it to an endpoint.

From the standard and from Google's pages: a form-encoded POST, every field of which may be missing or broken, and which
wants a 2xx whatever it holds. ``location_latitude``, ``location_longitude`` (degrees), ``location_accuracy`` (metres),
``location_time`` (Unix time in milliseconds), ``location_source`` (gps, wifi, cell, unknown), ``device_number`` (E.164
as far as the telephone knows it); how sure it is: ``location_confidence`` (0 to 1), in older versions
``location_certainty`` (percent). ``hmac``, the last field, is the HMAC-SHA1 of all before it under the agreed key.

Judged here: both kinds of sureness are read, a decimal comma too; telephone, SIM, medical data and contacts that may
come along are read by nobody.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from sms_gateway.aml import UNKNOWN, AmlPlace, number_in, place_of, unix_time
from sms_gateway.numbers import sender_of

LONGEST_NUMBER: Final = 64
SOURCES: Final[Mapping[str, str]] = {
    "gps": "satellite",
    "gnss": "satellite",
    "wifi": "wifi",
    "wlan": "wifi",
    "cell": "cell",
    "fused": "fused",
}


@dataclass(frozen=True, slots=True)
class AmlPost:
    """One telephone's report."""

    number: str  # E.164, or "" where the telephone does not know its own
    place: AmlPlace | None


def is_signed(body: bytes, key: str) -> bool:
    """Whether ``body`` ends with the HMAC that only a holder of ``key`` can make. Without a key nothing is."""
    before, _, shown = body.rpartition(b"&hmac=")
    seal = hmac.new(key.encode(), before, hashlib.sha1).hexdigest()
    return bool(key) and hmac.compare_digest(shown.strip().lower(), seal.encode())


def parse_aml_post(body: bytes) -> AmlPost:
    """What a telephone posted; fields that nobody can read are left out. Never raises."""
    said = dict(parse_qsl(body.decode("utf-8", "replace")))
    millis = number_in(said.get("location_time", ""))
    place = place_of(
        number_in(said.get("location_latitude", "")),
        number_in(said.get("location_longitude", "")),
        number_in(said.get("location_accuracy", "")),
        unix_time(None if millis is None else millis / 1000),
        _sureness(said),
        SOURCES.get(said.get("location_source", "").strip().lower(), UNKNOWN),
    )
    return AmlPost(sender_of(said.get("device_number", ""))[:LONGEST_NUMBER], place)


def _sureness(said: Mapping[str, str]) -> float | None:
    share = number_in(said.get("location_confidence", ""))
    return number_in(said.get("location_certainty", "")) if share is None else share * 100
