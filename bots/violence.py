"""Violence at home that is asked about, not told: answered, and put before a human gently. Pure.

Who asks how to report it may be the one who suffers it, with the other beside them. So a human sees the question,
marked "do not ring", and the citizen is asked once whether they are threatened; a yes begins the silent mode.
"""

from __future__ import annotations

from dataclasses import replace

from bots.answers import open_question
from bots.case import LOOK_SECONDS, PAUSE, report_of_message
from bots.questions import yes_no
from bots.state import Decision, Heard, Line, Scene, State

TOPIC = "kdrt_konseling"  # the published answer on protection from violence at home
ASKED = "threatened"


def is_asked_about(scene: Scene, heard: Heard) -> bool:
    """A clear question, outside of any case, that this answer fits best."""
    said = heard.understanding
    if scene.case is not None or said.kind != "question" or said.action != "answer" or not said.topics:
        return False
    return said.topics[0][0] == TOPIC and TOPIC in scene.book.topics


def is_near(scene: Scene, heard: Heard) -> bool:
    """Yes to "are you threatened"."""
    return open_question(scene.state, heard) == ASKED and heard.says_yes


def is_denied(scene: Scene, heard: Heard) -> bool:
    """No to it: nothing more is asked, and the case waits for a human all the same."""
    return scene.case is not None and open_question(scene.state, heard) == ASKED and heard.says_no


def leave_be(scene: Scene, heard: Heard) -> Decision:
    """One line, and the door left open."""
    report = report_of_message(scene, heard, "reply_after_close")
    report = replace(report, severity=4, facts={**report.facts, ASKED: False})
    state = replace(scene.state, asked=None, waits=0)
    line = Line(keys=("violence_calm",), urgency=1, wait=PAUSE)
    return Decision(state, (line,), report, LOOK_SECONDS, alarm="clear", label="listen")


def answer(scene: Scene, heard: Heard) -> Decision:
    """The answer, a case for the small circle that nobody rings back, and one question."""
    kinds = tuple(slug for slug, kind in scene.book.categories.items() if kind.silent)
    report = report_of_message(scene, heard, "unclear")
    facts = {**report.facts, "safe_to_call": False}
    report = replace(report, categories=kinds[:1], facts=facts, restricted=True)
    state = State(stage="case", asked=ASKED, told=("violence_too",))
    line = Line(keys=("violence_too",), topic=TOPIC, buttons=yes_no(ASKED), urgency=1, wait=PAUSE)
    return Decision(state, (line,), report, LOOK_SECONDS, label="answer")


def is_quiet(scene: Scene) -> bool:
    """Whether lines of waiting would betray: violence at home, told or asked about by one who must not be rung."""
    case = scene.case
    if case is None or case.facts.get("safe_to_call") is not False:
        return False
    return any(scene.book.categories[slug].silent for slug in case.categories if slug in scene.book.categories)
