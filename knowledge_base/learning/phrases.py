"""What a city adds to what the model is taught: published ways to ask, examples that an admin accepted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from knowledge_base.learning.examples import DANGER, accepted
from knowledge_base.phrases import Phrase
from knowledge_base.tables import entry

QUESTION = "faq_"
_MASKED = re.compile(r"\[\w+\]")  # see knowledge_base.masking
FEWEST = 8  # ways to ask from which the model learns a topic that the files do not have: fewer teach it nothing
MOST_NEW_TOPICS = 60  # such topics: each makes the model larger; the others are found by their variants alone
MOST_A_TOPIC = 200  # ways to ask one topic that are taught


def variants_of(connection: Connection, city: str) -> dict[str, list[str]]:
    """The published ways to ask, by topic; nothing of what is withdrawn."""
    return _texts(connection, city, "variants")


def tests_of(connection: Connection, city: str) -> dict[str, list[str]]:
    """The city's own test questions, by topic: never taught."""
    return _texts(connection, city, "tests")


def _texts(connection: Connection, city: str, name: str) -> dict[str, list[str]]:
    query = select(entry.c.slug, entry.c.body).where(
        entry.c.city == city, entry.c.kind == "article", entry.c.withdrawn_at.is_(None)
    )
    rows = connection.execute(query.order_by(entry.c.slug))
    return {slug: [str(text) for text in body.get(name) or ()] for slug, body in rows}


def of_variants(city: str, variants: Mapping[str, Sequence[str]], known: Iterable[str]) -> list[Phrase]:
    """Variants as phrases. ``known``: the intents that the files teach; of other topics only the fullest are taught."""
    known = set(known)
    sizes = Counter({topic: len(texts) for topic, texts in variants.items() if QUESTION + topic not in known})
    new = {topic for topic, size in sizes.most_common(MOST_NEW_TOPICS) if size >= FEWEST}
    return [
        Phrase(text, QUESTION + topic, {}, city)
        for topic, texts in variants.items()
        if topic in new or QUESTION + topic in known
        for text in texts[:MOST_A_TOPIC]
        if text.strip()
    ]


def of_examples(connection: Connection, city: str) -> list[Phrase]:
    """Accepted examples as phrases; those that only say where a place is are for the exam alone."""
    return [
        Phrase(
            _MASKED.sub(" ", row["text"]).strip(),
            row["intent"],
            {"severity": row["severity"]} if row["severity"] else {},
            city,
        )
        for row in accepted(connection, city)
        if row["intent"] is not None and _MASKED.sub(" ", row["text"]).strip()
    ]


def placed_examples(connection: Connection, city: str) -> list[dict[str, Any]]:
    """Accepted examples whose place a person set: text, kecamatan, kelurahan."""
    return [
        {"text": row["text"], "kecamatan": row["place"].get("kecamatan"), "kelurahan": row["place"].get("kelurahan")}
        for row in accepted(connection, city)
        if row["place"]
    ]


def agreed(*layers: Iterable[Phrase]) -> list[Phrase]:
    """One meaning for each sentence of a city: an emergency wins over all else, then a later layer over an earlier one.

    A sentence of everybody's (``city`` None) meets those of every city.
    """
    meant: dict[str, dict[str | None, Phrase]] = {}
    for phrase in (one for layer in layers for one in layer):
        here = meant.setdefault(" ".join(phrase.text.casefold().split()), {})
        rivals = [one for city, one in here.items() if city is None or phrase.city is None or city == phrase.city]
        alarming = [one for one in rivals if one.intent.startswith(DANGER)]
        if alarming and not phrase.intent.startswith(DANGER):
            continue
        for one in rivals:
            if one.intent != phrase.intent:
                del here[one.city]
        here[phrase.city] = phrase
    return [phrase for here in meant.values() for phrase in here.values()]
