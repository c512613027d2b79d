"""Messages with what is true of them: lines of a test set, or training phrases held out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.meaning import Kind
from nlu.phrases import OUT_OF_SCOPE, TrainingPhrase, category_of, kind_of, topic_of

OUTSIDE = OUT_OF_SCOPE.removeprefix("faq_")
NOISE = "gibberish"


@dataclass(frozen=True, slots=True)
class Exam:
    """One message. `categories`: the first is its writer's, the others are true as well. `topic` may be OUTSIDE."""

    text: str
    kind: Kind
    city: str | None = None
    categories: tuple[str, ...] = ()
    severity: int | None = None
    topic: str | None = None
    style: str | None = None
    hard: str | None = None
    kecamatan: str | None = None
    kelurahan: str | None = None

    @property
    def noise(self) -> bool:
        """Random letters, a lone letter, emoji salad: measured apart, for it is no message of any kind."""
        return self.hard == NOISE

    @property
    def label(self) -> str:
        """What its writer meant, for a list of errors."""
        return "/".join(self.categories) or self.topic or self.kind


def of_phrase(phrase: TrainingPhrase) -> Exam:
    """A training phrase as an exam; a topic's phrase without one is out of scope."""
    kind, category = kind_of(phrase.intent), category_of(phrase.intent)
    style, hard = phrase.metadata.get("style"), phrase.metadata.get("hard")
    return Exam(
        text=phrase.text,
        kind=kind,
        city=phrase.city,
        categories=(category,) if category else (),
        severity=phrase.severity,
        topic=(topic_of(phrase.intent) or OUTSIDE) if kind == "question" else None,
        style=str(style) if style else None,
        hard=str(hard) if hard else None,
    )


def load_exams(paths: Iterable[Path]) -> list[Exam]:
    """JSONL files or folders of them. Raises ValueError with file and line for a line that is no exam."""
    found: list[Exam] = []
    for path in _files(paths):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                found.append(_of_line(json.loads(line)))
            except (KeyError, TypeError, ValueError) as wrong:
                raise ValueError(f"{path}:{number}: {wrong!r}") from wrong
    return found


def _files(paths: Iterable[Path]) -> Sequence[Path]:
    return [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]


def _of_line(line: Mapping[str, Any]) -> Exam:
    place = line.get("place") or {}
    return Exam(
        text=line["text"],
        kind=line["kind"],
        city=line.get("city"),
        categories=tuple(line.get("categories") or ()),
        severity=line.get("severity"),
        topic=line.get("topic"),
        style=line.get("style"),
        hard=line.get("hard"),
        kecamatan=place.get("kecamatan"),
        kelurahan=place.get("kelurahan"),
    )
