"""The evaluation as plain text: the figures, where they come from, how honest the scores are, the worst errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from nlu.evaluate import Row, asked, category_right, kind_right, measures, missed, rung, share

_BINS = 10  # of the calibration table


def report(rows: Sequence[Row], *, worst: int = 30) -> str:
    """The whole evaluation as plain text."""
    lines = [f"{len(rows)} messages", ""]
    lines += [f"{name:28}{found}" for name, found in measures(rows).items()]
    lines += ["", *_table("kind", rows, lambda row: "noise" if row[0].noise else row[0].kind)]
    emergencies = [row for row in rows if row[0].kind == "emergency"]
    lines += ["", *_table("category", emergencies, lambda row: "".join(row[0].categories[:1]))]
    lines += ["", *_table("severity", emergencies, lambda row: str(row[0].severity))]
    lines += ["", *_table("style, emergencies", emergencies, lambda row: str(row[0].style))]
    calm = [row for row in rows if row[0].kind != "emergency"]
    lines += ["", *_table("style, others", calm, lambda row: str(row[0].style))]
    lines += ["", *_table("hard case", [row for row in rows if row[0].hard], lambda row: str(row[0].hard))]
    lines += ["", *_calibration(rows), "", *_worst(rows, worst)]
    return "\n".join(lines)


def _table(title: str, rows: Sequence[Row], key: Callable[[Row], str]) -> list[str]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    columns = f"{'escalate':>9}{'ask':>7}{'neither':>9}{'kind right':>12}{'category':>10}{'messages':>10}"
    lines = [f"{'by ' + title:22}{columns}"]
    for name, group in sorted(groups.items()):
        called, back = share(group, rung).value, share(group, asked).value
        right, named = share(group, kind_right).value, share(group, category_right).value
        neither = 1 - called - back
        lines.append(f"{name:22}{called:9.1%}{back:7.1%}{neither:9.1%}{right:12.1%}{named:10.1%}{len(group):10}")
    return lines


def _calibration(rows: Sequence[Row]) -> list[str]:
    scores = np.array([row[1].scores.get("emergency", 0.0) for row in rows])
    true = np.array([row[0].kind == "emergency" for row in rows])
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    lines = ["calibration: said  true  messages"]
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
        if row[0].kind == "emergency":
            return (4 - (row[0].severity or 2)) * (2.0 if missed(row) else 0.0)
        return row[1].scores.get("emergency", 0.0) if row[1].action == "escalate" else 0.0

    harmful = sorted(rows, key=lambda row: (-harm(row), row[0].text))[:most]
    return ["worst errors"] + [
        f"{row[0].label:24}{row[0].severity or '-':>2} {row[1].action:9}{row[1].scores.get('emergency', 0.0):5.2f}  "
        f"{row[0].text[:100]}"
        for row in harmful
        if harm(row)
    ]
