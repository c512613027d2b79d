"""Silent mode: for those who must not be seen writing. Nothing sent tells whom they write to; yes and no suffice.

Protocol §5 and §15.1: "Bisa balas? 1 ya, 2 tidak", then "Mau dibantu ke situ? 1 ya, 2 tidak". On "2" or silence
nothing more is sent, an operator decides. No notice, no queue place, no answer of the knowledge base.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bots.kinds import clear_kinds, is_clear, leads
from bots.questions import yes_no
from bots.state import Decision, Heard, Line, Scene, State
from handoff.report import Report
from handoff.routing import report_of

PAUSE = 3.0  # quick lines are one thought: the next question waits for the next line
LOOK_SECONDS = 30.0  # the first look; at the second, after 60 s, the operator is alarmed and the citizen hears nothing


def meant(heard: Heard, scene: Scene) -> bool:
    """Whether this message asks for silence: in words, or by a kind of violence that is surely the writer's own.

    A neighbour who reports violence is not silenced; nor is an answer to a question of an open case by its score alone.
    """
    said = heard.understanding
    if said.facts.get("silent"):
        return True
    if said.kind != "emergency" or scene.case is not None or said.facts.get("neighbour"):
        return False
    return any(_is_silent(scene, slug) and is_clear(said, slug) for slug in said.categories[:1])


def _is_silent(scene: Scene, slug: str) -> bool:
    category = scene.book.categories.get(slug)
    return category is not None and category.silent


def enter(scene: Scene, heard: Heard) -> Decision:
    """Open a silent case at P1, whatever else the message held."""
    report = replace(_report(scene, heard), severity=1)
    asks = None if heard.understanding.facts.get("safe_to_text") is False else "silent_reply"
    clear = (*scene.state.clear, *clear_kinds(heard, report))
    state = State(stage="case", asked=asks, told=("silent_reply",), clear=tuple(dict.fromkeys(clear)))
    lead = leads(scene, heard, report)
    return Decision(state, _ask(asks), report, due_in=LOOK_SECONDS, silent=True, lead=lead, label="escalate")


def hear(scene: Scene, heard: Heard) -> Decision:
    """Go on with as few words as possible. Quick lines and a live location bring no further question."""
    report = _report(scene, heard)
    if heard.live and scene.case is not None and scene.case.place:
        return Decision(replace(scene.state, waits=0), report=report, due_in=LOOK_SECONDS, alarm="clear")
    seen = scene.state.question_at(heard.at) is not None or scene.state.asked is None
    before = scene.state.told if seen else tuple(key for key in scene.state.told if key != scene.state.asked)
    asks = _next(scene, heard, before)
    told = (*before, asks) if asks else before
    leaves = (heard.at + timedelta(seconds=PAUSE)).isoformat() if asks else None
    state = replace(scene.state, stage="case", asked=asks, asked_at=leaves, told=told, waits=0)
    says = asks or ("silent_sign" if _cries(scene, heard) else None)
    lines = _ask(says, PAUSE)
    lead = leads(scene, heard, report)
    return Decision(state, lines, report, LOOK_SECONDS, silent=True, alarm="clear", lead=lead, label="listen")


def _cries(scene: Scene, heard: Heard) -> bool:
    """Whoever cries for a human after all the asking gets a sign, unless they asked for none."""
    said, case = heard.understanding, scene.case
    mute = said.facts.get("safe_to_text") is False or (case and case.facts.get("safe_to_text") is False)
    cries = said.action == "escalate" or (said.action == "ask" and said.categories)
    return not mute and bool(said.facts.get("wants_human") or (cries and heard.digit is None))


def _next(scene: Scene, heard: Heard, told: tuple[str, ...]) -> str | None:
    asked = _asked(scene, heard)
    if heard.says_no and asked in ("silent_reply", "silent_help"):
        return None
    steps = ["silent_help", "silent_where", *_facts(scene)]
    if heard.understanding.places or (scene.case and scene.case.place):
        steps.remove("silent_where")
    # "1" to "can you write" goes on; free words show just as well that they can.
    return next((step for step in steps if step not in told), None) if asked else None


def _asked(scene: Scene, heard: Heard) -> str | None:
    """The question that this message answers: the pressed button's, else the open one."""
    return heard.to if heard.to and heard.to.startswith("silent_") else scene.state.asked


def _facts(scene: Scene) -> dict[str, str]:
    """The yes-or-no questions of the silent categories: wording key -> the fact that it asks for."""
    silent = (category for category in scene.book.categories.values() if category.silent)
    return {question.wording: question.fact for category in silent for question in category.questions}


def _ask(asks: str | None, wait: float = 0.0) -> tuple[Line, ...]:
    if not asks:
        return ()
    buttons = () if asks in ("silent_where", "silent_sign") else yes_no(asks)
    return (Line(keys=(asks,), buttons=buttons, urgency=0, wait=wait),)


def _report(scene: Scene, heard: Heard) -> Report:
    report = report_of(heard.understanding, "silent", scene.book.categories, summary=heard.text)
    facts = {**report.facts, "safe_to_call": False}
    asked = _asked(scene, heard)
    if asked and (heard.says_yes or heard.says_no):
        facts[_facts(scene).get(asked, asked)] = heard.says_yes
    return replace(report, facts=facts, silent=True, restricted=True)
