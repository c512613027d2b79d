"""What is put off when messages come faster than they can be answered, in the order of ``ORDER``.

Never an emergency, and never a message: all are stored, and whoever is in need is answered first. How far behind we are
is the time that the oldest message has waited, the longest stretch in which the event loop served nobody, or the age
of what is stored and not answered yet. What is put off is taken up again once ``CALM`` seconds have passed without
need.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Literal

from config import metrics

Shed = Literal["learning", "media", "answers"]

# What goes first, and from how many seconds behind on.
ORDER: Final[dict[Shed, float]] = {
    "learning": 0.15,  # training, grouping of unanswered questions
    "media": 0.3,  # photos, videos, documents; voice notes are fetched all the same
    "answers": 0.6,  # questions are stored, acknowledged and answered later, with an honest line in between
}
CALM: Final = 10.0  # seconds
URGENT_HOLDS: Final = 0.5  # seconds for which a full batch of emergencies keeps everything else waiting
SHEDS: Final = "sheds"  # what processes tell one another of it


class Pressure:
    """How far behind this process is; ``others`` are what the other processes put off."""

    def __init__(self, moment: Callable[[], float] = time.monotonic) -> None:
        self._moment = moment
        self._until: dict[Shed, float] = dict.fromkeys(ORDER, 0.0)
        self._listeners: list[Callable[[], None]] = []
        self._others: frozenset[str] = frozenset()
        self._urgent_until = 0.0
        for shed in ORDER:
            metrics.shedding.labels(shed).set_function(partial(self._figure, shed))

    def on_change(self, hear: Callable[[], None]) -> None:
        """Call ``hear`` when something more is put off."""
        self._listeners.append(hear)

    def note(self, behind: float, *, most: Shed = "answers") -> None:
        """We are so many seconds behind; what stands after ``most`` in the order is not put off for it."""
        now, before = self._moment(), self.own()
        for shed, enough in ORDER.items():
            if behind >= enough:
                self._until[shed] = now + CALM
            if shed == most:
                break
        if self.own() != before:
            for hear in self._listeners:
                hear()

    def note_urgent(self, more: bool) -> None:
        """Emergencies that were only stored have been answered; ``more`` of them wait."""
        if more:
            self._urgent_until = self._moment() + URGENT_HOLDS

    @property
    def urgent_waits(self) -> bool:
        """Whether emergencies wait for this process: nothing else is to be done meanwhile."""
        return self._moment() < self._urgent_until

    def hear_others(self, told: Sequence[Sequence[str]]) -> None:
        """What other processes put off: learning and media burden the same database, so all put them off."""
        self._others = frozenset(shed for one in told for shed in one)

    def _figure(self, what: Shed) -> float:
        return float(self.sheds(what))

    def own(self) -> list[Shed]:
        """What this process puts off by itself."""
        now = self._moment()
        return [shed for shed, until in self._until.items() if now < until]

    def all(self) -> list[Shed]:
        """What is put off here or elsewhere, what goes first standing first."""
        own = self.own()
        return [shed for shed in ORDER if shed in own or shed in self._others]

    def sheds(self, what: Shed) -> bool:
        """Whether to put this off now."""
        return what in self.all()

    def parts(self) -> list[dict[str, Any]]:
        """What people notice of it, for /health and the consoles' banner; nothing where nothing is put off."""
        seen = [shed for shed in self.all() if shed in _WORDS]
        return [{"name": f"sheds {shed}", "ok": False, "needed": False, "detail": _WORDS[shed]} for shed in seen]


_WORDS: Final[dict[Shed, str]] = {
    "media": "very busy: photos and videos are fetched later",
    "answers": "very busy: questions are stored and answered later; emergencies go first",
}
