"""What the store holds of a city, in the shapes that the page reads."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from handoff.console.acts import Act
from handoff.console.knowledge_guard import editor
from handoff.console.knowledge_shapes import (
    DiffShape,
    EntryShape,
    FaultShape,
    FeedbackShape,
    KindShape,
    Lines,
    LineShape,
    Overview,
    Owner,
    PastShape,
    Rights,
    VersionShape,
    Way,
    draft_shape,
    published_shape,
)
from handoff.console.refusals import Refusal
from handoff.operators import operator_of
from handoff.tables import operator
from knowledge_base import entries
from knowledge_base.entries import Counts, Version
from knowledge_base.kinds import KINDS, checked
from knowledge_base.tables import heard_question
from knowledge_base.text_checks import known_fillings

PAGE = 50
WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
WAYS = (Way(field="ambonese", name="Melayu Ambon"), Way(field="kendari", name="Melayu Kendari"))
MOST_HISTORY = 200


def overview(connection: Connection, act: Act) -> Overview:
    """Every kind with its counts, and what the forms choose from."""
    city = act.city
    counted = entries.counts(connection, city.slug, _today(act))
    who = editor(act)
    return Overview(
        kinds=[_kind(slug, counted.get(slug, Counts())) for slug in KINDS],
        me=Rights(may_publish=who.may_publish, may_write=act.operator.may_write),
        languages=list(WAYS),
        kecamatan=[area.name for area in city.areas if area.level == "kecamatan"],
        owners=_owners(connection, city.slug),
        placeholders=known_fillings(city.name, city.short_name, city.voice_number),
    )


def _kind(slug: str, counted: Counts) -> KindShape:
    what = KINDS[slug]
    return KindShape(
        slug=slug,
        name=what.name,
        two_people=what.two_people,
        count=counted.count,
        drafts=counted.drafts,
        in_review=counted.in_review,
        due=counted.due,
    )


def _owners(connection: Connection, city: str) -> list[Owner]:
    query = select(operator).where(operator.c.disabled_at.is_(None)).order_by(operator.c.name)
    people = [operator_of(row) for row in connection.execute(query).mappings()]
    return [Owner.model_validate(one) for one in people if one.may_write and city in one.cities]


def lines(
    connection: Connection, act: Act, kind: str, *, words: str, state: str, owner: str, offset: int, sort: str
) -> Lines:
    """One page of a list."""
    found, total = entries.search(
        connection,
        act.city.slug,
        kind,
        words=words,
        state=state,
        owner=owner,
        limit=PAGE,
        offset=offset,
        sort=sort,
        today=_today(act),
    )
    shown = [LineShape.model_validate(one) for one in found]
    if kind == "article":
        asked = _asked(connection, act.city.slug, [one.slug for one in shown], act.now - WEEK)
        for one in shown:
            one.asked_7_days = asked.get(one.slug, 0)
    return Lines(entries=shown, total=total)


def _asked(connection: Connection, city: str, topics: Collection[str], since: datetime) -> dict[str, int]:
    query = select(heard_question.c.topic, func.count()).where(
        heard_question.c.city == city, heard_question.c.topic.in_(topics), heard_question.c.at > since
    )
    return {row[0]: row[1] for row in connection.execute(query.group_by(heard_question.c.topic))}


def shown(connection: Connection, act: Act, kind: str, slug: str, *, must: bool = True) -> EntryShape:
    """One thing. Refusal("not_found") where there is none and there ``must`` be."""
    city = act.city.slug
    published, written = entries.get(connection, city, kind, slug), entries.get_draft(connection, city, kind, slug)
    if must and published is None and written is None:
        raise Refusal("not_found")
    faults = checked(kind, slug, written.body, act.city)[1] if written else []
    return EntryShape(
        slug=slug,
        published=published_shape(published) if published else None,
        draft=draft_shape(written) if written else None,
        faults=[FaultShape.model_validate(one) for one in faults],
        history=[
            PastShape.model_validate(one) for one in entries.versions(connection, city, kind, slug)[:MOST_HISTORY]
        ],
        feedback=_feedback(connection, act, slug) if kind == "article" and published else None,
    )


def _feedback(connection: Connection, act: Act, topic: str) -> FeedbackShape:
    query = select(heard_question.c.outcome, func.count()).where(
        heard_question.c.city == act.city.slug,
        heard_question.c.topic == topic,
        heard_question.c.at > act.now - MONTH,
    )
    found = {row[0]: row[1] for row in connection.execute(query.group_by(heard_question.c.outcome))}
    not_that, helped = found.get("not_that", 0), found.get("helped", 0)
    return FeedbackShape(answered=found.get("answered", 0) + not_that + helped, not_that=not_that, helped=helped)


def past(connection: Connection, act: Act, kind: str, slug: str, number: int) -> VersionShape:
    """One version, and what it changed. Refusal("not_found")."""
    found = entries.version(connection, act.city.slug, kind, slug, number)
    if found is None:
        raise Refusal("not_found")
    before = _before(connection, found)
    return VersionShape(
        version=found.version,
        title=found.title,
        body=dict(found.body),
        diff=entries.diff(before.body if before else None, found.body),
    )


def _before(connection: Connection, found: Version) -> Version | None:
    return entries.version(connection, found.city, found.kind, found.slug, found.version - 1)


def difference(connection: Connection, act: Act, kind: str, slug: str) -> DiffShape:
    """The draft against what is published. Refusal("not_found") without a draft."""
    written = entries.get_draft(connection, act.city.slug, kind, slug)
    if written is None:
        raise Refusal("not_found")
    published = entries.get(connection, act.city.slug, kind, slug)
    return DiffShape(diff=entries.diff(published.body if published else None, written.body))


def _today(act: Act) -> date:
    return act.now.astimezone(act.city.timezone).date()
