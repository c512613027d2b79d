"""What a gateway must not forget: parts of SMS that are not whole yet, and whose delivery a report will tell of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from sms_gateway.gateway import SmsReport

APART: Final = timedelta(hours=1)  # a part that comes later than this after the last belongs to another SMS
REMEMBERED: Final = timedelta(days=1)  # a part that is handed over again is known so long
AWAITED: Final = timedelta(days=3)  # a report that comes later tells nothing of use
MISSING: Final = "[…]"


@dataclass(frozen=True, slots=True)
class Part:
    """One PDU of a longer SMS, as a line heard it."""

    city: str
    line: str
    sender: str
    smsc_at: datetime  # UTC
    ref: int  # the sender's own number for the whole SMS: 8 or 16 bits, used again soon
    total: int
    seq: int  # 1 to ``total``
    text: str  # may begin or end with half a surrogate pair
    pdu: bytes

    @property
    def key(self) -> str:
        """The same for the same PDU."""
        return hashlib.sha256(f"{self.sender}\0{int(self.smsc_at.timestamp())}\0".encode() + self.pdu).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Kept:
    """A part as it is kept. ``group`` is the key of the first part that came of the same SMS."""

    part: Part
    group: str
    at: datetime
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The parts of one SMS, by their place in it."""

    key: str
    parts: tuple[Part, ...]

    @property
    def whole(self) -> bool:
        return len(self.parts) == self.parts[0].total

    @property
    def text(self) -> str:
        """The parts joined, halves of surrogate pairs with them; ``MISSING`` for each gap."""
        text, expected = "", 1
        for part in self.parts:
            text += (MISSING if part.seq > expected else "") + part.text
            expected = part.seq + 1
        text += MISSING if expected <= self.parts[0].total else ""
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class SentPart:
    """One PDU that left. ``network_ref`` is what the network's report on it will carry."""

    city: str
    line: str
    to: str  # E.164
    network_ref: str
    reference: str  # of the whole SMS
    part: int
    parts: int
    at: datetime


class SmsStore(Protocol):
    """Durable when a method returns."""

    async def keep(self, part: Part, now: datetime) -> Group | None:
        """Keep ``part``, once; returns the whole SMS that it completes. None as well for one that was heard before."""

    async def waiting(self, city: str, line: str, now: datetime) -> Sequence[Group]:
        """What is whole but was not heard (a crash came between), and what has waited in vain for ``APART``."""

    async def done(self, group: Group, now: datetime) -> None:
        """``group`` was heard: it is not handed over again, nor are its parts should they come again."""

    async def note_sent(self, parts: Sequence[SentPart]) -> None:
        """These left; their reports will come."""

    async def note_report(
        self, city: str, line: str, network_ref: str, to: str | None, state: str, at: datetime, error: str | None = None
    ) -> SmsReport | None:
        """What a report says of a whole SMS: delivered once all parts are, failed with the first. None: nothing yet."""

    async def note_refused_pin(self, city: str, line: str, mark: str, at: datetime) -> None:
        """The SIM of ``line`` refused a PIN; ``mark`` (40 characters at most) stands for modem and PIN."""

    async def refused_pins(self, city: str, line: str) -> frozenset[str]:
        """The marks of all PINs that were refused."""


def group_for(part: Part, kept: Iterable[Kept], now: datetime) -> str:
    """The group that ``part`` belongs to among what is ``kept`` of its sender, line, reference and length, or its own.

    References are used again after 256 SMS, or when a telephone starts: a place that is taken, or a long silence,
    means another SMS.
    """
    groups: dict[str, list[Kept]] = {}
    for one in kept:
        groups.setdefault(one.group, []).append(one)
    for key, members in sorted(groups.items(), key=lambda item: max(one.at for one in item[1]), reverse=True):
        taken = part.seq in {one.part.seq for one in members}
        if not taken and now - max(one.at for one in members) < APART and not any(one.heard for one in members):
            return key
    return part.key


def groups_of(kept: Iterable[Kept]) -> list[tuple[Group, datetime]]:
    """What is kept, as SMS, each with the time of its latest part; oldest first."""
    groups: dict[str, list[Kept]] = {}
    for one in kept:
        groups.setdefault(one.group, []).append(one)
    found = [
        (
            Group(key, tuple(sorted((one.part for one in members), key=lambda part: part.seq))),
            max(one.at for one in members),
        )
        for key, members in groups.items()
    ]
    return sorted(found, key=lambda item: item[1])


def is_due(group: Group, latest: datetime, now: datetime) -> bool:
    """Whether nothing more is waited for."""
    return group.whole or now - latest >= APART


class MemoryStore:
    """A store that forgets with its process: for tests, and for lines that exist in memory only."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._sent: dict[tuple[str, str, str, str], SentPart] = {}
        self._delivered: dict[str, set[int]] = {}
        self._refused_pins: set[tuple[str, str, str]] = set()

    async def keep(self, part: Part, now: datetime) -> Group | None:
        if part.key not in self._kept:
            same = [one for one in self._kept.values() if _alike(one.part) == _alike(part)]
            self._kept[part.key] = Kept(part, group_for(part, same, now), now)
        one = self._kept[part.key]
        [(group, _)] = groups_of(other for other in self._kept.values() if other.group == one.group)
        return group if group.whole and not one.heard else None

    async def waiting(self, city: str, line: str, now: datetime) -> Sequence[Group]:
        kept = [one for one in self._kept.values() if not one.heard and (one.part.city, one.part.line) == (city, line)]
        return [group for group, latest in groups_of(kept) if is_due(group, latest, now)]

    async def done(self, group: Group, now: datetime) -> None:
        for part in group.parts:
            self._kept[part.key] = replace(self._kept[part.key], heard=True)
        self._kept = {key: one for key, one in self._kept.items() if not one.heard or now - one.at < REMEMBERED}

    async def note_sent(self, parts: Sequence[SentPart]) -> None:
        self._sent |= {(one.city, one.line, one.network_ref, one.to): one for one in parts}

    async def note_report(
        self, city: str, line: str, network_ref: str, to: str | None, state: str, at: datetime, error: str | None = None
    ) -> SmsReport | None:
        told_of = [
            one
            for key, one in self._sent.items()
            if key[:3] == (city, line, network_ref) and to in (None, one.to) and at - one.at < AWAITED
        ]
        if not told_of:
            return None
        sent = max(told_of, key=lambda one: one.at)
        if state == "failed":
            return SmsReport(sent.reference, state, at, error)
        delivered = self._delivered.setdefault(sent.reference, set())
        delivered.add(sent.part)
        return SmsReport(sent.reference, state, at) if len(delivered) == sent.parts else None

    async def note_refused_pin(self, city: str, line: str, mark: str, at: datetime) -> None:  # noqa: ARG002
        self._refused_pins.add((city, line, mark))

    async def refused_pins(self, city: str, line: str) -> frozenset[str]:
        return frozenset(mark for *where, mark in self._refused_pins if where == [city, line])


def _alike(part: Part) -> tuple[str, str, str, int, int]:
    return part.city, part.line, part.sender, part.ref, part.total
