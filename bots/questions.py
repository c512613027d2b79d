"""The questions of a case, one at a time: which is next, and in which words and with which buttons it is put."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bots.state import Line, Scene
from handoff.report import UNKNOWN
from knowledge_base.categories import Question
from nlu.meaning import Fact

WHERE = ("where", "where_again")  # the second says that what was written is no place that we know
PATIENCE = 2  # messages that say something else, after which the other questions come before the place

Wanted = Literal["yes_no", "number", "words"]


@dataclass(frozen=True, slots=True)
class Known:
    """What a case holds, after the message at hand. The leading category stands first."""

    has_place: bool
    categories: tuple[str, ...]
    facts: Mapping[str, Fact]


def yes_no(question: str) -> tuple[tuple[str, str], ...]:
    """Two buttons that know their question: pressed late, they answer that one and no other."""
    return (f"yes:{question}", "button_yes"), (f"no:{question}", "button_no")


def next_question(scene: Scene, known: Known, told: tuple[str, ...], missed: int) -> str | None:
    """The next thing to ask: where, what, the facts of its kind, a number to ring. None: all is asked.

    ``missed``: how often in a row the question where was met by something else. It is put off then, never dropped.
    """
    where = None if known.has_place else next((key for key in WHERE if key not in told), None)
    if where is not None and missed < PATIENCE:
        return where
    if not (set(known.categories) - {UNKNOWN}) and "what" not in told:
        return "what"
    for question in _questions(scene, known.categories[:1]):
        asked = f"fact:{question.fact}"
        if asked not in told and question.fact not in known.facts:
            return asked
    if not (scene.has_phone or scene.cannot_call or "phone" in known.facts or "phone" in told):
        return "phone"
    return where


def line_for(scene: Scene, categories: tuple[str, ...], asked: str, *before: str, urgency: int, wait: float) -> Line:
    """The words of a question, after the keys in ``before``."""
    return Line(
        keys=(*before, _wording_of(scene, categories, asked)),
        buttons=yes_no(asked) if wanted_by(scene, asked, categories) == "yes_no" else (),
        ask_location=asked in WHERE,
        urgency=urgency,
        wait=wait,
    )


def wanted_by(scene: Scene, asked: str | None, first: tuple[str, ...] = ()) -> Wanted | None:
    """What the question takes as an answer; None for where, what and a number to ring: they have their own rules."""
    if asked == "threatened":
        return "yes_no"
    if asked is None or not asked.startswith("fact:"):
        return None
    question = question_of(scene, asked.removeprefix("fact:"), first)
    return question.answer if question else "yes_no"


def question_of(scene: Scene, fact: str, first: tuple[str, ...] = ()) -> Question | None:
    """The question that asks for ``fact``, as the categories in ``first``, or else the open case's, put it."""
    lead = first or (scene.case.categories if scene.case else ())
    asked = _questions(scene, (*lead, *scene.book.categories))
    return next((question for question in asked if question.fact == fact), None)


def _wording_of(scene: Scene, categories: tuple[str, ...], asked: str) -> str:
    if not asked.startswith("fact:"):
        return f"ask_{asked}"
    fact = asked.removeprefix("fact:")
    question = question_of(scene, fact, categories)
    return question.wording if question else f"ask_{fact}"


def _questions(scene: Scene, categories: tuple[str, ...]) -> list[Question]:
    known = (scene.book.categories.get(slug) for slug in categories)
    return [question for category in known if category for question in category.questions]
