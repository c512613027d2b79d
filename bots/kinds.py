"""Which kinds of emergency a message names for certain, and which of them leads the case. Pure."""

from __future__ import annotations

from dataclasses import replace

from bots.answers import open_question
from bots.questions import WHERE, wanted_by
from bots.state import Heard, Scene
from handoff.report import UNKNOWN, Report
from nlu.meaning import Understanding

SURE = 0.85  # probability of a kind from which no danger word is needed
SUICIDE = "bunuh_diri"
_OUTCOME = "medis"  # what other emergencies do to people: it takes the lead from no kind that is clear


def is_clear(said: Understanding, category: str) -> bool:
    """Whether a danger word names the category, or its score leaves little doubt."""
    return f"rule_{category}" in said.scores or said.scores.get(f"darurat_{category}", 0.0) >= SURE


def clear_kinds(heard: Heard, report: Report) -> tuple[str, ...]:
    """The kinds in ``report`` that its words name for certain. An emoji alone names none."""
    if not any(sign.isalpha() for sign in heard.text):
        return ()
    return tuple(slug for slug in report.categories if slug != UNKNOWN and is_clear(heard.understanding, slug))


def leads(scene: Scene, heard: Heard, report: Report) -> str | None:
    """The kind that takes the lead of the open case: a clear one that is new, and is no mere answer to a question."""
    case = scene.case
    if case is None or not case.categories or heard.understanding.action != "escalate":
        return None
    asked, now = open_question(scene.state, heard), case.categories[0]
    if asked in WHERE or wanted_by(scene, asked) == "words" or _stays(scene, now):
        return None
    news = [one for one in clear_kinds(heard, report)[:1] if one != now]
    known = now in scene.state.clear
    return next((one for one in news if not known or (one != _OUTCOME and one not in case.categories)), None)


def _stays(scene: Scene, category: str) -> bool:
    """Violence at home and despair keep the lead: whom to send there a human decides."""
    kind = scene.book.categories.get(category)
    return kind is not None and kind.restricted


def of_their_own_life(scene: Scene, heard: Heard, report: Report) -> Report:
    """Who speaks of the own death is never rung, and is as urgent as the kind; a helper's report stays as it is."""
    helper = heard.understanding.facts.get("third_person") or (scene.case and SUICIDE in scene.case.categories)
    kind = scene.book.categories.get(SUICIDE)
    if helper or kind is None:
        return report
    facts = {**report.facts, "self_harm": True, "safe_to_call": False}
    return replace(report, facts=facts, severity=min(report.severity, kind.default_severity))
