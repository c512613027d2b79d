"""PDUs as the network makes and reads them: SMS-DELIVER and SMS-STATUS-REPORT out, SMS-SUBMIT in. 3GPP TS 23.040."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from tests.modems import septets

SMSC: Final = "+628115550000"
WITA: Final = timezone(timedelta(hours=8))
REPORT_ASKED: Final = 0x20
HEADED: Final = 0x40


@dataclass(frozen=True, slots=True)
class Submitted:
    """One SMS-SUBMIT that left: what the telephone at the other end would see, and what the network was told."""

    to: str
    text: str
    data: bytes
    coding: str  # "gsm7", "ucs2" or "8bit"
    header: bytes  # without its length
    report: bool
    validity: int | None  # TP-VP, relative form
    smsc: str
    flash: bool
    raw: bytes

    @property
    def joint(self) -> tuple[int, int, int] | None:
        """Reference, number of parts, this part; None for an SMS that stands alone."""
        header = self.header
        while len(header) >= 2:
            kind, length, value = header[0], header[1], header[2 : 2 + header[1]]
            if kind == 0 and length == 3:
                return value[0], value[1], value[2]
            if kind == 8 and length == 4:
                return int.from_bytes(value[:2]), value[2], value[3]
            header = header[2 + length :]
        return None


def deliver(
    sender: str,
    text: str = "",
    *,
    at: datetime | None = None,
    data: bytes | None = None,
    header: bytes = b"",
    flash: bool = False,
    ucs2: bool | None = None,
) -> bytes:
    """An SMS-DELIVER of ``text``, in GSM-7 where that holds it, or of ``data``; ``header`` without its length."""
    if data is not None:
        coding, length, body = 0x04, _headed_length(header) + len(data), _headed(header) + data
    elif ucs2 or (ucs2 is None and not septets.holds(text)):
        words = text.encode("utf-16-be", "surrogatepass")
        coding, length, body = 0x08, _headed_length(header) + len(words), _headed(header) + words
    else:
        coding, (length, body) = 0x00, septets.pack(text, _headed(header))
    if flash:
        coding |= 0x10
    first = 0x04 | (HEADED if header else 0)
    return bytes([*_smsc(), first, *_address(sender), 0, coding, *_stamp(at), length, *body])


def parts(
    sender: str, texts: Sequence[str], reference: int, *, at: datetime | None = None, wide: bool = False
) -> list[bytes]:
    """The SMS-DELIVER of each part of one text; ``wide``: references of 16 bits."""
    headers = [_joint_header(reference, len(texts), number, wide) for number in range(1, len(texts) + 1)]
    ucs2 = not all(map(septets.holds, texts))
    return [deliver(sender, text, at=at, header=header, ucs2=ucs2) for text, header in zip(texts, headers, strict=True)]


def data_sms(sender: str, data: bytes, port: int, *, at: datetime | None = None) -> bytes:
    """A binary SMS to ``port``, as AML's data SMS is."""
    return deliver(sender, data=data, header=bytes([5, 4]) + port.to_bytes(2) + bytes(2), at=at)


def status_report(reference: int, to: str, status: int = 0, *, at: datetime | None = None) -> bytes:
    """What the network says of SMS ``reference``: 0 delivered, 0x40 and more failed for good, 0x20 still trying."""
    return bytes([*_smsc(), 0x06, reference, *_address(to), *_stamp(at), *_stamp(at), status])


def read_submit(raw: bytes) -> Submitted:
    """The SMS-SUBMIT that a modem got from its computer, with the SMSC before it."""
    smsc_end = 1 + raw[0]
    smsc = "+" + _unswap(raw[2:smsc_end]) if raw[0] > 1 else ""
    first, digits, kind = raw[smsc_end], raw[smsc_end + 2], raw[smsc_end + 3]
    end = smsc_end + 4 + (digits + 1) // 2
    to = ("+" if kind == 0x91 else "") + _unswap(raw[smsc_end + 4 : end])[:digits]
    coding, cursor = raw[end + 1], end + 2
    has_validity = (first & 0x18) == 0x10
    validity = raw[cursor] if has_validity else None
    cursor += {0x00: 0, 0x10: 1, 0x08: 7, 0x18: 7}[first & 0x18]
    length, body = raw[cursor], raw[cursor + 1 :]
    header = body[1 : 1 + body[0]] if first & HEADED else b""
    skip = len(header) + 1 if first & HEADED else 0
    name = {0: "gsm7", 4: "8bit", 8: "ucs2"}[coding & 0x0C]
    text = ""
    if name == "gsm7":
        text = septets.unpack(body, length, skip)
    elif name == "ucs2":
        text = body[skip:length].decode("utf-16-be")
    data = body[skip:length] if name == "8bit" else b""
    flash = (coding & 0x13) == 0x10
    return Submitted(to, text, data, name, header, bool(first & REPORT_ASKED), validity, smsc, flash, raw)


def _joint_header(reference: int, total: int, number: int, wide: bool) -> bytes:
    if wide:
        return bytes([8, 4]) + reference.to_bytes(2) + bytes([total, number])
    return bytes([0, 3, reference & 0xFF, total, number])


def _headed(header: bytes) -> bytes:
    return bytes([len(header)]) + header if header else b""


def _headed_length(header: bytes) -> int:
    return len(header) + 1 if header else 0


def _smsc() -> bytes:
    packed = _swap(SMSC[1:])
    return bytes([len(packed) + 1, 0x91]) + packed


def _address(number: str) -> bytes:
    """An address field: its length in half-octets, its kind, and the number; a name goes as GSM-7."""
    digits = number.removeprefix("+")
    if digits.isdigit():
        return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + _swap(digits)
    _, packed = septets.pack(number)
    return bytes([(len(number) * 7 + 3) // 4, 0xD0]) + packed


def _swap(digits: str) -> bytes:
    even = digits + "F" * (len(digits) % 2)
    return bytes(int(even[i + 1] + even[i], 16) for i in range(0, len(even), 2))


def _unswap(packed: bytes) -> str:
    return "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in packed).rstrip("f")


def _stamp(at: datetime | None) -> bytes:
    """A service centre's time stamp in WITA: 32 quarters of an hour ahead of UTC."""
    local = (at or datetime.now(WITA)).astimezone(WITA)
    return _swap(local.strftime("%y%m%d%H%M%S") + "32")
