"""How what an aggregator says is read: places in it, conditions on it, times. Nothing here raises."""

from __future__ import annotations

import contextlib
import email.utils
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Final
from zoneinfo import ZoneInfo

from sms_gateway.aggregator_file import Conditions, Moment

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNIX: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?")


def at_path(value: object, steps: Iterable[str]) -> object:
    """What stands at a place; None where there is none."""
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and step.isdecimal() and len(step) < 6:
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def said(value: object, steps: Iterable[str]) -> str:
    """The word at a place: of text, number or truth; "" for everything else. Safe to keep."""
    found = at_path(value, steps)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | float):
        return str(int(found)) if isinstance(found, float) and found.is_integer() else str(found)
    return safe(found) if isinstance(found, str) else ""


def safe(text: str) -> str:
    """Without NUL and lone surrogates, which no database takes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def first_said(value: object, places: Iterable[Iterable[str]]) -> str:
    """The word at the first of several places that holds one."""
    return next((word for place in places if (word := said(value, place))), "")


def holds(value: object, conditions: Conditions) -> bool:
    """Whether everything stands where it should."""
    return all(fits(said(value, path.split(".")), patterns) for path, patterns in conditions.items())


def fits(word: str, patterns: Iterable[str]) -> bool:
    """Whether a word is one of these; case is nothing, ``*`` is anything but nothing."""
    low = word.strip().lower()
    return any(fnmatchcase(low, pattern.lower()) if low else not pattern for pattern in patterns)


def moment(value: object, read: Moment | None, now: datetime) -> datetime:
    """The time at a place, in UTC; ``now`` where it cannot be read, lies ahead, or lies long before us."""
    if read is None:
        return now
    # strptime and fromisoformat fail on what is no time, astimezone at the ends of the calendar
    with contextlib.suppress(ValueError, OverflowError, OSError, TypeError):
        found = _moment(said(value, read.path).strip(), read.as_written)
        if found is not None:
            utc = (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(read.zone))).astimezone(UTC)
            return min(utc, now) if utc >= EARLIEST else now
    return now


def _moment(word: str, written: str) -> datetime | None:
    if written in ("unix", "unix_ms"):
        seconds = float(word) / (1000 if written == "unix_ms" else 1) if _UNIX.fullmatch(word) else None
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    if written == "rfc2822":
        return email.utils.parsedate_to_datetime(word)
    return datetime.fromisoformat(word) if written == "iso" else datetime.strptime(word, written)  # noqa: DTZ007
