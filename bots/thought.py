"""From an inbound message to what the dialogue hears: buttons, thumbs, digits; several quick lines as one thought."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bots.gist import gist
from bots.state import Answer, Heard, State
from bots.transcript import Lines, Turn
from nlu.meaning import Understanding
from nlu.understand import Understander
from nlu.word_list import words

ONE_THOUGHT = timedelta(seconds=15)  # lines that follow one another faster are read together too
LATE = timedelta(minutes=10)  # between writing and reaching us (protocol §7)
_LINES = 4
JOINED_ALARM = 0.8  # probability from which lines that say nothing alone alarm together
_THUMBS: dict[str, Answer] = {"👍": "yes", "👌": "yes", "🙏": "yes", "✅": "yes", "👎": "no", "❌": "no"}
_BUTTONS: dict[str, Answer] = {"yes": "yes", "no": "no"}
_SURE_OF_PLACE = 0.5
_UNSURE = words("tahu tau taw yakin pasti jelas ingat lihat")  # "tidak tahu" is no "no"


def read(turn: Turn, state: State, understander: Understander) -> tuple[Heard, State]:
    """What one message says, alone or together with the quick lines before it, and the state that remembers it."""
    one = turn.message
    own = turn.understanding or Understanding("question", "ask")
    if one.kind in ("location", "fix") and one.place is not None:
        own = _pinned(own, turn, understander)
    recent = recent_lines(state.recent, one.sent_at)
    answer, digit = _answer_of(turn, own), _digit_of(own)
    if one.text and one.kind in ("text", "edit") and own.action != "escalate" and answer is None and digit is None:
        unseen = state.asked is not None and state.question_at(one.sent_at) is None
        own = _together(own, recent, turn, understander, whole_only=unseen)
        recent = (*recent, (one.sent_at.isoformat(), one.text))[-_LINES:]
    if own.action == "escalate" and recent and not own.places:
        own = replace(own, places=_whole(recent, turn, understander).places)  # the line before may have said where
    turn.meaning, turn.lines = own, recent
    live = one.place is not None and one.place.live
    late = turn.received_at - one.sent_at > LATE
    to = _question_of_button(one.button)
    heard = Heard(one.kind, one.text, own, one.sent_at, answer, digit, live, to, late, one.button, turn.id)
    return heard, replace(state, recent=recent, kecamatan=_kecamatan(own) or state.kecamatan)


def _kecamatan(said: Understanding) -> str | None:
    """The one that they named, if there is little doubt."""
    sure = (place for place in said.places if place.confidence >= _SURE_OF_PLACE and not place.outside)
    return next((place.kecamatan for place in sure if place.kecamatan), None)


def _pinned(own: Understanding, turn: Turn, understander: Understander) -> Understanding:
    place = turn.message.place
    assert place is not None  # noqa: S101 - the caller looked
    guesses = understander.places_at(place.lat, place.lon, turn.account.city, place.accuracy_m)
    if not turn.message.text:
        return Understanding("emergency", "ask", places=guesses, language=own.language, reasons=("pin",))
    return replace(own, places=(guesses[0], *own.places, *guesses[1:]))


def recent_lines(lines: Lines, at: datetime) -> Lines:
    """Those that a line written ``at`` may make one thought with."""
    return tuple((then, said) for then, said in lines if at - datetime.fromisoformat(then) <= ONE_THOUGHT)


def joined_text(recent: Lines, text: str) -> str:
    """The lines and ``text`` as one."""
    return " ".join([*(said for _, said in recent), text])


def _together(
    own: Understanding,
    recent: Lines,
    turn: Turn,
    understander: Understander,
    *,
    whole_only: bool,
) -> Understanding:
    """The lines as one text, where that says more: danger, or a question's topic. A doubt is never outvoted.

    ``whole_only``: we were about to ask about the lines before; now only all of them together count.
    """
    if not recent:
        return own
    whole = _whole(recent, turn, understander)
    asks_topic = own.action == "answer" and not own.topics and whole.action == "answer" and whole.topics
    alarms = whole.action == "escalate" and whole.scores.get("emergency", 1.0) >= JOINED_ALARM
    if not alarms and not asks_topic and not whole_only:
        return own
    return replace(whole, reasons=(*whole.reasons, f"read together with {len(recent)} earlier lines"))


def _whole(recent: Lines, turn: Turn, understander: Understander) -> Understanding:
    text = joined_text(recent, turn.message.text)
    if text not in turn.joined:
        turn.joined[text] = understander.understand([gist(text, turn.account.city, understander)])[0]
    return turn.joined[text]


def _answer_of(turn: Turn, own: Understanding) -> Answer | None:
    one = turn.message
    if one.button is not None:
        return _BUTTONS.get(one.button.partition(":")[0])
    if one.kind == "reaction":
        return _THUMBS.get(one.text[:1])
    said = own.facts.get("answer")
    if said == "no" and not _UNSURE.isdisjoint(one.text.lower().split()):
        return None
    return "yes" if said == "yes" else "no" if said == "no" else None


def _question_of_button(data: str | None) -> str | None:
    """The question in a button's data: "yes:fact:trapped". Buttons about answers ("topic:ktp") answer no question."""
    verb, _, question = (data or "").partition(":")
    return (question or None) if verb in _BUTTONS else None


def _digit_of(own: Understanding) -> int | None:
    digit = own.facts.get("digit")
    return digit if isinstance(digit, int) and not isinstance(digit, bool) else None
