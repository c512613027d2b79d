"""What every model is examined with before it may be used, and how good it has to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.phrases import CITIES, SHARED, Phrase

EXAM = CITIES / SHARED / "exam"
FLOORS = "floors.yml"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def exam_phrases(folder: Path = EXAM) -> list[Phrase]:
    """Every sentence of the exam, in the form of the training phrases. Raises ValueError where a file has another."""
    return [one for path in sorted(folder.glob("*.yml")) if path.name != FLOORS for one in _file(path)]


def _file(path: Path) -> Iterator[Phrase]:
    try:
        for item in _read(path)["nlu"]:
            metadata = dict(item.get("metadata") or {})
            for text, more in _examples(item["examples"]):
                yield Phrase(text, item["intent"], metadata | more)
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"{path.name} is no nlu.yml: {wrong!r}") from wrong


def _examples(given: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(given, str):
        yield from ((line.strip()[2:].strip(), {}) for line in given.splitlines() if line.strip())
    else:
        yield from ((one["text"].strip(), dict(one.get("metadata") or {})) for one in given)


def floors(folder: Path = EXAM) -> Mapping[str, Mapping[str, float]]:
    """How good a model has to be: each figure with ``most`` or ``least``, 0 to 1. Raises ValueError without any."""
    kept = _read(folder / FLOORS)
    if not isinstance(kept, dict) or not kept:
        raise ValueError(f"{FLOORS} names no floor")
    return {str(name): {str(side): float(limit) for side, limit in bound.items()} for name, bound in kept.items()}


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader
