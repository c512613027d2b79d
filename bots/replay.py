"""The check before a publishing: emergencies, recorded questions and test questions, with and without the drafts.

A clerk must not be able to break the emergency line: what would answer an emergency is found here, and named.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from bots import pleas
from bots.state import Book
from knowledge_base.city import City
from knowledge_base.exam import load_exam
from knowledge_base.kinds import checked
from knowledge_base.phrases import load_phrases
from knowledge_base.tables import example, heard_question
from nlu.meaning import Heard
from nlu.understand import Understander
from nlu.variants import ANSWERS, Variants

RECORDED = 500  # of the newest questions
_SLICE = 16  # messages understood at a stretch
_MOST = 100  # findings of each sort that are shown
_EMERGENCY = "darurat_"

# As staff read it.
_ITSELF = "Variasi ini sendiri terbaca sebagai laporan darurat."
_TITLE = "Judul ini terbaca sebagai laporan darurat: pakai judul lain."
_CAUGHT = "Laporan darurat ini akan dijawab dengan jawaban ini, bukan diteruskan ke petugas."
_CLOSE = "Laporan darurat ini terlalu mirip dengan variasi tersebut."

Drafted = tuple[str, str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Side:
    """Who understands, and which topics there are, with their titles: before the publishing or after it."""

    understander: Understander
    topics: Mapping[str, str]

    def answers(self, texts: Sequence[str], city: str) -> list[str | None]:
        """The topic that each text is answered with; None where it is not, or goes to a human."""
        found: list[str | None] = []
        for few in _slices(texts):
            for said in self.understander.understand([Heard(text, city) for text in few]):
                topics = [topic for topic, _ in said.topics if topic in self.topics]
                found.append(topics[0] if topics and said.action == "answer" else None)
        return found


class Emergencies:
    """The fixed phrases by city: those of the exam, and all that the model is taught. Read once."""

    def __init__(self) -> None:
        self._of: dict[str, list[str]] = {}

    def of(self, city: str) -> list[str]:
        """Every phrase once."""
        if city not in self._of:
            phrases = (*load_exam(), *load_phrases(city))
            self._of[city] = list(dict.fromkeys(one.text for one in phrases if one.intent.startswith(_EMERGENCY)))
        return self._of[city]


def recorded(city: str, connection: Connection) -> list[str]:
    """The newest questions that citizens asked, each once."""
    newest = select(heard_question.c.text).where(heard_question.c.city == city)
    found = connection.scalars(newest.order_by(heard_question.c.id.desc()).limit(RECORDED))
    return list(dict.fromkeys(found))


def reported(city: str, connection: Connection) -> list[str]:
    """What people at the desk said is an emergency."""
    query = select(example.c.text).where(
        example.c.city == city, example.c.state == "accepted", example.c.intent.startswith(_EMERGENCY)
    )
    return list(dict.fromkeys(connection.scalars(query)))


def report(
    city: City,
    drafts: Sequence[Drafted],
    articles: Sequence[str],
    before: Side,
    after: Side,
    questions: Sequence[str],
    reports: Sequence[str],
    emergencies: Emergencies,
    book: Book,
) -> dict[str, Any]:
    """What the drafts would change. ``city`` is the one with them, ``articles`` their topics. At most about 5 s."""
    taught = [(one.topic, text) for one in city.articles if one.topic in articles for text in one.variants]
    index = after.understander.index(taught)
    phrases = [*emergencies.of(city.slug), *reports] if taught else []
    titles = [one.title for one in city.articles if one.topic in articles and before.topics.get(one.topic) != one.title]
    texts = list(dict.fromkeys(text for _, text in taught))
    caught = [
        *_themselves(city.slug, titles, before, _TITLE),
        *_themselves(city.slug, texts, before, _ITSELF),
        *_pleas(city.slug, texts, before, book),
        *_caught(city.slug, phrases, index, after),
    ]
    tests = [(text, one.topic) for one in city.articles for text in one.tests] if articles else []
    changes = list(_changes(city.slug, questions, before, after)) if articles else []
    return {
        "blocked": bool(caught),
        "emergencies": sorted(caught, key=lambda one: -one["score"])[:_MOST],
        "newly_answered": [{"text": text, "topic": to} for text, was, to in changes if was is None][:_MOST],
        "changed": [{"text": text, "from": was, "to": to} for text, was, to in changes if was is not None][:_MOST],
        "tests": _failed(city.slug, tests, articles, index, before, after)[:_MOST],
        "checked": {"emergencies": len(phrases), "recorded": len(questions), "tests": len(tests)},
        "faults": [asdict(fault) for kind, slug, body in drafts for fault in checked(kind, slug, body, city)[1]],
    }


def _themselves(city: str, texts: Sequence[str], before: Side, why: str) -> Iterator[dict[str, Any]]:
    """Variants, or titles, that are reports of an emergency. Who presses or types a title says it."""
    for few in _slices(texts):
        alarms = before.understander.near_danger([Heard(text, city) for text in few])
        for text, alarms_itself in zip(few, alarms, strict=True):
            if alarms_itself:
                yield {"phrase": text, "variant": text, "score": 1.0, "why": why}


def _pleas(city: str, texts: Sequence[str], before: Side, book: Book) -> Iterator[dict[str, Any]]:
    """Variants that are answers to the bot, or ask after the help that was called, in a state that hears them so."""
    for few in _slices(texts):
        for text, said in zip(few, before.understander.understand([Heard(text, city) for text in few]), strict=True):
            why = pleas.why_not(text, said, book)
            if why is not None:
                yield {"phrase": text, "variant": text, "score": 1.0, "why": why}


def _caught(city: str, phrases: Sequence[str], index: Variants, after: Side) -> Iterator[dict[str, Any]]:
    """Emergencies that are like a variant enough to be answered, whatever the danger rules say of them today."""
    for few in _slices(phrases):
        for phrase in few:
            likes = after.understander.likes(phrase, city, index)
            if likes and likes[0][1] >= ANSWERS:
                answered = after.answers([phrase], city)[0] == likes[0][0]
                why = _CAUGHT if answered else _CLOSE
                yield {"phrase": phrase, "variant": likes[0][2], "score": likes[0][1], "why": why}


def _changes(
    city: str, questions: Sequence[str], before: Side, after: Side
) -> Iterator[tuple[str, str | None, str | None]]:
    """Questions that would be answered otherwise: text, topic until now, topic then."""
    was, will = before.answers(questions, city), after.answers(questions, city)
    return ((text, one, two) for text, one, two in zip(questions, was, will, strict=True) if one != two)


def _failed(
    city: str,
    tests: Sequence[tuple[str, str]],
    articles: Sequence[str],
    index: Variants,
    before: Side,
    after: Side,
) -> list[dict[str, Any]]:
    """Test questions of the drafts that they do not answer, and of others that were answered rightly until now."""
    touched = [(text, topic) for text, topic in tests if topic in articles or _is_like(text, city, index, after)]
    got = after.answers([text for text, _ in touched], city)
    wrong = [(text, topic, one) for (text, topic), one in zip(touched, got, strict=True) if one != topic]
    was = before.answers([text for text, _, _ in wrong], city)
    return [
        {"question": text, "expected": topic, "got": one}
        for (text, topic, one), old in zip(wrong, was, strict=True)
        if topic in articles or old == topic
    ]


def _is_like(text: str, city: str, index: Variants, after: Side) -> bool:
    likes = after.understander.likes(text, city, index)
    return bool(likes) and likes[0][1] >= ANSWERS


def _slices(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(texts), _SLICE):
        time.sleep(0)  # in a thread: the loop serves citizens between slices
        yield texts[at : at + _SLICE]
