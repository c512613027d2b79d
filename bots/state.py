"""What the dialogue remembers of a conversation, what it is given to decide on, and what it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bots.message import InboundKind
from handoff.report import Alarm, Report
from knowledge_base.categories import Category
from nlu.meaning import Fact, Understanding

Stage = Literal["idle", "asking", "case", "closed"]
Answer = Literal["yes", "no"]
Day = Literal["now", "tomorrow"]
Feedback = Literal["not_that", "helped"]

FIX_HOLDS = timedelta(minutes=30)  # people move on
ANSWER_HOLDS = timedelta(minutes=30)  # "bukan itu", "masih buka?" speak of an answer no older
BUTTON = 20  # letters on a button: WhatsApp's limit


@dataclass(frozen=True, slots=True)
class State:
    """Kept as JSON with the conversation.

    ``asked`` is the one open question: "danger", "where", "where_again", "what", "phone", "threatened", "fact:<name>"
    or one of the wording's "silent_…".
    ``told`` holds what was said in this case already, so that nothing is said twice.
    """

    stage: Stage = "idle"
    asked: str | None = None
    asked_at: str | None = None  # ISO time at which the question leaves; None: it left at once
    told: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # what an FAQ answer would have been, while we ask whether there is danger
    waits: int = 0  # lines of waiting sent since the citizen last wrote
    doubt: Mapping[str, Any] | None = None  # what the message said that we asked back about: see Report
    hinted: bool = False  # whether anything in it hinted at danger
    missed: int = 0  # how often in a row the question where was met by something else
    clear: tuple[str, ...] = ()  # kinds of the case that were named for certain
    pranks: int = 0
    pranked_at: str | None = None
    fix: tuple[str, Mapping[str, Any]] | None = None  # (ISO time, place) that their telephone sent by itself
    rang_at: str | None = None  # ISO time at which they last rang a number that only reads
    closed_at: str | None = None  # ISO time at which their last case ended
    recent: tuple[tuple[str, str], ...] = ()  # (ISO time, words) of the last quick lines, to be read as one thought
    answered: tuple[str, str, int] | None = None  # topic of the last answer, its ISO time, id of the question
    others: tuple[str, ...] = ()  # topics that they may have meant instead
    offered: tuple[str, ...] = ()  # topics that were named to them since
    kecamatan: str | None = None  # the last that they named: answers differ by it

    def question_at(self, at: datetime) -> str | None:
        """The open question that somebody who wrote at ``at`` can have seen: one that waits has not left yet."""
        return self.asked if self.asked_at is None or at.isoformat() >= self.asked_at else None

    def answer_at(self, at: datetime) -> str | None:
        """The topic of the answer that somebody who wrote at ``at`` may still speak of."""
        if self.answered is None or at - datetime.fromisoformat(self.answered[1]) > ANSWER_HOLDS:
            return None
        return self.answered[0]

    def fix_at(self, at: datetime) -> Mapping[str, Any] | None:
        """The place that their telephone sent by itself, while it still says where they are."""
        if self.fix is None or abs(at - datetime.fromisoformat(self.fix[0])) > FIX_HOLDS:
            return None
        return self.fix[1]

    def to_json(self) -> dict[str, Any]:
        """What differs from an empty state. Every value is JSON as it is, tuples included: nothing is copied."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in kept.items() if value != getattr(_EMPTY, name)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> State:
        names = {name: kept[name] for name in cls.__slots__ if name in kept}
        for name in ("told", "topics", "clear", "others", "offered", "answered"):
            if name in names:
                names[name] = tuple(names[name])
        if "fix" in names:
            names["fix"] = tuple(names["fix"])
        if "recent" in names:
            names["recent"] = tuple((at, words) for at, words in names["recent"])
        return cls(**names)


_EMPTY = State()


@dataclass(frozen=True, slots=True)
class Case:
    """The open case of a conversation, as far as the dialogue cares. The leading category stands first."""

    code: str
    status: Literal["waiting", "claimed"]
    severity: int
    categories: tuple[str, ...]
    place: Mapping[str, Any] | None
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Desk:
    """How it stands with a city's operators. ``present`` None: nobody knows (another process holds the consoles)."""

    present: int | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Book:
    """What the dialogue knows of the city: rules, and which topics and cards may be sent today."""

    categories: Mapping[str, Category]
    topics: frozenset[str]
    cards: Mapping[str, str]  # "category" or "category:fact" -> slug of the approved pre-arrival card to send
    titles: Mapping[str, str] = field(default_factory=dict)  # of the topics
    timed: frozenset[str] = frozenset()  # topics with opening hours

    def label(self, topic: str) -> str:
        """What stands on the button that asks for a topic."""
        return button_label(self.titles.get(topic, topic))


def button_label(title: str) -> str:
    """As much of a title as a button holds."""
    return title if len(title) <= BUTTON else title[: BUTTON - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a decision may depend on, apart from the message itself."""

    state: State
    book: Book
    holder: Literal["bot", "operator"] = "bot"
    case: Case | None = None
    silent: bool = False
    cannot_call: bool = False
    has_phone: bool = False
    channel: str = "web"
    desk: Desk = field(default_factory=Desk)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message, understood. ``answer`` and ``digit`` come from a button, a bare digit, a word or a thumb.

    ``to`` is the question whose button was pressed; None for whatever else was said.
    """

    kind: InboundKind
    text: str
    understanding: Understanding
    at: datetime
    answer: Answer | None = None
    digit: int | None = None
    live: bool = False  # one more fix of a live location
    to: str | None = None
    late: bool = False  # it reached us so long after it was written that it may be over
    button: str | None = None  # the pressed button's data
    id: int = 0  # the message's

    @property
    def says_yes(self) -> bool:
        return self.answer == "yes" or (self.answer is None and self.digit == 1)

    @property
    def says_no(self) -> bool:
        return self.answer == "no" or (self.answer is None and self.digit == 2)


@dataclass(frozen=True, slots=True)
class Line:
    """One reply, not yet in words: ``keys`` of the wording, joined; ``topic`` or ``card`` name a text of the city's."""

    keys: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    topic: str | None = None
    card: str | None = None
    buttons: tuple[tuple[str, str], ...] = ()  # (data, wording key)
    offers: tuple[str, ...] = ()  # topics to choose from, each a button
    clock: tuple[str, Day] | None = None  # say whether the office of this topic is open
    language: str = "id"  # of whoever reads it; topics may be worded by it
    kecamatan: str | None = None  # … and by it
    ask_location: bool = False
    urgency: int = 2
    wait: float = 0.0
    lifetime: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do next. ``report`` opens the case, or adds to the open one; ``due_in`` seconds until the next look."""

    state: State
    lines: tuple[Line, ...] = ()
    report: Report | None = None
    due_in: float | None = None
    silent: bool | None = None
    prank: bool = False
    no_broadcasts: bool = False  # they want nothing that was not asked for
    alarm: Alarm | Literal["clear"] | None = None
    lead: str | None = None  # the category that the open case is led by from now on
    feedback: Feedback | None = None  # what they say of the answer before
    label: str = "listen"  # for counting: escalate, ask, answer, warn, listen …
