"""The rehearsal as the console knows it: a check that stops every draft in which an emergency's word stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handoff.console.ports import Drafted
from knowledge_base.city import City

CRY = "kebakaran"


class Rehearsing:
    """``checked`` counts its checks; ``changes`` is what the next ones find changed, ``cry`` the emergency's word."""

    def __init__(self) -> None:
        self.checked = 0
        self.cry = CRY
        self.changes: list[dict[str, str]] = []

    async def rehearse(self, city: City, text: str, channel: str, drafts: Sequence[Drafted]) -> Mapping[str, Any]:
        said = [body.get("answer", "") for _, _, body in drafts]
        return {"understanding": {"kind": "question"}, "replies": [{"text": text} for text in said], "channel": channel}

    async def check(self, city: City, drafts: Sequence[Drafted]) -> Mapping[str, Any]:
        self.checked += 1
        caught = [one for _, _, body in drafts for one in body.get("variants", []) if self.cry in one]
        return {
            "blocked": bool(caught),
            "emergencies": [{"phrase": "ada kebakaran", "variant": one, "score": 1.0, "why": "sama"} for one in caught],
            "newly_answered": [],
            "changed": self.changes,
            "tests": [],
            "checked": {"emergencies": 1, "recorded": 0, "tests": 0},
            "faults": [],
        }
