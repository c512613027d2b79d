"""What the understander reads of a long text."""

from __future__ import annotations

from itertools import islice

from nlu.meaning import Heard
from nlu.understand import Understander

# Of a long text the understander reads the beginning and the end, where people say what they want, and of what lies
# between the pieces that alarm at a quick look. The transcript, and so whoever opens the case, has every word.
BEGINNING, END = 1200, 300
PIECE, OVERLAP, PIECES = 240, 40, 2
LONGEST = BEGINNING + END  # characters read as they are


def gist(text: str, city: str, understander: Understander) -> Heard:
    """What the understander reads of ``text``: all of it, or for a long one its parts that matter, each on a line."""
    if len(text) <= LONGEST:
        return Heard(text, city)
    between = text[BEGINNING - OVERLAP : OVERLAP - END]
    pieces = (between[at : at + PIECE] for at in range(0, len(between), PIECE - OVERLAP))
    alarming = islice((piece for piece in pieces if understander.urgent(piece)), PIECES)
    return Heard("\n".join([text[:BEGINNING], *alarming, text[-END:]]), city)
