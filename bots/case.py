"""A case in the dialogue: how it opens, what each further message adds, which question comes next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bots import silence
from bots.questions import Known, facts_of_answer, line_for, next_question, severity_of_answer
from bots.state import Decision, Heard, Line, Scene, State
from handoff.incidents import UNKNOWN, Reason, Report, merge_categories
from handoff.routing import report_of

LOOK_SECONDS = 30.0  # how soon the first look at a waiting case is due, counted from the citizen's last words
PAUSE = 3.0  # several quick lines are one thought: what is not urgent waits for the next line
KNOWN = 0.4  # confidence from which words name a place
BUSY = 3  # waiting cases for each operator at the desk, from which on citizens are told that all are busy


def calling(scene: Scene) -> str:
    """How it stands with the operators, as a key of the wording: what is said follows what is true."""
    if scene.desk.present == 0:
        return "calling_empty"
    busy = scene.desk.present is not None and scene.desk.waiting >= BUSY * scene.desk.present
    return "calling_busy" if busy else "calling"


def seen_question(heard: Heard, wait: float) -> str | None:
    """The ISO time at which a question leaves that waits for the next quick line; None when it leaves at once."""
    return (heard.at + timedelta(seconds=wait)).isoformat() if wait else None


def open_case(scene: Scene, heard: Heard, reason: Reason, *begun: str) -> Decision:
    """Put it in front of a human now; say so in the words ``begun``, and ask the first question in the same message."""
    report = report_of_message(scene, heard, reason)
    if scene.state.doubt is not None:
        report = _with_doubt(report, Report.from_json(scene.state.doubt))
    state = State(stage="case", recent=scene.state.recent, pranks=scene.state.pranks)
    return ask_on(scene, heard, report, state, begun, urgency=0, wait=0.0)


def _with_doubt(report: Report, doubt: Report) -> Report:
    """The message that was asked back about tells more than the "1" that answered."""
    return replace(
        report,
        severity=min(report.severity, doubt.severity),
        categories=merge_categories(doubt.categories, report.categories),
        summary=doubt.summary or report.summary,
        place=report.place or doubt.place,
        alternatives=report.alternatives or doubt.alternatives,
        facts={**doubt.facts, **report.facts},
        why=(*doubt.why, *report.why),
        restricted=report.restricted or doubt.restricted,
    )


def report_of_message(scene: Scene, heard: Heard, reason: Reason) -> Report:
    """What one message says of the case, as an answer to the open question too, if that question has been seen."""
    asked = scene.state.question_at(heard.at)
    report = report_of(heard.understanding, reason, scene.book.categories, summary=heard.text)
    place = report.place
    if place is None and _answers_where(asked, heard):
        place = {"text": heard.text.strip()[:200], "source": "text", "confidence": 0.1}
    answered = facts_of_answer(scene, asked, heard)
    severity = min(report.severity, severity_of_answer(scene, answered))
    if _answers_where(asked, heard) and not report.place:
        report = _only_sure(scene, heard, report)
    return replace(report, place=place, severity=severity, facts={**report.facts, **answered})


def _only_sure(scene: Scene, heard: Heard, report: Report) -> Report:
    """Words that say where easily sound like a second emergency ("samping rumah om"): only a sure kind is added."""
    sure = tuple(slug for slug in report.categories if silence.is_sure(heard.understanding, slug))
    return replace(report, categories=sure, restricted=any(scene.book.categories[slug].restricted for slug in sure))


def _answers_where(asked: str | None, heard: Heard) -> bool:
    """Whether words without a place that we know may still say where: the operator reads them as they stand."""
    said = heard.understanding
    plain = heard.kind == "text" and heard.text.strip() and not heard.says_yes and heard.digit is None
    other = said.facts.get("wants_human") or said.kind == "prank"
    return bool(asked in ("where", "where_again") and plain and not other)


def go_on(scene: Scene, heard: Heard) -> Decision:
    """A case is open and nobody has taken over: keep what was said, ask the next thing."""
    assert scene.case is not None  # noqa: S101 - the dialogue asked
    said = heard.understanding
    report = report_of_message(scene, heard, "emergency" if said.action == "escalate" else "reply_after_close")
    if said.action != "escalate":
        # Only words of danger and answers that mean danger change an open case's urgency; a photo does not.
        answered = severity_of_answer(scene, facts_of_answer(scene, scene.state.question_at(heard.at), heard))
        report = replace(report, severity=min(answered, max(report.severity, scene.case.severity)))
    state = replace(scene.state, stage="case", waits=0)
    if said.facts.get("safe_now"):
        return _settle(state, report, "noted_safe")
    asked = state.question_at(heard.at)
    if heard.says_yes and not (asked or "").startswith("fact:") and asked != "phone":
        return _settle(state, report, "still_waiting")  # "yes, I am here", "yes, I still need help"
    return ask_on(scene, heard, report, _untold(state, heard), (), urgency=1, wait=PAUSE)


def note_fix(scene: Scene, heard: Heard) -> Decision:
    """One more fix of a live location: it moves the pin and asks nothing."""
    assert scene.case is not None  # noqa: S101
    report = replace(report_of_message(scene, heard, "pin"), severity=scene.case.severity)
    return Decision(replace(scene.state, waits=0), report=report, due_in=LOOK_SECONDS, alarm="clear")


def _untold(state: State, heard: Heard) -> State:
    """A question that a quick line overtook was never seen: it may be asked again."""
    if state.asked is None or state.question_at(heard.at) is not None:
        return state
    return replace(state, told=tuple(key for key in state.told if key != state.asked))


def _settle(state: State, report: Report, key: str) -> Decision:
    line = Line(keys=(key,), urgency=1, wait=PAUSE)
    return Decision(state, (line,), report, LOOK_SECONDS, alarm="clear")


def ask_on(
    scene: Scene, heard: Heard, report: Report, state: State, begun: tuple[str, ...], *, urgency: int, wait: float
) -> Decision:
    """The next question of the case, after the words in ``begun``, a read-back and the pre-arrival card."""
    known = _known(scene, report)
    before = list(begun)
    if report.place and report.place.get("outside") and "outside" not in state.told:
        before.append("outside")
    if known.has_place and not begun and not {"noted", "noted_place"} & set(state.told):
        before += _read_back(scene, report, known)
    told = (*state.told, *before)
    question = next_question(scene, known, told)
    lines = _words(scene, known, question, tuple(before), state, urgency, wait)
    lines += _card(scene, known, told)
    told = (*told, question or "noted_all", *(f"card:{one.card}" for one in lines if one.card))
    state = replace(
        state,
        stage="case",
        asked=question,
        asked_at=seen_question(heard, wait),
        told=tuple(dict.fromkeys(told)),
        topics=(),
        doubt=None,
        waits=0,
    )
    return Decision(state, tuple(lines), report, LOOK_SECONDS, alarm="clear", label="escalate" if begun else "listen")


def _known(scene: Scene, report: Report) -> Known:
    case = scene.case
    place = report.place or (case.place if case else None)
    return Known(
        has_place=_is_known(place),
        categories=merge_categories(case.categories if case else (), report.categories),
        facts={**(case.facts if case else {}), **report.facts},
    )


def _read_back(scene: Scene, report: Report, known: Known) -> list[str]:
    """What was noted, to be corrected: the kind where it is named, the place where it has a name."""
    place = report.place or (scene.case.place if scene.case else None)
    if not _is_named(place):
        return []
    return ["noted" if set(known.categories) - {UNKNOWN} else "noted_place"]


def _is_known(place: Mapping[str, Any] | None) -> bool:
    """Whether a unit could be sent there: a pin, or a name that the city knows. "dekat jalan besar" is no place yet."""
    if place is None or ((place.get("confidence") or 0.0) < KNOWN and place.get("source") not in ("pin", "operator")):
        return False
    return bool(place.get("kecamatan") or place.get("lat") is not None or place.get("landmark"))


def _is_named(place: Mapping[str, Any] | None) -> bool:
    return bool(place and (place.get("kelurahan") or place.get("kecamatan") or place.get("landmark")))


def _words(
    scene: Scene,
    known: Known,
    question: str | None,
    before: tuple[str, ...],
    state: State,
    urgency: int,
    wait: float,
) -> list[Line]:
    if question is not None:
        return [line_for(scene, known, question, *before, urgency=urgency, wait=wait)]
    if before:
        return [Line(keys=before, urgency=urgency, wait=wait)]
    if "noted_all" not in state.told:
        return [Line(keys=("noted_all",), urgency=urgency, wait=wait)]
    return []


def _card(scene: Scene, known: Known, told: tuple[str, ...]) -> list[Line]:
    """The approved pre-arrival card that fits what is known, once a case, as soon as its place is known."""
    if not known.has_place or any(key.startswith("card:") for key in told):
        return []
    occasions = [f"{slug}:{fact}" for slug in known.categories for fact, value in known.facts.items() if value is True]
    found = next((scene.book.cards[one] for one in (*occasions, *known.categories) if one in scene.book.cards), None)
    return [Line(card=found, urgency=1)] if found else []
