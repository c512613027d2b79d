"""How good a model has to be before it may be used (the exam itself: ``knowledge_base.exam``)."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from knowledge_base.exam import FLOORS, FOLDER
from knowledge_base.phrases import CITIES, SHARED

PATH = CITIES / SHARED / FOLDER / FLOORS


def floors() -> Mapping[str, Mapping[str, float]]:
    """Each figure with ``most`` or ``least``, 0 to 1. Raises ValueError where the file names none."""
    kept = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    bounds = kept.get("floors", kept) if isinstance(kept, dict) else None
    if not bounds:
        raise ValueError(f"{FLOORS} names no floor")
    return {
        str(name): {side: float(limit) for side, limit in bound.items() if side in ("most", "least")}
        for name, bound in bounds.items()
    }
