"""The questions of a case, one at a time: which is next, and what an answer to the open one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bots.state import Heard, Line, Scene
from handoff.incidents import UNKNOWN
from knowledge_base.categories import Question
from nlu.meaning import Fact

YES_NO = (("yes", "button_yes"), ("no", "button_no"))
_LONGEST_ANSWER = 120  # characters of a free answer that are kept as a fact; the transcript has all of it


@dataclass(frozen=True, slots=True)
class Known:
    """What a case holds, after the message at hand."""

    has_place: bool
    categories: tuple[str, ...]
    facts: Mapping[str, Fact]


def next_question(scene: Scene, known: Known, told: tuple[str, ...]) -> str | None:
    """The next thing to ask: where, what, the facts of its kind, a number to ring. None: all is asked."""
    if not known.has_place:
        for key in ("where", "where_again"):
            if key not in told:
                return key
    if not (set(known.categories) - {UNKNOWN}) and "what" not in told:
        return "what"
    for slug in known.categories[:1]:
        category = scene.book.categories.get(slug)
        for question in category.questions if category else ():
            asked = f"fact:{question.fact}"
            if asked not in told and question.fact not in known.facts:
                return asked
    if not (scene.has_phone or scene.cannot_call or "phone" in known.facts or "phone" in told):
        return "phone"
    return None


def line_for(scene: Scene, known: Known, question: str, *before: str, urgency: int, wait: float) -> Line:
    """The words of a question, after the keys in ``before``."""
    key = _wording_of(scene, known, question)
    return Line(
        keys=(*before, key),
        ask_location=question in ("where", "where_again"),
        urgency=urgency,
        wait=wait,
    )


def _wording_of(scene: Scene, known: Known, question: str) -> str:
    if not question.startswith("fact:"):
        return f"ask_{question}"
    fact = question.removeprefix("fact:")
    for slug in known.categories:
        category = scene.book.categories.get(slug)
        for one in category.questions if category else ():
            if one.fact == fact:
                return one.wording
    return "ask_what"


def facts_of_answer(scene: Scene, asked: str | None, heard: Heard) -> dict[str, Fact]:
    """What the message says as an answer to the question ``asked``, beside what it was understood to say."""
    if asked == "phone":
        return {"safe_to_call": False} if heard.says_no else {}
    if asked is None or not asked.startswith("fact:"):
        return {}
    fact = asked.removeprefix("fact:")
    said = _plain_answer(_question(scene, fact), heard)
    return {} if fact in heard.understanding.facts or said is None else {fact: said}


def _question(scene: Scene, fact: str) -> Question | None:
    questions = (question for category in scene.book.categories.values() for question in category.questions)
    return next((question for question in questions if question.fact == fact), None)


def severity_of_answer(scene: Scene, facts: Mapping[str, Fact]) -> int:
    """The most urgent thing that a yes among ``facts`` says, by the categories' questions; 4 where none says any."""
    questions = (_question(scene, fact) for fact, value in facts.items() if value is True)
    return min((question.yes_is for question in questions if question and question.yes_is), default=4)


def _plain_answer(question: Question | None, heard: Heard) -> Fact:
    wanted = question.answer if question else "yes_no"
    if wanted == "number":
        return heard.digit
    if heard.says_yes or heard.says_no:
        return heard.says_yes
    return (heard.text[:_LONGEST_ANSWER].strip() or None) if wanted == "words" else None
