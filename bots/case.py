"""A case in the dialogue: how it opens, what each further message adds, which question comes next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bots.answers import (
    asks_back,
    facts_of_answer,
    is_joke,
    open_question,
    says_nothing,
    severity_of_answer,
    tries_place,
)
from bots.kinds import SUICIDE, clear_kinds, leads, of_their_own_life
from bots.look_back import card_of, is_known, read_back
from bots.questions import WHERE, Known, line_for, next_question, wanted_by
from bots.state import Decision, Heard, Line, Scene, State
from handoff.report import UNKNOWN, Reason, Report, merge_categories
from handoff.routing import report_of

LOOK_SECONDS = 30.0  # how soon the first look at a waiting case is due, counted from the citizen's last words
PAUSE = 3.0  # several quick lines are one thought: what is not urgent waits for the next line
ON_ITS_WAY = 5.0  # an SMS that was written sooner after the one before cannot answer it
BUSY = 3  # waiting cases for each operator at the desk, from which on citizens are told that all are busy
STILL_TRUE = "fact:in_progress"
_FIRST_WORDS = ("calling", "first_suicide")  # how the wording's keys begin that say once that a human is called
_SEEN = {"voice": "voice_heard", "photo": "photo_seen", "video": "photo_seen", "document": "photo_seen"}
_UNREADABLE = {"sticker": "sticker", "unknown": "unreadable"}


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
    state = State(stage="case", recent=scene.state.recent, pranks=scene.state.pranks, rang_at=scene.state.rang_at)
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
    asked = open_question(scene.state, heard)
    report = report_of(heard.understanding, reason, scene.book.categories, summary=heard.text)
    says_where = asked in WHERE and tries_place(heard)
    if says_where and report.place is None:
        report = _only_clear(scene, heard, report)
        report = replace(report, place={"text": heard.text.strip()[:200], "source": "text", "confidence": 0.1})
    answered = facts_of_answer(scene, asked, heard)
    report = replace(
        report,
        categories=merge_categories((), report.categories),
        severity=min(report.severity, severity_of_answer(scene, answered)),
        facts={**report.facts, **answered},
    )
    return of_their_own_life(scene, heard, report) if SUICIDE in report.categories else report


def _only_clear(scene: Scene, heard: Heard, report: Report) -> Report:
    """Words that say where easily sound like a second emergency ("samping rumah om"): only a clear kind is added."""
    kept = clear_kinds(heard, report)
    return replace(report, categories=kept, restricted=any(scene.book.categories[slug].restricted for slug in kept))


def go_on(scene: Scene, heard: Heard) -> Decision:
    """A case is open and nobody has taken over: keep what was said, ask the next thing."""
    assert scene.case is not None  # noqa: S101 - the dialogue asked
    said, state = heard.understanding, replace(scene.state, stage="case", waits=0)
    asked = open_question(scene.state, heard)
    report = _heard_more(scene, heard, asked)
    alarmed = said.action == "escalate" or (heard.to == "danger" and heard.says_yes)
    begun = ("received", calling(scene)) if alarmed and not has_begun(state) else ()
    if said.facts.get("safe_now") and not any(name.startswith("rule_") for name in said.scores):
        return _stay(scene, untold(state, heard), report, "noted_safe", asks=False)
    unseen = state.asked is not None and asked is None
    if not begun and not unseen and _tells_nothing(scene, heard, asked):
        return _stay(scene, state, report, *_how_it_stands(scene, heard), asks=not said.facts.get("thanks"))
    state = _where_anew(scene, heard, report, untold(state, heard), asked, begun=bool(begun))
    urgency, wait = (0, 0.0) if begun else (1, PAUSE)
    return ask_on(scene, heard, report, state, begun, urgency=urgency, wait=wait)


def has_begun(state: State) -> bool:
    """Whether the citizen has read that a human is being called."""
    return any(key.startswith(_FIRST_WORDS) for key in state.told)


def _heard_more(scene: Scene, heard: Heard, asked: str | None) -> Report:
    assert scene.case is not None  # noqa: S101 - go_on asked
    if heard.understanding.action == "escalate":
        return report_of_message(scene, heard, "emergency")
    # Only words of danger and answers that mean danger change an open case's urgency; a photo does not.
    report = report_of_message(scene, heard, "reply_after_close")
    answered = severity_of_answer(scene, facts_of_answer(scene, asked, heard))
    return replace(report, severity=min(answered, max(report.severity, scene.case.severity)))


def _tells_nothing(scene: Scene, heard: Heard, asked: str | None) -> bool:
    if asked in WHERE and tries_place(heard):
        return False
    if asked == "phone" and heard.says_no:
        return False
    return says_nothing(wanted_by(scene, asked), heard)


def _how_it_stands(scene: Scene, heard: Heard) -> tuple[str, ...]:
    """What is true of the case, for whoever said nothing that can be added to it."""
    assert scene.case is not None  # noqa: S101
    if not heard.text.strip() and heard.kind in _SEEN:
        return (_SEEN[heard.kind],)
    before = (_UNREADABLE[heard.kind],) if heard.kind in _UNREADABLE else ()
    if heard.understanding.facts.get("thanks"):
        return ("thanks_case",)
    if scene.case.status == "claimed":
        return (*before, "human_already_claimed")
    if is_joke(heard):
        return (*before, "noted_joke")
    return (*before, "human_already" if asks_back(heard) else "still_waiting")


def _stay(scene: Scene, state: State, report: Report, *keys: str, asks: bool = True) -> Decision:
    """Say how it stands, and put the open question again: it has not been answered."""
    assert scene.case is not None  # noqa: S101
    line = Line(keys=keys, params={"code": scene.case.code}, urgency=1, wait=PAUSE)
    if asks and state.asked is not None:
        line = replace(
            line_for(scene, scene.case.categories, state.asked, *keys, urgency=1, wait=PAUSE), params=line.params
        )
    return Decision(state, (line,), report, LOOK_SECONDS, alarm="clear")


def _where_anew(scene: Scene, heard: Heard, report: Report, state: State, asked: str | None, *, begun: bool) -> State:
    """The question where counts only where it was met by an attempt at a place; a worse or other case asks it anew."""
    assert scene.case is not None  # noqa: S101
    attempt = asked in WHERE and tries_place(heard)
    other = bool(set(report.categories) - {*scene.case.categories, UNKNOWN})
    if begun or other or (report.severity < scene.case.severity and not attempt):
        return replace(state, told=tuple(key for key in state.told if key not in WHERE), missed=0)
    if attempt or asked not in WHERE:
        return state
    return replace(state, told=tuple(key for key in state.told if key != asked), missed=state.missed + 1)


def note_fix(scene: Scene, heard: Heard) -> Decision:
    """One more fix of a live location: it moves the pin and asks nothing."""
    assert scene.case is not None  # noqa: S101
    report = replace(report_of_message(scene, heard, "pin"), severity=scene.case.severity)
    return Decision(replace(scene.state, waits=0), report=report, due_in=LOOK_SECONDS, alarm="clear")


def untold(state: State, heard: Heard) -> State:
    """What was not answered may be asked again: a button of an older question was pressed, or a quick line overtook
    the question before it was seen, and with it what was read back."""
    if state.asked is not None and heard.to not in (None, state.asked):
        return replace(state, told=tuple(key for key in state.told if key != state.asked))
    if state.asked is None or state.question_at(heard.at) is not None:
        return state
    unsaid = {state.asked, "noted", "noted_place"}
    return replace(state, asked=None, told=tuple(key for key in state.told if key not in unsaid))


def ask_on(
    scene: Scene, heard: Heard, report: Report, state: State, begun: tuple[str, ...], *, urgency: int, wait: float
) -> Decision:
    """The next question of the case, after the words in ``begun``, a read-back and the pre-arrival card."""
    lead = leads(scene, heard, report)
    state = replace(state, clear=tuple(dict.fromkeys((*state.clear, *clear_kinds(heard, report)))))
    known = _known(scene, report, lead)
    place = _best_place(scene, report)
    before = list(begun)
    if report.place and report.place.get("outside") and "outside" not in state.told:
        before.append("outside")
    if known.has_place and not begun and not {"noted", "noted_place"} & set(state.told):
        before += read_back(scene.book, place, known)
    told = (*state.told, *before)
    question = STILL_TRUE if _may_be_over(heard, known, told) else next_question(scene, known, told, state.missed)
    lines = _words(scene, known, question, tuple(before), state, urgency, wait)
    lines += card_of(scene.book, known, state.clear, told)
    told = (*told, question or "noted_all", *(f"card:{one.card}" for one in lines if one.card))
    state = replace(
        state,
        stage="case",
        asked=question,
        asked_at=seen_question(heard, wait or (ON_ITS_WAY if scene.channel == "sms" else 0.0)),
        told=tuple(dict.fromkeys(told)),
        topics=(),
        doubt=None,
        hinted=False,
        waits=0,
    )
    label = "escalate" if begun else "listen"
    return Decision(state, tuple(lines), report, LOOK_SECONDS, alarm="clear", lead=lead, label=label)


def _may_be_over(heard: Heard, known: Known, told: tuple[str, ...]) -> bool:
    """Whether to ask first whether it still goes on: an SMS can lie an hour in a network without power."""
    return heard.late and STILL_TRUE not in told and STILL_TRUE.removeprefix("fact:") not in known.facts


def _known(scene: Scene, report: Report, lead: str | None) -> Known:
    case = scene.case
    heard = merge_categories(case.categories if case else (), report.categories)
    return Known(
        has_place=is_known(_best_place(scene, report)),
        categories=tuple(dict.fromkeys((lead, *heard))) if lead else heard,
        facts={**(case.facts if case else {}), **report.facts},
    )


def _best_place(scene: Scene, report: Report) -> Mapping[str, Any] | None:
    """What was just said of the place; not where it says less than what is known."""
    before = scene.case.place if scene.case else None
    return report.place if report.place and (is_known(report.place) or not is_known(before)) else before


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
        return [line_for(scene, known.categories, question, *before, urgency=urgency, wait=wait)]
    if before:
        return [Line(keys=before, urgency=urgency, wait=wait)]
    claimed = scene.case is not None and scene.case.status == "claimed"
    key = "human_already_claimed" if claimed else "noted_more" if "noted_all" in state.told else "noted_all"
    return [Line(keys=(key,), params={"code": scene.case.code if scene.case else ""}, urgency=urgency, wait=wait)]
