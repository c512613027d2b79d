"""Long stories in parts, so that an emergency in the middle is not drowned by the rest."""

from __future__ import annotations

from nlu.clean import Cleaned

_LONG = 40  # words from which a message is also read in parts
_PART = 20  # words that a part may grow to before it ends at the next pause
_MOST = 40  # parts of one message; 4,000 characters make about 45


def parts_of(cleaned: Cleaned) -> list[Cleaned]:
    """The sentences and clauses of a long message, joined to parts of about twenty words; none of noise."""
    words = cleaned.words
    if len(words) < _LONG or cleaned.strange:
        return []
    stops = sorted({*cleaned.breaks, *cleaned.pauses, len(words)})
    parts: list[Cleaned] = []
    start = 0
    for stop in stops:
        while stop - start > 2 * _PART:  # nobody paused: cut, with an overlap that keeps a phrase whole
            parts.append(_cut(cleaned, start, start + _PART + 4))
            start += _PART
        if stop - start >= _PART or stop == len(words):
            parts.append(_cut(cleaned, start, stop))
            start = stop
    return [part for part in parts if part.words][:_MOST]


def _cut(cleaned: Cleaned, start: int, end: int) -> Cleaned:
    return Cleaned(
        text="",
        raw=[cleaned.raw[at] for at in dict.fromkeys(cleaned.origin[start:end])],
        words=cleaned.words[start:end],
        breaks=[at - start for at in cleaned.breaks if start < at < end],
        pauses=[at - start for at in cleaned.pauses if start < at < end],
    )
