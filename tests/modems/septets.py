"""The GSM 7-bit alphabet, packed eight characters to seven octets. 3GPP TS 23.038."""

from __future__ import annotations

from typing import Final

GSM7: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {
    "\f": 10,
    "^": 20,
    "{": 40,
    "}": 41,
    "\\": 47,
    "[": 60,
    "~": 61,
    "]": 62,
    "|": 64,
    "€": 101,
}


def holds(text: str) -> bool:
    return all(character in EXTENSION or (character in GSM7 and character != "\x1b") for character in text)


def pack(text: str, head: bytes = b"") -> tuple[int, bytes]:
    """Length in septets and the packed octets, the text beginning on a septet border behind ``head``."""
    septets: list[int] = []
    for character in text:
        septets += [0x1B, EXTENSION[character]] if character in EXTENSION else [GSM7.index(character)]
    skipped = (len(head) * 8 + 6) // 7
    number = int.from_bytes(head, "little")
    for position, septet in enumerate(septets):
        number |= septet << (7 * (skipped + position))
    total = skipped + len(septets)
    return total, number.to_bytes((total * 7 + 7) // 8, "little")


def unpack(packed: bytes, length: int, head: int = 0) -> str:
    """The text of ``length`` septets behind ``head`` octets."""
    number, first = int.from_bytes(packed, "little"), (head * 8 + 6) // 7
    back, text, escaped = {code: character for character, code in EXTENSION.items()}, "", False
    for position in range(first, length):
        septet = (number >> (7 * position)) & 0x7F
        if escaped:
            text, escaped = text + back.get(septet, " "), False
        elif septet == 0x1B:
            escaped = True
        else:
            text += GSM7[septet]
    return text
