"""What passes the door: bodies read as JSON, text made safe to keep, long text cut into parts that can be sent."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from bots.channel import Unreadable

LONGEST_TEXT: Final = 64 * 1024  # bytes of UTF-8 in one text; the inbox keeps the raw body whole
NOBODY: Final = (
    "unreadable"  # the chat of a message whose sender cannot be read: a human sees it, nobody can be answered
)
CUT: Final = "…"

Fields = dict[str, Any]


def clean_text(text: str) -> str:
    """``text`` without NUL and lone surrogates (no database takes them), at most 64 KiB; a longer one ends in "…"."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + CUT
    kept = text.encode("utf-8", "ignore")
    if len(kept) > LONGEST_TEXT:
        return kept[: LONGEST_TEXT - 3].decode("utf-8", "ignore") + CUT
    return kept.decode("utf-8")


def read_json(body: bytes) -> Fields:
    """The JSON object in ``body``, every text in it clean. Raises Unreadable.

    orjson refuses lone surrogates, a BOM, NaN and bad UTF-8, which must not cost a message: a slower reader takes them.
    """
    try:
        read = orjson.loads(body)
        doubtful = b"\\u0000" in body or len(body) > LONGEST_TEXT
    except orjson.JSONDecodeError:
        read = _read_leniently(body)
        doubtful = True
    if not isinstance(read, dict):
        raise Unreadable("not a JSON object")
    try:
        return _clean_object(read) if doubtful else read
    except RecursionError:
        raise Unreadable("nested too deeply") from None


def fields(content: Fields, name: str) -> Fields:
    """The object under ``name``; an empty one where there is none, so that one bad field costs only itself."""
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def rows(content: Fields, name: str) -> list[Any]:
    """The list under ``name``, or an empty one."""
    value = content.get(name)
    return value if isinstance(value, list) else []


def said(content: Fields, name: str) -> str:
    """The text under ``name``, or an empty one."""
    value = content.get(name)
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """A whole number of at most 64 bits, as providers' ids and sizes are."""
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def number(value: object) -> float | None:
    """A finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        finite = float(value)
    except OverflowError:
        return None
    return finite if math.isfinite(finite) else None


def moment(seconds: object, otherwise: datetime) -> datetime:
    """Unix time, as a number or in digits, as UTC; ``otherwise`` where it is neither or lies outside the calendar."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC) if isinstance(seconds, int | str) else otherwise
    except (ValueError, OverflowError, OSError):
        return otherwise


def pieces(text: str, longest: int, last: int | None = None) -> list[str]:
    """``text`` in parts of at most ``longest`` UTF-16 units (as providers count), the last of at most ``last``.

    Cut between lines or words where there are any. Nothing is left out but the white space at a cut.
    """
    last = last or longest
    parts = []
    while (width := _width(text)) > last:
        part = _up_to(text, max(2, width // 2) if width <= longest else longest)
        parts.append(part.strip())
        text = text[len(part) :]
    parts.append(text.strip() if parts else text)
    return [part for part in parts if part]


def short(text: str, longest: int) -> str:
    """``text`` in at most ``longest`` UTF-16 units, for a button or a row that the provider would otherwise refuse."""
    if _width(text) <= longest:
        return text
    return _prefix(text, longest - 1).rstrip() + CUT


def _read_leniently(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError:
        raise Unreadable("not JSON") from None


def _clean_object(read: Fields) -> Fields:
    return {clean_text(key): _clean(item) for key, item in read.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return _clean_object(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _width(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "ignore")) // 2


def _prefix(text: str, longest: int) -> str:
    return text.encode("utf-16-le", "ignore")[: longest * 2].decode("utf-16-le", "ignore")


def _up_to(text: str, longest: int) -> str:
    """The longest beginning of ``text`` that fits and ends with a line, else a word, else anywhere."""
    whole = _prefix(text, longest)
    for mark in ("\n", " "):
        end = whole.rfind(mark) + 1
        if end > len(whole) // 2:
            return whole[:end]
    return whole
