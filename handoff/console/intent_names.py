"""What people call the meaning of a sentence: labels of the phrases, in the words of the city's own lists."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge_base.city import City
from knowledge_base.learning.examples import DANGER
from knowledge_base.learning.phrases import QUESTION

OUTSIDE = f"{QUESTION}luar_topik"
PLAIN: Mapping[str, str] = {
    OUTSIDE: "Pertanyaan di luar topik",
    "keluhan": "Keluhan",
    "basabasi": "Basa-basi",
    "iseng": "Iseng",
}


def intents_of(city: City) -> dict[str, str]:
    """Every label that a sentence of this city may have, with its name, emergencies first."""
    dangers = {f"{DANGER}{one.slug}": f"Darurat: {one.name}" for one in city.categories.values()}
    topics = {f"{QUESTION}{one.topic}": f"Pertanyaan: {one.title}" for one in city.articles}
    return {**dangers, **topics, **PLAIN}


def titles_of(city: City) -> dict[str, str]:
    """The title of every answer, by its topic."""
    return {one.topic: one.title for one in city.articles}
