"""What to do when a citizen falls silent or nobody opens the report: pure, one look at a time.

Protocol §6 (abandoned chat: "are you there" after 30 s, alarm after 60 s) and demand 25 (every 30 to 45 s without an
operator one useful line, none twice). Never a word in silent mode.
"""

from __future__ import annotations

from dataclasses import replace

from bots.case import LOOK_SECONDS
from bots.questions import line_for, wanted_by
from bots.state import Case, Decision, Line, Scene, State
from bots.violence import is_quiet
from handoff.report import Report

# What is said at each look, counted from the citizen's last words, and how long until the next look.
_URGENT = (("alive", 30.0), ("", 15.0), ("waiting", 40.0), ("waiting_safety", 40.0), ("waiting_numbers", None))
_CALM = (("", 30.0), ("waiting", None))
_ALARM_AT = 1  # the second look of an urgent case, 60 s after the last words, alarms the operator


def wait(scene: Scene) -> Decision:
    """Decide at a due time, nothing having been heard since."""
    if scene.case is None:
        return _unanswered(scene)
    steps = _URGENT if scene.case.severity <= 2 else _CALM
    step = scene.state.waits
    if step >= len(steps):
        return Decision(scene.state)
    key, following = steps[step]
    state = replace(scene.state, waits=step + 1)
    quiet = scene.silent or is_quiet(scene)
    alarmed = step >= _ALARM_AT and (steps is _URGENT or quiet)
    if quiet or scene.holder == "operator":
        # Whoever must be silent hears nothing more; whoever talks with an operator hears the operator.
        due_in = following if step < _ALARM_AT else None
        return Decision(state, due_in=due_in, alarm="disconnected" if alarmed else None, label="wait")
    return _say_once(scene, scene.case, state, key, following)


def _say_once(scene: Scene, case: Case, state: State, key: str, following: float | None) -> Decision:
    lines: tuple[Line, ...] = ()
    if key and key not in state.told and (key == "alive" or case.status == "waiting"):
        lines = (replace(_line(scene, case, key), urgency=1, lifetime=120.0),)
        state = replace(state, told=(*state.told, key))
    alarmed = case.severity <= 2 and state.waits > _ALARM_AT
    return Decision(state, lines, due_in=following, alarm="disconnected" if alarmed else None, label="wait")


def _line(scene: Scene, case: Case, key: str) -> Line:
    """One button where a "ya" is asked for. "Balas 1" would be taken for the answer to an open question: that is put
    again instead."""
    asked = scene.state.asked
    if key == "alive" and asked and wanted_by(scene, asked) in ("yes_no", "number"):
        return line_for(scene, case.categories, asked, "still_here", urgency=1, wait=0.0)
    return Line(keys=(key,), buttons=((f"yes:{key}", "button_yes"),) if key in ("alive", "waiting") else ())


def _unanswered(scene: Scene) -> Decision:
    """The question whether there is danger was not answered: a human looks."""
    if scene.state.asked != "danger" or scene.holder == "operator":
        return Decision(scene.state)
    doubt = Report.from_json(scene.state.doubt) if scene.state.doubt else Report("unclear", severity=2)
    placed = bool(doubt.place and (doubt.place.get("kecamatan") or doubt.place.get("lat") is not None))
    keys = ("unclear_called",) if placed else ("unclear_called", "ask_where")
    state = State(stage="case", asked=None if placed else "where", told=("unclear_called", "where"))
    line = Line(keys=keys, ask_location=not placed, urgency=1)
    return Decision(state, (line,), doubt, LOOK_SECONDS, label="escalate")
