"""How often the understander is right on messages that it was not taught, with 95 % intervals."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.exam import OUTSIDE, Exam
from nlu.meaning import Heard, PlaceGuess, Understanding
from nlu.phrases import TrainingPhrase
from nlu.understand import Understander

_Z = 1.96  # 95 %

Row = tuple[Exam, Understanding]


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, with its Wilson interval."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing is 0."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval: honest for few trials and for shares near 0."""
        if not self.total:
            return 0.0, 1.0
        spread = _Z * _Z / self.total
        middle = (self.value + spread / 2) / (1 + spread)
        half = _Z * math.sqrt(self.value * (1 - self.value) / self.total + spread / (4 * self.total)) / (1 + spread)
        return max(middle - half, 0.0), min(middle + half, 1.0)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.value:5.1f} %  [{100 * low:4.1f}, {100 * high:4.1f}]  {self.hits}/{self.total}"


def split(phrases: Sequence[TrainingPhrase], *, seed: int, share: float = 0.2) -> tuple[list[TrainingPhrase], ...]:
    """(taught, held out): drawn at random within each intent, the same for the same seed."""
    taught: list[TrainingPhrase] = []
    held: list[TrainingPhrase] = []
    random = np.random.default_rng(seed)
    by_intent: dict[str, list[TrainingPhrase]] = defaultdict(list)
    for phrase in sorted(phrases, key=lambda one: (one.intent, one.text)):
        by_intent[phrase.intent].append(phrase)
    for group in by_intent.values():
        order = random.permutation(len(group))
        cut = round(share * len(group))
        held.extend(group[at] for at in order[:cut])
        taught.extend(group[at] for at in order[cut:])
    return taught, held


def evaluate(understander: Understander, exams: Sequence[Exam]) -> list[Row]:
    """What the understander says of each message, beside what its writer meant."""
    understood = understander.understand([Heard(exam.text, exam.city) for exam in exams])
    return list(zip(exams, understood, strict=True))


def measures(rows: Sequence[Row]) -> dict[str, Share]:
    """The figures of the aim table, by name. Noise counts only in the two lines that name it."""
    noise = [row for row in rows if row[0].noise]
    rows = [row for row in rows if not row[0].noise]
    emergencies = [row for row in rows if row[0].kind == "emergency"]
    gravest = [row for row in emergencies if row[0].severity == 1]
    calm = [row for row in rows if row[0].kind != "emergency"]
    inside = [row for row in calm if row[0].kind == "question" and row[0].topic not in (None, OUTSIDE)]
    outside = [row for row in calm if row[0].topic == OUTSIDE]
    return {
        "severity 1 missed": share(gravest, missed),
        "severity 1 asked back": share(gravest, asked),
        "emergencies missed": share(emergencies, missed),
        "emergencies asked back": share(emergencies, asked),
        "non-emergencies that ring": share(calm, rung),
        "non-emergencies asked back": share(calm, asked),
        "kind right": share(rows, kind_right),
        "category right": share(emergencies, category_right),
        "severity right": share(emergencies, lambda row: row[1].severity == row[0].severity),
        "topic first": share(inside, lambda row: row[0].topic in _topics(row, 1)),
        "topic among three": share(inside, lambda row: row[0].topic in _topics(row, 3)),
        "out of scope refused": share(outside, lambda row: not row[1].topics),
        "kecamatan right": share(
            [row for row in rows if row[0].kecamatan], lambda row: _place(row).kecamatan == row[0].kecamatan
        ),
        "kelurahan right": share(
            [row for row in rows if row[0].kelurahan], lambda row: _place(row).kelurahan == row[0].kelurahan
        ),
        "noise answered": share(noise, lambda row: bool(row[1].topics)),
        "noise that rings": share(noise, rung),
    }


def missed(row: Row) -> bool:
    """Neither rung nor asked back."""
    return row[1].action in ("answer", "warn")


def asked(row: Row) -> bool:
    """Asked back."""
    return row[1].action == "ask"


def rung(row: Row) -> bool:
    """An operator was called."""
    return row[1].action == "escalate"


def kind_right(row: Row) -> bool:
    """The kind is the writer's."""
    return row[1].kind == row[0].kind


def category_right(row: Row) -> bool:
    """The category named first is one of those that are true; none named is wrong."""
    return bool(row[1].categories) and row[1].categories[0] in row[0].categories


def share(rows: Iterable[Row], hit: Callable[[Row], bool]) -> Share:
    """How many of the rows are hits."""
    hits = [hit(row) for row in rows]
    return Share(sum(hits), len(hits))


def _topics(row: Row, most: int) -> list[str]:
    return [topic for topic, _ in row[1].topics[:most]]


def _place(row: Row) -> PlaceGuess:
    return row[1].places[0] if row[1].places else PlaceGuess()


def out_of_bounds(found: Mapping[str, Share], bounds: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What is worse than allowed. `bounds` maps the names of `measures` to `{"most": 0.02}` or `{"least": 0.9}`."""
    broken: list[str] = []
    for name, bound in bounds.items():
        if found[name].value > bound.get("most", 1.0):
            broken.append(f"{name}: {found[name]}, at most {bound['most']:.1%} allowed")
        if found[name].value < bound.get("least", 0.0):
            broken.append(f"{name}: {found[name]}, at least {bound['least']:.1%} wanted")
    return broken
