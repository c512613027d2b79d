"""What the classifier sees of a message: words, pairs of words, and flags from the rules.

Every unit counts once for every time that it stands there. A word's letters count too (`grams`), so that a word never
seen is judged by the words that look like it.
"""

from __future__ import annotations

from itertools import pairwise

from nlu.clean import Cleaned
from nlu.danger import Reading

PAIR = " "  # inside a pair of words; no word holds it
FLAG = "@"  # before a flag; no word begins with it
AS_WRITTEN = "="  # before a word whose plain form differs: it tells the language
_SHORTEST, _LONGEST = 2, 5  # letters of a gram
_READ = 22  # letters of a word


def units_of(cleaned: Cleaned, reading: Reading) -> list[str]:
    """The units of one message, words first, in order."""
    words = ["#" * min(len(word), 4) if word.isdigit() else word for word in cleaned.words]
    units = words.copy()
    units.extend(map(PAIR.join, pairwise(words)))
    plain = set(words)
    units.extend([AS_WRITTEN + raw for raw in cleaned.raw if raw not in plain])  # "seng" and "tdk" are both tidak
    units.extend(_flags(cleaned, reading))
    return units


def _flags(cleaned: Cleaned, reading: Reading) -> set[str]:
    flags = {f"@c:{hit.group.name}" for hit in reading.certain}
    flags.update(f"@d:{hit.group.name}" for hit in reading.doubtful)
    flags.update(f"@h:{hit.group.name}" for hit in reading.hints)
    flags.update(f"@x:{name}" for name in reading.contexts)
    flags.update(f"@s:{sign}" for sign in reading.signs)
    if reading.certain:
        flags.add("@certain")
    if cleaned.asks:
        flags.add("@?")
    if cleaned.words:
        flags.add(f"@first:{cleaned.words[0]}")
        flags.add(f"@last:{cleaned.words[-1]}")
        flags.add(f"@n:{min(len(cleaned.words).bit_length(), 5)}")
    return flags


def grams_of(word: str) -> list[str]:
    """The letter sequences of a word with its edges: "api" -> <a ap pi i> <ap api pi> <api api> <api>."""
    edged = f"<{word[:_READ]}>"
    return [
        edged[at : at + size]
        for size in range(_SHORTEST, min(_LONGEST, len(edged)) + 1)
        for at in range(len(edged) - size + 1)
    ]


def is_word(unit: str) -> bool:
    """Whether a unit is a word with letters of its own (no pair, flag, number or spelling)."""
    return unit[0] not in "@#=" and PAIR not in unit
