"""Reads the log that Gammu writes of one call: what its API leaves out.

Gammu's own functions give neither the octets of an SMS nor the place of one that it cannot read, and of a failed
submission only that it failed. Its log (``logformat = textall``) has all three. It lives in memory (a memfd of the
parent), begins anew with each call, and outlives the child that wrote it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LOG_FORMAT: Final = "textall"
LONGEST: Final = 1 << 22  # octets of one call's log; the file behind it only grows, and is a hole up to there
_REPLY: Final = re.compile(r'^\d+ "(.*)"$')
_ROW: Final = re.compile(r"\+CMG[LR]: *(\d+)")
_LISTED: Final = re.compile(r"^ATGEN folder \d+ & location (-?\d+) -> SMS folder \d+ & location (\d+)")
_READ: Final = re.compile(r"^SMS folder \d+ & location (\d+) -> ATGEN folder \d+ & location (-?\d+)")
_DIRECT: Final = re.compile(r"\+(CMT|CDS): ")
_LISTING: Final = "SMS listing received"
_NEWS: Final = ("+CMTI", "+CDSI", "+CLIP", "+CRING", "RING", "+CUSD", "+CREG", "+CGREG", "^")
_REFUSED: Final = re.compile(r"\+CM[ES] ERROR: *(\d+) *")
_PROMPT: Final = re.compile(r'^\d+ ">', re.MULTILINE)
_ENDED: Final = re.compile(r"^Sending SMS\n.*^1A\b", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stored:
    """One SMS in the modem's memory."""

    location: int  # Gammu's own, over all memories
    index: int  # the modem's, in the memory that was listed
    pdu: bytes  # what stands there as it stands, where it is no hexadecimal


def stored_in(log: str) -> list[Stored]:
    """What a listing (or, with modems that cannot list, one reading) found."""
    lines = log.splitlines()
    # Only what Gammu says of the listing itself: news of an SMS that comes meanwhile names places, too.
    begin = lines.index(_LISTING) if _LISTING in lines else len(lines)
    listed = [(int(found[2]), int(found[1])) for line in lines[begin:] if (found := _LISTED.match(line))]
    read = [(int(found[1]), int(found[2])) for line in lines if (found := _READ.match(line))]
    rows = rows_of(_replies(lines))
    if not listed:
        return [Stored(location, index, pdu) for (location, index), (_, pdu) in zip(read[-1:], rows, strict=False)]
    # A strange line between two rows ends Gammu's listing early: what came before it stands.
    octets = dict(rows)
    return [Stored(location, index, octets[index]) for location, index in listed if index in octets]


def rows_of(answer: Iterable[str]) -> list[tuple[int, bytes]]:
    """Index and octets of each SMS in a modem's answer to CMGL or CMGR; b"" for a row without octets."""
    rows: list[tuple[int, bytes]] = []
    waits = False
    for line in answer:
        if found := _ROW.match(line):
            rows.append((int(found[1]), b""))
        elif waits and line.startswith(_NEWS):
            continue  # it stands between a row and its octets
        elif waits and line != "OK":
            rows[-1] = (rows[-1][0], octets_of(line))
        waits = found is not None
    return rows


def direct_in(log: str) -> list[bytes]:
    """SMS that the modem does not store but says at once: flash SMS of many, delivery reports of some."""
    replies = _replies(log.splitlines())
    return [octets_of(after) for line, after in pairwise(replies) if _DIRECT.match(line)]


def read_in(log: str) -> list[bytes]:
    """What stood where an SMS was read, as before each deletion."""
    return [octets for _, octets in rows_of(_replies(log.splitlines())) if octets]


def _replies(lines: Iterable[str]) -> list[str]:
    """What the modem said, line by line."""
    return [found[1] for line in lines if (found := _REPLY.match(line))]


def octets_of(line: str) -> bytes:
    """The octets of a line in hexadecimal; the line itself where it is none."""
    try:
        return bytes.fromhex(line)
    except ValueError:
        return line.encode("utf-8", "replace")


def refused_with(log: str) -> int | None:
    """The last +CMS or +CME error of the modem.

    Only where Gammu says what it took as a line: its dump of the octets beside has the same words, cut at any place.
    """
    codes = [found[1] for line in _replies(log.splitlines()) if (found := _REFUSED.fullmatch(line))]
    return int(codes[-1]) if codes else None


def may_have_left(log: str) -> bool:
    """Whether the end of an SMS was written to the modem: before that, nothing leaves."""
    return _ENDED.search(log) is not None


def prompt_came(log: str) -> bool:
    """Whether the modem took an SMS at all.

    Gammu takes anything that comes for the prompt, such as the news of an SMS that just arrived, and writes on.
    """
    return _PROMPT.search(log) is not None


def index_of(log: str) -> int | None:
    """Where the modem keeps the SMS that was read or deleted last."""
    found = [match for line in log.splitlines() if (match := _READ.match(line))]
    return int(found[-1][2]) if found else None


class WireLog:
    """The log of the call that runs, on either side of the process border."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._begin = 0

    @property
    def path(self) -> str:
        return f"/proc/self/fd/{self.descriptor}"

    def begin(self) -> None:
        """Forget what was: Gammu goes on writing behind the hole."""
        self._begin = os.fstat(self.descriptor).st_size or self._begin
        os.ftruncate(self.descriptor, 0)

    def read(self) -> str:
        """What was written since ``begin``; the parent, who does not know where that was, gets its end."""
        end = os.fstat(self.descriptor).st_size
        begin = max(self._begin, end - LONGEST, 0)
        return os.pread(self.descriptor, max(0, end - begin), begin).lstrip(b"\0").decode("utf-8", "replace")
