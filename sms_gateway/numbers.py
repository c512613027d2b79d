"""Senders and addressees of SMS: real numbers as E.164, everything else as it came."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, carrier

REGION: Final = "ID"
SHORTEST: Final = 8  # digits after "+"; below lie short codes such as 112, 888 or 1818


def to_e164(raw: str, region: str = REGION) -> str | None:
    """``raw`` as E.164, or None for what is no subscriber's number: "TELKOMSEL", a short code, an empty sender.

    Takes 0812…, 62812…, +62 812-…, 0062812… and, as some SMSCs hand it over, 812… without the zero.
    """
    written = raw.strip()
    if any(character.isalpha() for character in written):
        return None  # phonenumbers would read the letters of a name as keys of a telephone
    if written.startswith("00"):
        written = f"+{written[2:]}"
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    found = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if len(found) <= SHORTEST or not phonenumbers.is_possible_number(number):
        return None
    return found if _is_meant(written, number, region) else None


def sender_of(raw: str, region: str = REGION) -> str:
    """Whom an SMS came from: E.164, or as it came for names and short codes."""
    return to_e164(raw, region) or raw.strip()


def can_answer(address: str) -> bool:
    """Whether an SMS can be sent to it: to a subscriber's number, not to a name nor a short code."""
    return to_e164(address) == address


@lru_cache(10_000)
def operator_of(number: str) -> str:
    """Whose prefix the E.164 ``number`` bears: "telkomsel", "indosat", "xl", "axis", "smartfren", or "" for nobody's.

    A number that its owner took along to another operator keeps the prefix; Indonesia has no such thing yet.
    """
    try:
        name = carrier.name_for_number(phonenumbers.parse(number, None), "en")
    except NumberParseException:
        return ""
    return name.split()[0].lower() if name else ""


def _is_meant(written: str, number: phonenumbers.PhoneNumber, region: str) -> bool:
    """A national number must exist in its country; digits that merely have the right length stay as they came."""
    return written.startswith("+") or phonenumbers.is_valid_number_for_region(number, region)
