"""The real understander, trained once a session and shared by all test processes; and one that is broken."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from config import understanding
from knowledge_base.city import City
from nlu.meaning import Heard, PlaceGuess, Understanding
from nlu.understand import Understander

CITIES = ("kendari", "ambon")


def real_understander(cities: Mapping[str, City]) -> Understander:
    """The understander as it is shipped, from a model trained on the very phrases of this checkout."""
    return understanding.open_understander(cities, trained_model())


def trained_model() -> Path:
    """Where the model of this checkout stands, trained if it does not yet."""
    stamp = understanding.data_stamp(CITIES)[:16]
    path = Path(tempfile.gettempdir()) / f"sigap-test-model-{stamp}" / "understander"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may start at once: one trains
        if understanding.is_stale(CITIES, path):
            understanding.train_model(CITIES, path)
    return path


class Broken:
    """Raises on everything."""

    def understand(self, heard: Sequence[Heard]) -> list[Understanding]:
        raise RuntimeError("the understander is broken")

    def urgent(self, text: str) -> bool:
        raise RuntimeError("the understander is broken")

    def places_at(
        self, lat: float, lon: float, city: str | None, accuracy_m: float | None = None
    ) -> tuple[PlaceGuess, ...]:
        raise RuntimeError("the understander is broken")


if __name__ == "__main__":  # before the tests begin: no test's time limit has to hold the training too
    trained_model()
