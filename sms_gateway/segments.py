"""What a text costs as SMS, and how it is cut. 3GPP TS 23.038 (GSM 7-bit) and 23.040 (concatenation).

One SMS holds 160 septets, or 70 UTF-16 units once a single character lies outside GSM-7. Longer texts go in parts
of 153 or 67, the rest being the header that joins them again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Encoding = Literal["gsm7", "ucs2"]

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = frozenset("\f^{}\\[~]|€")  # two septets each: escape and character, never parted
ALONE: Final[dict[Encoding, int]] = {"gsm7": 160, "ucs2": 70}
JOINED: Final[dict[Encoding, int]] = {"gsm7": 153, "ucs2": 67}

# What word processors and keyboards put in, and the nearest that GSM-7 has.
_NEAREST: Final = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\t", " "),
    **dict.fromkeys("•·∙●▪", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u00ad", ""),
    "…": "...",
    "→": "->",
    "←": "<-",
    "×": "x",
    "÷": "/",
    "°": " derajat ",
    "≤": "<=",
    "≥": ">=",
}
_PICTURES: Final = re.compile(
    "["
    "\U0001f000-\U0001faff"  # pictures, faces, flags, skin tones
    "\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff"  # clocks, weather, marks, stars
    "\u203c\u2049\u3030\u303d\u3297\u3299"
    "\u200d\ufe0f\u20e3"  # what joins pictures and makes keys of digits
    "\U000e0020-\U000e007f"  # flags of regions
    "]+"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What staff see while they write: ``units`` of ``encoding`` used, in ``parts`` SMS; ``left`` in the last one."""

    encoding: Encoding
    units: int
    parts: int
    left: int


def encoding_of(text: str) -> Encoding:
    """GSM-7 where every character has a place in it, else UCS-2."""
    return "gsm7" if BASIC.union(EXTENSION).issuperset(text) else "ucs2"


def split(text: str) -> list[str]:
    """``text`` as the SMS that carry it; joined again they are ``text``. An empty text is one empty SMS.

    Neither an extension character nor a surrogate pair is parted.
    """
    encoding = encoding_of(text)
    if _units(text, encoding) <= ALONE[encoding]:
        return [text]
    return list(_parts(text, encoding))


def parts(text: str) -> Cost:
    """The cost of ``text`` as it stands."""
    encoding, pieces = encoding_of(text), split(text)
    room = ALONE[encoding] if len(pieces) == 1 else JOINED[encoding]
    units = sum(_units(piece, encoding) for piece in pieces)
    return Cost(encoding, units, len(pieces), room - _units(pieces[-1], encoding))


def to_gsm7_if_close(text: str) -> str:
    """``text`` in GSM-7 where curly quotes, dashes, accents and the like are all that stands in the way.

    A text with something that GSM-7 cannot say at all stays as it is: it goes as UCS-2 anyway.
    """
    near = "".join(map(_nearest, text))
    return near if encoding_of(near) == "gsm7" else text


def without_pictures(text: str) -> str:
    """``text`` without emoji: each would more than halve the room in every part, and old phones show boxes."""
    bare = _PICTURES.sub(" ", text) if _PICTURES.search(text) else text
    return text if bare is text else re.sub(r" {2,}", " ", re.sub(r" +(?=[\n.,;:!?)]|$)|(?<=\n) +|^ +", "", bare))


def _parts(text: str, encoding: Encoding) -> Iterator[str]:
    begin, used = 0, 0
    for position, character in enumerate(text):
        width = _width(character, encoding)
        if used + width > JOINED[encoding]:
            yield text[begin:position]
            begin, used = position, 0
        used += width
    yield text[begin:]


def _units(text: str, encoding: Encoding) -> int:
    return sum(_width(character, encoding) for character in text)


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "gsm7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _nearest(character: str) -> str:
    if character in BASIC or character in EXTENSION:
        return character
    if character in _NEAREST:
        return _NEAREST[character]
    plain = "".join(
        one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one)
    )  # ê -> e, ² -> 2, ﬁ -> fi, full-width digits -> digits
    return plain if plain and encoding_of(plain) == "gsm7" else character
