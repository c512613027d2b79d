"""What to do next, given what is known and what was heard. Pure: no clock, no database, no words.

The order of the questions in ``hear`` is the law of the house: who holds the conversation, who must be silent, is there
danger, does somebody want a person, is a case open; and only then whether there is an answer to give.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bots import feedback, fixes, silence, violence
from bots.answers import asks_back, open_question
from bots.case import (
    LOOK_SECONDS,
    PAUSE,
    calling,
    go_on,
    has_begun,
    note_fix,
    open_case,
    report_of_message,
    seen_question,
    untold,
)
from bots.kinds import SUICIDE
from bots.questions import yes_no
from bots.ringing import ring
from bots.smalltalk import answer_small_talk, end_broadcasts, wants_no_broadcasts, warn
from bots.state import Decision, Feedback, Heard, Line, Scene, State
from nlu.variants import without_variants

CLEAR_TOPIC = 0.8  # "sudah di mana?" after a case is about the help that was promised, unless it is plainly not
LIKELY_AT_ALL = 0.05  # a topic that they may have meant instead
STAYS_CLOSED = timedelta(days=1)  # so long what they write may be about the case that ended
ASK_SECONDS = 45.0  # an unanswered question whether there is danger becomes a case after so long

_NO_WORDS = ("reaction", "deleted", "call")
_MEDIA = {"voice": "voice_heard", "photo": "photo_seen", "video": "photo_seen", "document": "photo_seen"}


def hear(scene: Scene, heard: Heard) -> Decision:
    """Decide on one message of a citizen."""
    scene = _long_after(scene, heard)
    heard = feedback.of_typed_title(scene, feedback.chosen(scene, _as_said(scene, heard)))
    if heard.kind == "fix":
        return replace(fixes.note(scene, heard), due_in=_look_again(scene))
    if scene.holder == "operator":
        return _listen(scene, heard)
    if heard.kind == "call" and not scene.silent:
        return ring(scene, heard)
    if heard.kind in _NO_WORDS and heard.answer is None:
        return Decision(scene.state, due_in=_look_again(scene))
    if scene.silent:  # until an operator lifts it, also after the end of a case
        return silence.hear(scene, heard) if scene.case is not None else silence.enter(scene, heard)
    if violence.is_asked_about(scene, heard):
        return violence.answer(scene, heard)
    if silence.meant(heard, scene) or violence.is_near(scene, heard):
        return silence.enter(scene, heard)
    if heard.understanding.action == "escalate":
        return _escalate(scene, heard)
    if heard.understanding.facts.get("wants_human"):
        return _call_human(scene, heard)
    if violence.is_denied(scene, heard):
        return violence.leave_be(scene, heard)
    if scene.case is not None:
        return note_fix(scene, heard) if heard.live and scene.case.place else go_on(scene, heard)
    return _no_case(scene, heard)


def _long_after(scene: Scene, heard: Heard) -> Scene:
    """A day after the end of a case its citizen is one like any other."""
    ended = scene.state.closed_at
    if scene.state.stage != "closed" or ended is None or heard.at - datetime.fromisoformat(ended) < STAYS_CLOSED:
        return scene
    return replace(scene, state=replace(scene.state, stage="idle", closed_at=None))


def _as_said(scene: Scene, heard: Heard) -> Heard:
    """Who has a case, had one, or was asked something answers us: no variant that a clerk wrote reads it otherwise.

    "Sudah di mana?", "tidak tahu" are words about the help that was called, whatever else they were taught to ask for.
    """
    if scene.case is None and scene.state.asked is None and scene.state.stage != "closed":
        return heard
    return replace(heard, understanding=without_variants(heard.understanding))


def _listen(scene: Scene, heard: Heard) -> Decision:
    """A human speaks: note what was said, raise the urgency where it must rise, say nothing."""
    state = replace(scene.state, asked=None, waits=0)
    if scene.case is None:
        return Decision(state)
    report = report_of_message(scene, heard, "emergency")
    if heard.understanding.kind != "emergency":
        report = replace(report, severity=scene.case.severity)
    hush = silence.meant(heard, scene)
    if hush:
        report = replace(report, severity=1, silent=True, restricted=True)
    return Decision(state, report=report, due_in=LOOK_SECONDS, alarm="clear", silent=True if hush else None)


def _escalate(scene: Scene, heard: Heard) -> Decision:
    """Danger: in front of a human now."""
    if heard.understanding.categories[:1] == (SUICIDE,) and not (scene.case and has_begun(scene.state)):
        return _suicide(scene, heard)
    if scene.case is not None:
        return go_on(scene, heard)
    return open_case(scene, heard, "emergency", "received", calling(scene))


def _suicide(scene: Scene, heard: Heard) -> Decision:
    """Two ways to begin (protocol §15.3): with the person, whether they are alone; with a helper, where it is."""
    if heard.understanding.facts.get("third_person"):
        if scene.case is not None:
            return go_on(scene, heard)
        return open_case(scene, heard, "emergency", "first_suicide_helper", calling(scene))
    report = report_of_message(scene, heard, "emergency")
    key = "first_suicide_empty" if scene.desk.present == 0 else "first_suicide"
    asked = "fact:alone"
    state = State(stage="case", asked=asked, told=(*scene.state.told, key, asked, "fact:accompanied"), clear=(SUICIDE,))
    line = Line(keys=(key,), buttons=yes_no(asked), urgency=0)
    return Decision(state, (line,), report, LOOK_SECONDS, alarm="clear", lead=SUICIDE, label="escalate")


def _call_human(scene: Scene, heard: Heard) -> Decision:
    """ "Petugas" reaches a human from every state, in one message, and the citizen is told how it stands."""
    if scene.case is None:
        return open_case(scene, heard, "wants_human", "human_called", calling(scene))
    key = "human_already_claimed" if scene.case.status == "claimed" else "human_already"
    line = Line(keys=(key,), params={"code": scene.case.code}, urgency=1)
    report = report_of_message(scene, heard, "wants_human")
    state = replace(untold(scene.state, heard), stage="case", waits=0)
    return Decision(state, (line,), report, LOOK_SECONDS, alarm="clear", label="escalate")


def _no_case(scene: Scene, heard: Heard) -> Decision:
    if heard.live and scene.state.stage == "closed":
        return Decision(scene.state)  # a live location that runs on after the end
    if scene.state.asked == "danger" or (heard.to == "danger" and heard.says_yes):
        return _danger_answered(scene, heard)
    if (of_answer := feedback.hear(scene, heard)) is not None:
        return of_answer
    if heard.kind == "location":
        return open_case(scene, heard, "pin", "pin_seen", calling(scene))
    if heard.kind == "unknown":
        return open_case(scene, heard, "media", "unreadable", calling(scene))
    if not heard.text.strip() and heard.kind in (*_MEDIA, "contact"):
        return open_case(scene, heard, "media", _MEDIA.get(heard.kind, "photo_seen"), calling(scene))
    if heard.kind == "sticker":
        return _ask_danger(scene, heard, "sticker")
    if scene.state.stage == "closed" and _still_in_need(heard):
        return open_case(scene, heard, "reply_after_close", "after_close", calling(scene))
    return _answer(scene, heard)


def _still_in_need(heard: Heard) -> bool:
    """After the end of a case any words but thanks, a joke or a clear question go to a human again.

    A mere greeting is asked back about (see ``_answer``).
    """
    said = heard.understanding
    if heard.says_yes or said.action == "ask" or said.kind == "emergency":
        return True
    if said.facts.get("thanks") or said.facts.get("safe_now") or heard.says_no or said.action == "warn":
        return False
    return asks_back(heard) and (not said.topics or said.topics[0][1] < CLEAR_TOPIC)


def _ask_danger(scene: Scene, heard: Heard, *before: str) -> Decision:
    """One question back. Silence or an unclear answer goes to a human (see bots.waiting)."""
    topics = [topic for topic, _ in heard.understanding.topics if topic in scene.book.topics]
    wait = PAUSE if heard.kind == "text" else 0.0
    line = Line(keys=(*before, "ask_danger"), buttons=yes_no("danger"), urgency=1, wait=wait)
    report = report_of_message(scene, heard, "unclear")
    state = replace(
        scene.state,
        stage="asking",
        asked="danger",
        asked_at=seen_question(heard, wait),
        topics=tuple(dict.fromkeys((*scene.state.topics, *topics))),
        doubt=scene.state.doubt or report.to_json(),
        hinted=scene.state.hinted or bool(heard.understanding.categories or report.facts),
    )
    return Decision(state, (line,), due_in=ASK_SECONDS, label="ask")


def _danger_answered(scene: Scene, heard: Heard) -> Decision:
    """Is there danger? Yes and unclear go to a human; "no" and a plain question go on without one.

    A joke or an insult is unclear too, but where nothing at all hinted at danger it is a joke like any other: slowed
    down, counted, read (protocol §3, PX). Silence always goes to a human (§15.5, see bots.waiting).
    """
    said = heard.understanding
    calm = replace(scene.state, stage="idle", asked=None, topics=(), doubt=None, hinted=False)
    if heard.kind == "location":
        return open_case(scene, heard, "pin", "pin_seen", calling(scene))
    if open_question(scene.state, heard) is None:
        return _answer(replace(scene, state=calm), heard)  # one more quick line, read with those before: no answer yet
    if heard.says_yes:
        return open_case(scene, heard, "emergency", "received", calling(scene))
    if heard.says_no:
        return _topic_or(scene, heard, calm, scene.state.topics, "not_emergency")
    if said.action == "answer" and said.kind in ("question", "complaint") and said.topics:
        return _answer(replace(scene, state=calm), heard)
    if said.facts.get("thanks") or said.facts.get("safe_now") or said.facts.get("prank_admitted"):
        return _answer(replace(scene, state=calm), heard)
    if said.action == "warn" and not scene.state.hinted:
        return warn(calm, heard.at)
    return open_case(scene, heard, "unclear", "unclear_called")


def _answer(scene: Scene, heard: Heard) -> Decision:
    if wants_no_broadcasts(heard):
        return end_broadcasts(scene.state)
    said, state = heard.understanding, replace(scene.state, asked=None)
    if heard.digit is not None and not said.topics and scene.channel == "sms":
        # A bare digit answers only an open question; without one it may be all that somebody can press.
        return open_case(scene, heard, "unclear", "unclear_called")
    if said.action == "ask":
        return _ask_danger(scene, heard)
    if said.action == "warn":
        return warn(state, heard.at)
    if heard.digit is not None and not said.topics:
        return _ask_danger(scene, heard)
    topics = tuple(topic for topic, score in said.topics if topic in scene.book.topics and score >= LIKELY_AT_ALL)
    if said.kind == "smalltalk" and not topics:
        if state.stage == "closed" and not (said.facts.get("thanks") or said.facts.get("safe_now") or heard.says_no):
            return _ask_danger(scene, heard)  # "halo?": they may still wait for help
        return answer_small_talk(state, heard)
    return _topic_or(scene, heard, state, topics, "complaint" if said.kind == "complaint" else "dont_know")


def _topic_or(scene: Scene, heard: Heard, state: State, topics: tuple[str, ...], otherwise: str) -> Decision:
    said: Feedback | None = "not_that" if feedback.corrects(scene, heard) else None
    state = replace(state, answered=None, others=topics[1:], offered=())
    if not topics:
        return Decision(state, (Line(keys=(otherwise,), wait=PAUSE),), feedback=said, label="answer")
    hint = () if "hint" in state.told or scene.channel == "sms" else ("hint",)
    line = Line(
        keys=hint,
        topic=topics[0],
        buttons=feedback.button_under(scene, topics[0]),
        language=heard.understanding.language,
        kecamatan=state.kecamatan,
        wait=PAUSE,
    )
    state = replace(state, told=(*state.told, *hint), answered=(topics[0], heard.at.isoformat(), heard.id))
    return Decision(state, (line,), feedback=said, label="answer")


def _look_again(scene: Scene) -> float | None:
    if scene.state.asked == "danger":
        return ASK_SECONDS
    return LOOK_SECONDS if scene.case is not None else None
