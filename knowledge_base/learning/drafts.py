"""From a group of questions to a draft of their answer, and what else staff decide about a group."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from knowledge_base.city import City
from knowledge_base.entries import Editor, fresh_slug, get_draft, save_draft
from knowledge_base.learning.lists import questions_of
from knowledge_base.tables import question_group

VARIANTS = 40  # of a group's questions that go into a draft
LONGEST_TITLE = 60
MASK = "["  # what is masked stands in brackets: nobody asks like that

_row = question_group.c


class NotThere(KeyError):
    """There is no such group."""


def draft_from_group(connection: Connection, city: City, key: int, editor: Editor, now: datetime) -> str:
    """A draft whose variants are what the group's citizens asked; its slug. The same one again. Raises NotThere."""
    query = select(question_group).where(_row.city == city.slug, _row.id == key).with_for_update()
    group = connection.execute(query).mappings().first()
    if group is None:
        raise NotThere(key)
    if group["slug"] is not None and get_draft(connection, city.slug, "article", group["slug"]) is not None:
        return str(group["slug"])
    title = _title(group["title"])
    slug = fresh_slug(connection, city.slug, "article", title)
    asked = [text for text in questions_of(connection, city.slug, key, VARIANTS) if MASK not in text]
    body = {"title": title, "answer": "", "sms": "", "ask": "", "variants": asked}
    save_draft(connection, city, "article", slug, body, editor, now, revision=None)
    _decide(connection, city.slug, key, "drafted", slug, editor.username)
    return slug


def _title(question: str) -> str:
    words = " ".join(question.replace(MASK, " ").replace("]", " ").split())
    short = words if len(words) <= LONGEST_TITLE else words[:LONGEST_TITLE].rsplit(" ", 1)[0]
    return (short[:1].upper() + short[1:]) or "Pertanyaan baru"


def ignore(connection: Connection, city: str, key: int, who: str) -> None:
    """Nobody needs to answer these. They are counted on. Raises NotThere."""
    _decide(connection, city, key, "ignored", None, who)


def reopen(connection: Connection, city: str, key: int, who: str) -> None:
    """Put a group back into the list; a draft that came of it stays. Raises NotThere."""
    _decide(connection, city, key, "open", None, who)


def _decide(connection: Connection, city: str, key: int, state: str, slug: str | None, who: str) -> None:
    news = {"state": state, "slug": slug, "decided_by": who}
    changed = connection.execute(update(question_group).where(_row.city == city, _row.id == key).values(news))
    if not changed.rowcount:
        raise NotThere(key)
