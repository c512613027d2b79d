"""The user data of a short message, however it came, from a modem or by SMPP: its header, and text in two octets.

3GPP TS 23.040, 9.2.3.24.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a part belongs: the sender's number for the whole SMS, how many parts, and which this is (from 1)."""

    ref: int
    total: int
    seq: int


def joint_of(ref: int, total: int, seq: int) -> Joint | None:
    """None where the figures make no sense, or name the only part of a whole SMS."""
    return Joint(ref, total, seq) if 1 < total <= 255 and 1 <= seq <= total else None


def read_header(header: bytes) -> tuple[Joint | None, int | None]:
    """The elements that count here: concatenation and application port, of 8 or 16 bits each."""
    joint, port = None, None
    while len(header) >= 2:
        kind, value = header[0], header[2 : 2 + header[1]]
        if kind in (0, 8) and len(value) == (3 if kind == 0 else 4):
            joint = joint_of(int.from_bytes(value[:-2]), value[-2], value[-1])
        elif kind in (4, 5) and len(value) == (2 if kind == 4 else 4):
            port = int.from_bytes(value[: len(value) // 2])
        header = header[2 + header[1] :]
    return joint, port


def read_wide(octets: bytes) -> str:
    """UCS-2, really UTF-16; a part may begin or end with half a surrogate pair."""
    return octets[: len(octets) & ~1].decode("utf-16-be", "surrogatepass")


def without_halves(text: str) -> str:
    """The text with U+FFFD for every half of a surrogate pair that stands alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
