"""What understanding costs: CPU of the reading thread a message, alone and in batches, and the worst hostile text."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

from nlu.clean import LONGEST
from nlu.meaning import Heard
from nlu.understand import Understander

_ROUNDS = 5  # the quickest counts: others use the machine too
_ALONE = 500  # messages of the single measurement
_LETTERS = "abcdefghijklmnopqrstuvwxyz "
_PIECES = (
    "kebakaran ", "tidak bisa ", "atap seng ", "tolng kebakran tenggelm ", "mandongga korumbaa ", "12.34 ", "1°1'",
    "-3.9, 122.5 ", "https://", "2G3F+8X ", "🔥", "🏴\u200d☠\ufe0f", "\u0301", "\ufdfa", "\ud800", "\x00", "a",
    "w u a ", "orang ", "di ", "zq xj kv ", "!?.,;:", "➒ orang ", "İ", "١٢٣ ",
)  # fmt: skip


def measured(understander: Understander, heard: Sequence[Heard]) -> Iterator[str]:
    """One line a figure. `heard` are ordinary messages; each measurement spells them anew, so that nothing is met."""
    if not heard:
        return
    fresh = (list(_respelt(heard, number)) for number in range(2 * _ROUNDS))
    batched = min(_seconds(understander.understand, next(fresh)) for _ in range(_ROUNDS))
    yield f"batched   {1e6 * batched / len(heard):8.0f} us a message, {len(heard) / batched:,.0f} a second"
    few = heard[:_ALONE]
    alone = min(_seconds(_one_by_one(understander), list(_respelt(few, 90 + number))) for number in range(_ROUNDS))
    yield f"alone     {1e6 * alone / len(few):8.0f} us a message"
    urgent = _seconds(lambda some: [understander.urgent(one.text) for one in some], heard)
    yield f"pre-filter{1e6 * urgent / len(heard):8.1f} us a message"
    worst, text = max((_seconds(understander.understand, [Heard(text)]), text) for text in hostile_texts())
    yield f"hostile   {1e3 * worst:8.1f} ms the worst of {LONGEST} characters: {text[:24]!r}"


def hostile_texts(seed: int = 112) -> Iterator[str]:
    """Texts of 4,000 characters that try to be slow: repeated, random, or made of everything at once."""
    chance = random.Random(seed)
    for piece in _PIECES:
        yield (piece * LONGEST)[:LONGEST]
    for _ in range(5):
        yield "".join(chance.choices(_LETTERS, k=LONGEST))
        yield "".join(chance.choices("aeioutnkgmr ", k=LONGEST))
        yield "".join(chr(chance.randint(32, 0x2FFF)) for _ in range(LONGEST))
        yield "".join(chance.choices(_PIECES, k=LONGEST))[:LONGEST]


def _respelt(heard: Sequence[Heard], number: int) -> Iterator[Heard]:
    return (Heard(f"{one.text} {number}x", one.city) for one in heard)


def _one_by_one(understander: Understander) -> Callable[[list[Heard]], object]:
    return lambda heard: [understander.understand([one]) for one in heard]


def _seconds(does: Callable[[list[Heard]], object], heard: Sequence[Heard]) -> float:
    some = list(heard)
    began = time.thread_time()
    does(some)
    return time.thread_time() - began
