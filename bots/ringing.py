"""Somebody rang a number that only reads. Pure.

They are told once how to write or whom to ring. Who rings again soon cannot or will not write: a human rings back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bots.case import LOOK_SECONDS, open_case
from bots.state import Decision, Heard, Line, Scene

AGAIN: Final = timedelta(minutes=15)


def ring(scene: Scene, heard: Heard) -> Decision:
    """Decide on one rejected call of somebody to whom the bot speaks."""
    before, state = scene.state.rang_at, replace(scene.state, rang_at=heard.at.isoformat())
    told = before is not None and heard.at - datetime.fromisoformat(before) <= AGAIN
    if scene.case is not None:
        return Decision(state, () if told else (_how_to_write(),), due_in=LOOK_SECONDS)
    if told:
        return open_case(scene, heard, "rang", "unclear_called")
    return Decision(state, (_how_to_write(),), label="answer")


def _how_to_write() -> Line:
    return Line(keys=("only_reads",), urgency=0)
