"""Reads what a modem has stored: SMS-DELIVER and SMS-STATUS-REPORT, octet by octet. 3GPP TS 23.040 and 23.038.

Gammu reads PDUs too, but its text runs past its end where there are characters of the extension table, it loses the
halves of surrogate pairs between two parts, and it gives no octets for a PDU that it cannot read. ``read`` never
raises: what nobody can read is None, and is shown as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Literal

from sms_gateway.user_data import Joint, read_header, read_wide, without_halves

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|", 101: "€"}
ESCAPE: Final = 0x1B
DIGITS: Final = "0123456789*#abc"
DELIVER: Final = 0  # the message type, in a PDU that comes from the network
STATUS_REPORT: Final = 2
HEADED: Final = 0x40
Coding = Literal["gsm7", "8bit", "ucs2"]


@dataclass(frozen=True, slots=True)
class Deliver:
    """One SMS, or one part of one. ``text`` may begin or end with half a surrogate pair where it is a part."""

    sender: str  # as the network wrote it: "+62…", digits, or a name
    at: datetime | None  # UTC, by the SMSC's clock; None where that makes no sense
    text: str
    flash: bool = False  # class 0
    joint: Joint | None = None
    data: bytes | None = None  # user data that is no text
    port: int | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What the network says of an SMS that left under ``reference``."""

    reference: int
    to: str
    at: datetime | None  # when it was delivered, or given up
    status: int

    @property
    def state(self) -> Literal["delivered", "failed"] | None:
        """None while the SMSC still tries. TS 23.040, 9.2.3.15."""
        if self.status < 0x20:
            return "delivered"
        return None if self.status < 0x40 else "failed"

    @property
    def error(self) -> str | None:
        return _ERRORS.get(self.status, f"status {self.status}") if self.state == "failed" else None


_ERRORS: Final = {
    0x40: "the network could not transfer it",
    0x41: "the telephone does not take it",
    0x42: "rejected by the SMSC",
    0x43: "not obtainable",
    0x44: "no agreement between the networks",
    0x45: "no such number",
    0x46: "not delivered before it ran out",
    0x47: "deleted by its sender",
    0x48: "deleted by the network",
    0x49: "the SMSC does not know it",
}


class _Short(ValueError):
    """The octets end before the PDU does."""


@dataclass(slots=True)
class _Octets:
    """What is left to read."""

    rest: bytes

    def take(self, length: int) -> bytes:
        if length > len(self.rest):
            raise _Short
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def one(self) -> int:
        return self.take(1)[0]


def read(pdu: bytes) -> Deliver | StatusReport | None:
    """What ``pdu``, with the SMSC before it, says. None: nothing that anybody can read."""
    octets = _Octets(pdu)
    try:
        octets.take(octets.one())  # the SMSC
        first = octets.one()
        if first & 3 == DELIVER:
            return _deliver(octets, bool(first & HEADED))
        return _status_report(octets) if first & 3 == STATUS_REPORT else None
    except _Short:
        return None


def is_own(pdu: bytes) -> bool:
    """Whether this is an SMS-SUBMIT: one that somebody saved on the SIM, not one that came."""
    return len(pdu) > pdu[0] + 1 and pdu[pdu[0] + 1] & 3 == 1 if pdu else False


def _deliver(octets: _Octets, headed: bool) -> Deliver | None:
    sender = _address(octets)
    octets.one()  # protocol identifier
    scheme = octets.one()
    at = _moment(octets.take(7))
    length = octets.one()
    coding = _coding(scheme)
    if coding is None:
        return None
    header = octets.rest[1 : 1 + octets.rest[0]] if headed and octets.rest else b""
    skip = len(header) + 1 if headed and octets.rest else 0
    joint, port = read_header(header)
    if coding == "8bit":
        return Deliver(sender, at, "", _is_flash(scheme), joint, octets.rest[skip:length], port)
    text = _septets(octets.rest, length, skip) if coding == "gsm7" else read_wide(octets.rest[skip:length])
    return Deliver(sender, at, text if joint else without_halves(text), _is_flash(scheme), joint, None, port)


def _status_report(octets: _Octets) -> StatusReport:
    reference, to = octets.one(), _address(octets)
    octets.take(7)  # when the SMSC got it
    return StatusReport(reference, to, _moment(octets.take(7)), octets.one())


def _address(octets: _Octets) -> str:
    """An address field: its length in half-octets, its kind, its number, or a name in GSM-7."""
    length, kind = octets.one(), octets.one()
    packed = octets.take((length + 1) // 2)
    if kind & 0x70 == 0x50:
        return _septets(packed, length * 4 // 7, 0).strip()
    halves = [half for octet in packed for half in (octet & 15, octet >> 4)][:length]
    number = "".join(DIGITS[half] for half in halves if half < len(DIGITS))
    return f"+{number}" if kind & 0x70 == 0x10 and number else number


def _moment(stamp: bytes) -> datetime | None:
    """A time stamp: swapped digits, and the quarters of an hour that its place is ahead of UTC."""
    if any(octet >> 4 > 9 or octet & 15 > 9 for octet in stamp[:6]):
        return None
    year, month, day, hour, minute, second = ((octet & 15) * 10 + (octet >> 4) for octet in stamp[:6])
    quarters = (stamp[6] & 7) * 10 + (stamp[6] >> 4)
    ahead = timedelta(minutes=15 * quarters) * (-1 if stamp[6] & 8 else 1)
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=timezone(ahead)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _coding(scheme: int) -> Coding | None:
    """The alphabet of a data coding scheme (TS 23.038, 4); None for compressed text, which no telephone here sends."""
    group = scheme >> 4
    if group < 8:
        known: tuple[Coding, ...] = ("gsm7", "8bit", "ucs2", "gsm7")
        return None if scheme & 0x20 else known[scheme >> 2 & 3]
    if group == 0xE:
        return "ucs2"
    return "8bit" if group == 0xF and scheme & 4 else "gsm7"


def _is_flash(scheme: int) -> bool:
    has_class = (scheme < 0x80 and bool(scheme & 0x10)) or scheme >= 0xF0
    return has_class and scheme & 3 == 0


def _septets(packed: bytes, length: int, skip: int) -> str:
    """``length`` septets, those under the first ``skip`` octets left out. Fewer where the octets end before."""
    number, first = int.from_bytes(packed, "little"), (skip * 8 + 6) // 7
    text, escaped = [], False
    for position in range(first, min(length, len(packed) * 8 // 7)):
        septet = number >> 7 * position & 0x7F
        if escaped:
            text.append(EXTENSION.get(septet, BASIC[septet]))
        elif septet != ESCAPE:
            text.append(BASIC[septet])
        escaped = septet == ESCAPE and not escaped
    return "".join(text)
