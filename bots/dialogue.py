"""What to do next, given what is known and what was heard. Pure: no clock, no database, no words.

The order of the questions below is the law of the house: who holds the conversation, who must be silent, is there
danger, does somebody want a person, is a case open; and only then whether there is an answer to give.
"""

from __future__ import annotations

from dataclasses import replace

from bots import silence
from bots.questions import YES_NO, Known, facts_of_answer, line_for, next_question
from bots.state import Decision, Heard, Line, Scene, State
from handoff.incidents import Reason, Report, merge_categories
from handoff.routing import report_of

ASK_SECONDS = 45.0  # an unanswered question whether there is danger becomes a case after so long
LOOK_SECONDS = 30.0  # how soon the first look at a waiting case is due, counted from the citizen's last words
PAUSE = 3.0  # several quick lines are one thought: what is not urgent waits for the next line
PRANK_REPLIES = 3  # after so many the bot answers a prankster no more; every message is still read

_NO_WORDS = ("reaction", "deleted")
_MEDIA = {"voice": "voice_heard", "photo": "photo_seen", "video": "photo_seen", "document": "photo_seen"}


def hear(scene: Scene, heard: Heard) -> Decision:
    """Decide on one message of a citizen."""
    if scene.holder == "operator":
        return _listen(scene, heard)
    if heard.kind in _NO_WORDS and heard.answer is None:
        return Decision(scene.state, due_in=_look_again(scene))
    if scene.silent and scene.case is not None:
        return silence.hear(scene, heard)
    if silence.meant(heard, scene):
        return silence.enter(scene, heard)
    if heard.understanding.action == "escalate":
        return _escalate(scene, heard, "emergency")
    if heard.understanding.facts.get("wants_human"):
        return _call_human(scene, heard)
    if scene.case is not None:
        return _go_on(scene, heard)
    return _no_case(scene, heard)


def _listen(scene: Scene, heard: Heard) -> Decision:
    """A human speaks: note what was said, raise the urgency where it must rise, say nothing."""
    state = replace(scene.state, asked=None, waits=0)
    if scene.case is None:
        return Decision(state)
    report = _report(scene, heard, "emergency")
    if heard.understanding.kind != "emergency":
        report = replace(report, severity=scene.case.severity)
    return Decision(state, report=report, due_in=LOOK_SECONDS, alarm="clear")


def _report(scene: Scene, heard: Heard, reason: Reason) -> Report:
    report = report_of(heard.understanding, reason, scene.book.categories, summary=heard.text)
    place = report.place
    if place is None and _answers_where(scene.state.asked, heard):
        place = {"text": heard.text.strip()[:200], "source": "text", "confidence": 0.1}
    return replace(report, place=place, facts={**report.facts, **facts_of_answer(scene.state.asked, heard)})


def _answers_where(asked: str | None, heard: Heard) -> bool:
    """Whether words without a place that we know may still say where: the operator reads them as they stand."""
    said = heard.understanding
    plain = heard.kind == "text" and heard.text.strip() and heard.answer is None and heard.digit is None
    return bool(
        asked in ("where", "where_again") and plain and not said.facts.get("wants_human") and said.kind != "prank"
    )


def _escalate(scene: Scene, heard: Heard, reason: Reason, *first: str) -> Decision:
    """Put it in front of a human now; say so, and ask the first question in the same message."""
    report = _report(scene, heard, reason)
    if scene.case is not None:
        return _go_on(scene, heard)
    begun = first or _first_words(scene, heard)
    return _ask_on(scene, report, replace(scene.state, told=(), stage="idle"), begun, urgency=0, wait=0.0)


def _first_words(scene: Scene, heard: Heard) -> tuple[str, ...]:
    if heard.understanding.categories[:1] == ("bunuh_diri",):
        return ("first_suicide_helper",) if heard.understanding.facts.get("third_person") else ("first_suicide",)
    if scene.desk.present == 0:
        return ("first_empty",)
    return ("first_busy",) if scene.desk.present and scene.desk.waiting >= 3 * scene.desk.present else ("first",)


def _call_human(scene: Scene, heard: Heard) -> Decision:
    """ "Petugas" reaches a human from every state, in one message, and the citizen is told how it stands."""
    if scene.case is None:
        return _escalate(scene, heard, "wants_human", "human_called")
    key = "human_already_claimed" if scene.case.status == "claimed" else "human_already"
    line = Line(keys=(key,), params={"code": scene.case.code}, urgency=1)
    state = replace(scene.state, stage="case", waits=0)
    return Decision(state, (line,), _report(scene, heard, "wants_human"), LOOK_SECONDS, alarm="clear", label="escalate")


def _go_on(scene: Scene, heard: Heard) -> Decision:
    """A case is open and nobody has taken over: keep what was said, ask the next thing."""
    said = heard.understanding
    report = _report(scene, heard, "emergency" if said.action == "escalate" else "reply_after_close")
    if said.action != "escalate" and scene.case is not None:
        # Only words of danger change an open case's urgency; a photo or a "yes" does not.
        report = replace(report, severity=max(report.severity, scene.case.severity))
    state = replace(scene.state, stage="case", waits=0)
    if said.facts.get("safe_now"):
        return _settle(state, report, "noted_safe")
    if _means_still_here(scene.state.asked, heard):
        return _settle(state, report, "still_waiting")
    return _ask_on(scene, report, state, (), urgency=1, wait=PAUSE)


def _means_still_here(asked: str | None, heard: Heard) -> bool:
    """A bare "1" or "ya" that answers no yes-or-no question: "yes, I am here", "yes, I still need help"."""
    answers_fact = asked is not None and (asked.startswith("fact:") or asked == "phone")
    return not answers_fact and (heard.answer == "yes" or heard.digit == 1)


def _settle(state: State, report: Report, key: str) -> Decision:
    line = Line(keys=(key,), urgency=1, wait=PAUSE)
    return Decision(state, (line,), report, LOOK_SECONDS, alarm="clear")


def _ask_on(
    scene: Scene, report: Report, state: State, begun: tuple[str, ...], *, urgency: int, wait: float
) -> Decision:
    """The next question of the case, after the words in ``begun``, a read-back and the pre-arrival card."""
    known = _known(scene, report)
    told = (*state.told, *begun)
    before = list(begun)
    if report.place and report.place.get("outside") and "outside" not in told:
        before.append("outside")
    if known.has_place and known.categories and "noted" not in told and not begun:
        before.append("noted" if _is_named(report.place or (scene.case.place if scene.case else None)) else "")
    before = [key for key in before if key]
    suicide = any(key.startswith("first_suicide") for key in begun)
    question = "where" if suicide and begun == ("first_suicide_helper",) else None
    if not suicide:
        question = next_question(scene, known, told)
    lines = _lines(scene, known, question, before, urgency, wait)
    lines += _card(scene, known, told)
    told = (
        *told,
        *before,
        *((question,) if question else ("noted_all",)),
        *(f"card:{one.card}" for one in lines if one.card),
    )
    state = replace(state, stage="case", asked=question, told=tuple(dict.fromkeys(told)), topics=(), waits=0)
    return Decision(state, tuple(lines), report, LOOK_SECONDS, alarm="clear", label="escalate" if begun else "listen")


def _known(scene: Scene, report: Report) -> Known:
    case = scene.case
    place = report.place or (case.place if case else None)
    return Known(
        has_place=bool(place and (place.get("kecamatan") or place.get("lat") is not None or place.get("landmark"))),
        categories=merge_categories(case.categories if case else (), report.categories),
        facts={**(case.facts if case else {}), **report.facts},
    )


def _is_named(place: object) -> bool:
    return isinstance(place, dict) and bool(place.get("kelurahan") or place.get("kecamatan") or place.get("landmark"))


def _lines(
    scene: Scene, known: Known, question: str | None, before: list[str], urgency: int, wait: float
) -> list[Line]:
    if question is not None:
        return [line_for(scene, known, question, *before, urgency=urgency, wait=wait)]
    if before:
        return [Line(keys=tuple(before), urgency=urgency, wait=wait)]
    if "noted_all" not in scene.state.told:
        return [Line(keys=("noted_all",), urgency=urgency, wait=wait)]
    return []


def _card(scene: Scene, known: Known, told: tuple[str, ...]) -> list[Line]:
    """The approved pre-arrival card that fits what is known, once a case, as soon as its place is known."""
    if not known.has_place or any(key.startswith("card:") for key in told):
        return []
    occasions = [f"{slug}:{fact}" for slug in known.categories for fact, value in known.facts.items() if value is True]
    found = next((scene.book.cards[one] for one in (*occasions, *known.categories) if one in scene.book.cards), None)
    return [Line(card=found, urgency=1)] if found else []


def _no_case(scene: Scene, heard: Heard) -> Decision:
    if scene.state.asked == "danger":
        return _danger_answered(scene, heard)
    if heard.kind == "location":
        return _escalate(scene, heard, "pin", "pin_seen")
    if heard.kind in _MEDIA and not heard.text.strip():
        return _escalate(scene, heard, "media", _MEDIA[heard.kind])
    if heard.kind in ("unknown", "contact") and not heard.text.strip():
        return _escalate(scene, heard, "media", "unreadable")
    if heard.kind == "sticker":
        return _ask_danger(scene, heard, "sticker")
    if scene.state.stage == "closed" and _still_in_need(heard):
        return _escalate(scene, heard, "reply_after_close", "after_close")
    return _answer(scene, heard)


def _still_in_need(heard: Heard) -> bool:
    """After the end of a case any words but thanks, a joke or a clear question go to a human again."""
    said = heard.understanding
    if heard.answer == "yes" or heard.digit == 1:
        return True
    return said.action == "ask" or (said.kind == "emergency")


def _ask_danger(scene: Scene, heard: Heard, *before: str) -> Decision:
    """One question back. Silence or an unclear answer goes to a human (see bots.waiting)."""
    topics = tuple(topic for topic, _ in heard.understanding.topics if topic in scene.book.topics)
    line = Line(keys=(*before, "ask_danger"), buttons=YES_NO, urgency=1, wait=PAUSE if heard.kind == "text" else 0.0)
    state = replace(scene.state, stage="asking", asked="danger", topics=topics)
    return Decision(state, (line,), due_in=ASK_SECONDS, label="ask")


def _danger_answered(scene: Scene, heard: Heard) -> Decision:
    """Is there danger? Yes and unclear go to a human; "no" and a plain question go on without one."""
    said, state = heard.understanding, replace(scene.state, stage="idle", asked=None, topics=())
    if heard.answer == "yes" or heard.digit == 1:
        return _escalate(scene, heard, "emergency")
    if heard.kind == "location":
        return _escalate(scene, heard, "pin", "pin_seen")
    if heard.answer == "no" or heard.digit == 2:
        return _topic_or(scene, state, scene.state.topics, "not_emergency")
    if said.action == "answer" and said.kind in ("question", "complaint") and said.topics:
        return _answer(replace(scene, state=state), heard)
    if said.facts.get("thanks") or said.facts.get("safe_now") or said.facts.get("prank_admitted"):
        return _answer(replace(scene, state=state), heard)
    return _escalate(scene, heard, "unclear", "unclear_called")


def _answer(scene: Scene, heard: Heard) -> Decision:
    said, state = heard.understanding, replace(scene.state, asked=None)
    if said.action == "ask":
        return _ask_danger(scene, heard)
    if said.action == "warn":
        return _warn(state)
    topics = tuple(topic for topic, _ in said.topics if topic in scene.book.topics)
    if said.kind == "smalltalk" and not topics:
        return _small_talk(state, heard)
    return _topic_or(scene, state, topics, "complaint" if said.kind == "complaint" else "dont_know")


def _topic_or(scene: Scene, state: State, topics: tuple[str, ...], otherwise: str) -> Decision:
    if not topics:
        return Decision(state, (Line(keys=(otherwise,), wait=PAUSE),), label="answer")
    hint = () if "hint" in state.told or scene.channel == "sms" else ("hint",)
    line = Line(keys=hint, topic=topics[0], wait=PAUSE)
    return Decision(replace(state, told=(*state.told, *hint)), (line,), label="answer")


def _small_talk(state: State, heard: Heard) -> Decision:
    key = "menu" if "menu" not in state.told else "hello_again"
    if heard.understanding.facts.get("thanks"):
        key = "thanks_closed" if state.stage == "closed" else "thanks"
    told = tuple(dict.fromkeys((*state.told, key)))
    return Decision(replace(state, told=told), (Line(keys=(key,), wait=PAUSE),), label="answer")


def _warn(state: State) -> Decision:
    """Slow a prank down, never shut anyone out: each reply takes longer, then none; danger is always heard."""
    pranks = state.pranks + 1
    wait = min(60.0, PAUSE * 3 ** (pranks - 1))
    lines = (Line(keys=("prank",), wait=wait, lifetime=600.0),) if pranks <= PRANK_REPLIES else ()
    return Decision(replace(state, pranks=pranks), lines, prank=True, label="warn")


def _look_again(scene: Scene) -> float | None:
    if scene.state.asked == "danger":
        return ASK_SECONDS
    return LOOK_SECONDS if scene.case is not None else None
