"""How often the understander is right on phrases that it was not taught, with 95 % intervals, and where it is worst."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.meaning import Heard, Understanding
from nlu.phrases import OUT_OF_SCOPE, TrainingPhrase, category_of, kind_of, topic_of
from nlu.understand import Understander

_BINS = 10  # of the calibration table
_Z = 1.96  # 95 %

Row = tuple[TrainingPhrase, Understanding]


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


def evaluate(understander: Understander, phrases: Sequence[TrainingPhrase]) -> list[Row]:
    """What the understander says of each phrase, beside what its writer meant."""
    understood = understander.understand([Heard(phrase.text, phrase.city) for phrase in phrases])
    return list(zip(phrases, understood, strict=True))


def measures(rows: Sequence[Row]) -> dict[str, Share]:
    """The figures of the aim table, by name."""
    emergencies = [row for row in rows if _kind(row) == "emergency"]
    gravest = [row for row in emergencies if row[0].severity == 1]
    calm = [row for row in rows if _kind(row) != "emergency"]
    asked = [row for row in rows if row[0].intent.startswith("faq_") and row[0].intent != OUT_OF_SCOPE]
    outside = [row for row in rows if row[0].intent == OUT_OF_SCOPE]
    return {
        "severity 1 missed": _share(gravest, _missed),
        "severity 1 asked back": _share(gravest, _asked),
        "emergencies missed": _share(emergencies, _missed),
        "emergencies asked back": _share(emergencies, _asked),
        "non-emergencies that ring": _share(calm, lambda row: row[1].action == "escalate"),
        "non-emergencies asked back": _share(calm, _asked),
        "kind right": _share(rows, lambda row: row[1].kind == _kind(row)),
        "category right": _share(emergencies, lambda row: row[1].categories[:1] == (category_of(row[0].intent),)),
        "severity right": _share(emergencies, lambda row: row[1].severity == row[0].severity),
        "topic first": _share(asked, lambda row: topic_of(row[0].intent) in [t for t, _ in row[1].topics[:1]]),
        "topic among three": _share(asked, lambda row: topic_of(row[0].intent) in [t for t, _ in row[1].topics[:3]]),
        "out of scope refused": _share(outside, lambda row: not row[1].topics),
    }


def out_of_bounds(found: Mapping[str, Share], bounds: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What is worse than allowed. `bounds` maps the names of `measures` to `{"most": 0.02}` or `{"least": 0.9}`."""
    broken: list[str] = []
    for name, bound in bounds.items():
        if found[name].value > bound.get("most", 1.0):
            broken.append(f"{name}: {found[name]}, at most {bound['most']:.1%} allowed")
        if found[name].value < bound.get("least", 0.0):
            broken.append(f"{name}: {found[name]}, at least {bound['least']:.1%} wanted")
    return broken


def report(rows: Sequence[Row], *, worst: int = 30) -> str:
    """The whole evaluation as plain text."""
    lines = [f"{len(rows)} phrases", ""]
    lines += [f"{name:28}{share}" for name, share in measures(rows).items()]
    lines += ["", *_table("kind", rows, _kind)]
    emergencies = [row for row in rows if _kind(row) == "emergency"]
    lines += ["", *_table("category", emergencies, lambda row: category_of(row[0].intent) or "")]
    lines += ["", *_table("severity", emergencies, lambda row: str(row[0].severity))]
    lines += ["", *_table("style", rows, lambda row: str(row[0].metadata.get("style")))]
    lines += ["", *_calibration(rows), "", *_worst(rows, worst)]
    return "\n".join(lines)


def _kind(row: Row) -> str:
    return kind_of(row[0].intent)


def _missed(row: Row) -> bool:
    return row[1].action in ("answer", "warn")


def _asked(row: Row) -> bool:
    return row[1].action == "ask"


def _share(rows: Iterable[Row], hit: Callable[[Row], bool]) -> Share:
    hits = [hit(row) for row in rows]
    return Share(sum(hits), len(hits))


def _table(title: str, rows: Sequence[Row], key: Callable[[Row], str]) -> list[str]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    lines = [f"{'by ' + title:18}{'escalate':>9}{'ask':>7}{'neither':>9}{'kind right':>12}{'phrases':>9}"]
    for name, group in sorted(groups.items()):
        rung = _share(group, lambda row: row[1].action == "escalate").value
        asked = _share(group, _asked).value
        right = _share(group, lambda row: row[1].kind == _kind(row)).value
        lines.append(f"{name:18}{rung:9.1%}{asked:7.1%}{1 - rung - asked:9.1%}{right:12.1%}{len(group):9}")
    return lines


def _calibration(rows: Sequence[Row]) -> list[str]:
    scores = np.array([row[1].scores.get("emergency", 0.0) for row in rows])
    true = np.array([_kind(row) == "emergency" for row in rows])
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    lines = ["calibration: said  true  phrases"]
    error = 0.0
    for number in range(_BINS):
        inside = bins == number
        if inside.any():
            said, happened = scores[inside].mean(), true[inside].mean()
            error += abs(said - happened) * inside.sum() / len(rows)
            lines.append(f"{said:17.2f}{happened:6.2f}{inside.sum():9}")
    return [*lines, f"expected calibration error {error:.3f}"]


def _worst(rows: Sequence[Row], most: int) -> list[str]:
    def harm(row: Row) -> float:
        if _kind(row) == "emergency":
            return (4 - (row[0].severity or 2)) * (2.0 if _missed(row) else 0.0)
        return row[1].scores.get("emergency", 0.0) if row[1].action == "escalate" else 0.0

    harmful = sorted(rows, key=lambda row: (-harm(row), row[0].text))[:most]
    return ["worst errors"] + [
        f"{row[0].intent:24}{row[0].severity or '-':>2} {row[1].action:9}{row[1].scores.get('emergency', 0.0):5.2f}  "
        f"{row[0].text[:100]}"
        for row in harmful
        if harm(row)
    ]
