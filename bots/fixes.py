"""A position that a telephone sent by itself (Advanced Mobile Location), beside whatever its owner writes. Pure.

It says where somebody is, never that they are in danger, and it is answered by nothing: they may be speaking to 112 at
this moment. Whichever comes first, it ends up on the case: what comes before the words waits for them.
"""

from __future__ import annotations

from dataclasses import replace

from bots.case import report_of_message
from bots.state import Decision, Heard, Scene


def note(scene: Scene, heard: Heard) -> Decision:
    """Keep one fix: on the open case if it tells more than is known there, else for the words that may follow."""
    report = report_of_message(scene, heard, "pin")
    if report.place is None:  # the telephone did not know either
        return Decision(scene.state)
    place, *others = ({**one, "source": "aml"} for one in (report.place, *report.alternatives))
    state = replace(scene.state, fix=(heard.at.isoformat(), place))
    if scene.case is None:
        return Decision(state)
    return Decision(
        state, report=replace(report, place=place, alternatives=tuple(others), severity=scene.case.severity)
    )
