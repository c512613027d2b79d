"""What the calls of learning, judging and training say, in Pydantic. Shares lie in 0..1."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from handoff.console.shapes import Id, Shape


class Wanted(Shape):
    """One of the ten groups most worth an answer. ``topic``: its citizens turned that answer down."""

    id: Id
    title: str
    size: int
    week: int = Field(description="How often it was asked in the last 7 days")
    examples: list[str]
    slug: str | None
    topic: str | None


class Group(Shape):
    """Questions that ask the same, none of which got a good answer."""

    id: Id
    title: str
    size: int
    last_at: AwareDatetime
    examples: list[str]
    state: Literal["open", "drafted", "ignored"]
    slug: str | None
    topic: str | None


class Feedback(Shape):
    """How citizens took an answer."""

    topic: str
    title: str
    answered: int = Field(description="Every time that it was given")
    not_that: int
    helped: int


class Share(Shape):
    """Emergencies among what was judged, with the 95 % interval."""

    rate: float
    low: float
    high: float
    judged: int
    emergencies: int


class ShareOf(Share):
    """The same for what the bot took them for."""

    taken_for: str


class Missed(Share):
    """The missed-emergency rate of the last 30 days."""

    waiting: int
    unclear: int
    by: list[ShareOf]


class Learning(Shape):
    """What the city's citizens ask in vain, and how well the bot tells danger."""

    weekly: list[Wanted]
    groups: list[Group]
    total: int
    feedback: list[Feedback]
    missed: Missed


class Drafted(Shape):
    """The draft that came of a group."""

    slug: str


class Example(Shape):
    """A sentence with what it means, as people at the desk said."""

    id: Id
    text: str
    intent: str | None
    intent_name: str | None
    severity: int | None
    place: dict[str, Any] | None
    was: dict[str, Any]
    source: str
    state: Literal["proposed", "accepted", "rejected"]
    proposed_by: str
    at: AwareDatetime


class IntentName(Shape):
    """A meaning that a sentence may have."""

    intent: str
    name: str


class Examples(Shape):
    """A page of examples, and the meanings to choose from."""

    examples: list[Example]
    total: int
    intents: list[IntentName]


class ToJudge(Shape):
    """One message that was taken for no emergency. ``before``: what the same person wrote before it, oldest first."""

    id: Id
    text: str
    taken_for: str
    topic: str | None
    at: AwareDatetime
    conversation_id: Id
    before: list[str]


class Judging(Shape):
    """The next message for this judge."""

    item: ToJudge | None
    waiting: int


class Talk(Shape):
    """A conversation to open."""

    city: str
    conversation_id: Id


class Judged(Shape):
    """``open``: an emergency of less than a day that nobody has a case of."""

    open: Talk | None


class Figure(Shape):
    """One figure of a model's exam. ``in_use``: that of the model that answered at the time."""

    slug: str
    name: str
    value: float
    unit: Literal["share"] = "share"
    floor: float | None
    at_most: bool = Field(description="Whether the floor is the most that is allowed, else the least")
    in_use: float | None
    ok: bool


class Report(Shape):
    """How a model did. ``missed``: emergencies of the exam that it would have answered; ``changed``: other answers."""

    figures: list[Figure]
    missed: list[str]
    changed: list[dict[str, str]]
    examined: int
    seconds: int


class Model(Shape):
    """A model that was trained here, or the files' own (``built_in``)."""

    id: Id
    state: Literal["queued", "training", "ready", "refused", "failed"]
    why: str
    asked_by: str
    asked_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    progress: float
    step: str
    phrases: int | None
    report: Report | None
    detail: str
    active: bool
    built_in: bool
    gone: bool = Field(description="Its file was thrown away: it cannot be used any more")


class Models(Shape):
    """The newest models, the files' own last."""

    models: list[Model]
    changed_since: int = Field(description="What was published or accepted and is not taught yet")
