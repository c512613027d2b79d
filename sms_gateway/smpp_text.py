"""Text as SMPP carries it, both ways: alphabets, and the header that joins the parts of a long SMS.

GSM-7 goes with one octet a character, as SMPP has it, not packed. What an SMSC calls its default alphabet (data coding
0) is GSM-7 nearly everywhere; some have Latin-1, and their accounts say ``"alphabet": "latin1"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sms_gateway.pdu import BASIC, ESCAPE, EXTENSION
from sms_gateway.segments import ALONE, JOINED, encoding_of, split
from sms_gateway.smpp_pdu import ShortMessage, Tlv
from sms_gateway.user_data import Joint, joint_of, read_header, read_wide, without_halves

Alphabet = Literal["gsm7", "latin1"]
Kind = Literal["default", "gsm7", "8bit", "ucs2"]

HEADED: Final = 0x40  # of esm_class: a header stands before the text
UCS2: Final = 8
MOST_PARTS: Final = 255
DISPLAY: Final = 1  # of dest_addr_subunit: to be shown at once
_CODECS: Final = {  # data codings of SMPP 3.4, 5.2.19
    1: "latin-1",  # IA5; its upper half is not used, so that Latin-1 reads it too
    3: "latin-1",
    5: "iso2022_jp",
    6: "iso8859_5",
    7: "iso8859_8",
    10: "iso2022_jp",
    13: "euc_jp",
    14: "euc_kr",
}
_OCTETS: Final = {character: bytes((place,)) for place, character in enumerate(BASIC) if place != ESCAPE} | {
    character: bytes((ESCAPE, place)) for place, character in EXTENSION.items()
}


@dataclass(frozen=True, slots=True)
class Said:
    """What one deliver_sm says. ``text`` may begin or end with half a surrogate pair where it is a part."""

    text: str
    joint: Joint | None = None
    flash: bool = False
    data: bytes | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One SMS ready to leave."""

    octets: bytes
    coding: int
    headed: bool


def pieces_of(text: str, alphabet: Alphabet, ref: int) -> list[Piece]:
    """``text`` as the SMS that carry it. ``ref``, of 8 bits, is how a telephone knows the parts of one.

    Raises ValueError where there would be more than 255.
    """
    ucs2 = encoding_of(text) == "ucs2" or (alphabet == "latin1" and not _in_latin1(text))
    parts = _wide_parts(text) if ucs2 else split(text)
    encoded = [_encode(part, ucs2, alphabet) for part in parts]
    if len(parts) > MOST_PARTS:
        raise ValueError(f"{len(parts)} parts, but a header counts to {MOST_PARTS}")
    coding = UCS2 if ucs2 else 0
    if len(encoded) == 1:
        return [Piece(encoded[0], coding, headed=False)]
    heads = (bytes((5, 0, 3, ref & 0xFF, len(encoded), place)) for place in range(1, len(encoded) + 1))
    return [Piece(head + octets, coding, headed=True) for head, octets in zip(heads, encoded, strict=True)]


def read_text(message: ShortMessage, alphabet: Alphabet) -> Said:
    """Never raises: what an alphabet has no character for is shown as U+FFFD."""
    header, octets = _without_header(message)
    joint, port = read_header(header)
    joint = joint or _sar(message)
    port = message.number(Tlv.DESTINATION_PORT) if port is None else port
    kind = _kind(message.coding)
    flash = _is_flash(message.coding) or message.number(Tlv.DEST_ADDR_SUBUNIT) == DISPLAY
    if kind == "8bit":
        return Said("", joint, flash, octets, port)
    text = _decode(octets, kind, message.coding, alphabet)
    return Said(text if joint else without_halves(text), joint, flash, None, port)


def gsm7(octets: bytes) -> str:
    """One octet a character. An octet that GSM-7 does not have is read as Latin-1: it says more than a gap."""
    text, escaped = [], False
    for octet in octets:
        if octet == ESCAPE and not escaped:
            escaped = True
            continue
        plain = chr(octet) if octet > 0x7F else BASIC[octet] if octet != ESCAPE else " "
        text.append(EXTENSION.get(octet, plain) if escaped else plain)
        escaped = False
    return "".join(text)


def _in_latin1(text: str) -> bool:
    return all(ord(character) < 0x100 for character in text)


def _wide_parts(text: str) -> Sequence[str]:
    """What is UCS-2 only because the SMSC's alphabet is not GSM-7 is cut here; it holds no surrogate pair."""
    if encoding_of(text) == "ucs2":
        return split(text)
    room = JOINED["ucs2"]
    return [text] if len(text) <= ALONE["ucs2"] else [text[at : at + room] for at in range(0, len(text), room)]


def _encode(part: str, ucs2: bool, alphabet: Alphabet) -> bytes:
    if ucs2:
        return part.encode("utf-16-be", "surrogatepass")
    return part.encode("latin-1") if alphabet == "latin1" else b"".join(_OCTETS[one] for one in part)


def _without_header(message: ShortMessage) -> tuple[bytes, bytes]:
    octets = message.octets
    if not message.esm_class & HEADED or not octets or octets[0] >= len(octets):
        return b"", octets
    return octets[1 : 1 + octets[0]], octets[1 + octets[0] :]


def _sar(message: ShortMessage) -> Joint | None:
    ref, total, seq = (
        message.number(tag) for tag in (Tlv.SAR_MSG_REF_NUM, Tlv.SAR_TOTAL_SEGMENTS, Tlv.SAR_SEGMENT_SEQNUM)
    )
    return None if ref is None or total is None or seq is None else joint_of(ref & 0xFFFF, total, seq)


def _kind(coding: int) -> Kind:
    """0 to 15 as SMPP has them; what lies above is the SMSC's own, who then hand over GSM's scheme (TS 23.038, 4)."""
    if coding < 0x10:
        return "8bit" if coding in (2, 4) else "ucs2" if coding == UCS2 else "default"
    if coding < 0x80:
        kinds: tuple[Kind, ...] = ("gsm7", "8bit", "ucs2", "gsm7")
        return kinds[coding >> 2 & 3]
    if coding >> 4 == 0xE:
        return "ucs2"
    return "8bit" if coding >> 4 == 0xF and coding & 4 else "gsm7"


def _is_flash(coding: int) -> bool:
    return (0x10 <= coding < 0x80 and bool(coding & 0x10) and coding & 3 == 0) or (coding >= 0xF0 and coding & 3 == 0)


def _decode(octets: bytes, kind: Kind, coding: int, alphabet: Alphabet) -> str:
    if kind == "ucs2":
        return read_wide(octets)
    if kind == "default" and coding in _CODECS:
        return octets.decode(_CODECS[coding], "replace")
    return octets.decode("latin-1") if kind == "default" and alphabet == "latin1" else gsm7(octets)
