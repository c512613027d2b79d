"""What citizens ask in vain: groups that become drafts, and sentences that an admin lets the bot be taught."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from config.database import Priority
from handoff.audit import note
from handoff.console.acts import Act
from handoff.console.guard import AnyAct, Desk, Key
from handoff.console.intent_names import intents_of, titles_of
from handoff.console.learning_shapes import (
    Drafted,
    Example,
    Examples,
    Feedback,
    Group,
    IntentName,
    Learning,
    Missed,
    Share,
    ShareOf,
    Wanted,
)
from handoff.console.refusals import Refusal
from handoff.console.route import Written, subject
from handoff.console.words import Line
from knowledge_base.city import City
from knowledge_base.entries import Editor
from knowledge_base.learning import drafts as learning_drafts
from knowledge_base.learning import examples as learning_examples
from knowledge_base.learning import lists as learning_lists
from knowledge_base.learning import rate as learning_rate
from knowledge_base.learning.drafts import NotThere
from knowledge_base.learning.examples import DANGER, NotSayable, Proposal
from knowledge_base.learning.rate import Rate
from knowledge_base.private_subjects import is_private

router = subject("learning", 404, 409)

MOST_OFFSET = 100_000
PRIVATE = "kalimat ini menyebut anak, kekerasan, atau bunuh diri"

T = TypeVar("T")
State = Literal["open", "drafted", "ignored"]
Decided = Literal["proposed", "accepted", "rejected"]
Offset = Annotated[int, Query(ge=0, le=MOST_OFFSET)]
Severity = Annotated[int, Field(ge=1, le=3)]


async def _keeper(act: AnyAct) -> Act:
    if not act.operator.may_write:
        raise Refusal("not_allowed")
    return act


async def _admin(act: AnyAct) -> Act:
    if act.operator.role != "admin":
        raise Refusal("not_allowed")
    return act


Keeper = Annotated[Act, Depends(_keeper)]
Admin = Annotated[Act, Depends(_admin)]


class DecideBody(BaseModel):
    """Yes or no, perhaps with a better meaning."""

    accept: bool
    intent: Line | None = None
    severity: Severity | None = None


class ExampleBody(BaseModel):
    """A sentence that an admin wants the bot to know."""

    text: Annotated[Line, Field(min_length=1, max_length=learning_examples.LONGEST)]
    intent: Line
    severity: Severity | None = None


@router.get("/learning/{city}", summary="What is most worth writing", response_model=Learning)
async def learning(
    act: Keeper, desk: Desk, state: State = "open", offset: Offset = 0, days: Literal["7", "30"] = "7"
) -> Written:
    """The weekly ten, 50 groups in a state, how answers fare (7 or 30 days), and the missed-emergency rate."""
    since = act.now - timedelta(days=int(days))

    def job(connection: Connection) -> str:
        city = act.city.slug
        groups, total = learning_lists.groups(connection, city, state, offset)
        said = Learning(
            weekly=[Wanted.model_validate(one) for one in learning_lists.most_wanted(connection, city, act.now)],
            groups=[Group.model_validate(one) for one in groups],
            total=total,
            feedback=_feedback(connection, act.city, since),
            missed=_missed(connection, act),
        )
        return said.model_dump_json()

    return Written(await desk.database.read(job))


def _feedback(connection: Connection, city: City, since: Any) -> list[Feedback]:
    titles = titles_of(city)
    return [
        Feedback(
            topic=one.topic,
            title=titles.get(one.topic, one.topic),  # its slug where it is gone
            answered=one.answered,
            not_that=one.not_that,
            helped=one.helped,
        )
        for one in learning_lists.feedback(connection, city.slug, since)
    ]


def _missed(connection: Connection, act: Act) -> Missed:
    found = learning_rate.missed(connection, act.city.slug, act.now)
    by = [ShareOf(taken_for=kind, **_share(rate).model_dump()) for kind, rate in found.by.items()]
    return Missed(**_share(found.rate).model_dump(), waiting=found.waiting, unclear=found.unclear, by=by)


def _share(rate: Rate) -> Share:
    low, high = rate.interval
    return Share(rate=rate.value, low=low, high=high, judged=rate.total, emergencies=rate.hits)


@router.post("/learning/{city}/groups/{key}/draft", summary="Make a draft of a group", response_model=Drafted)
async def draft(act: Keeper, key: Key, desk: Desk) -> Drafted:
    """An article whose variants are what was asked. Asked for again while it is there: the same draft."""
    editor = Editor(act.who.name, act.operator.may_publish)

    def job(connection: Connection) -> Drafted:
        slug = learning_drafts.draft_from_group(connection, act.city, key, editor, act.now)
        note(connection, act.city.slug, act.who, "group_drafted", act.now, group=str(key), slug=slug)
        return Drafted(slug=slug)

    return await _written(desk, job)


@router.post("/learning/{city}/groups/{key}/ignore", summary="Nobody needs to answer these", status_code=204)
async def ignore(act: Keeper, key: Key, desk: Desk) -> Response:
    """It leaves the list and is counted on."""

    def job(connection: Connection) -> None:
        learning_drafts.ignore(connection, act.city.slug, key, act.who.name)
        note(connection, act.city.slug, act.who, "group_ignored", act.now, group=str(key))

    await _written(desk, job)
    return Response(status_code=204)


@router.post("/learning/{city}/groups/{key}/reopen", summary="Put a group back", status_code=204)
async def reopen(act: Keeper, key: Key, desk: Desk) -> Response:
    """A draft that came of it stays."""

    def job(connection: Connection) -> None:
        learning_drafts.reopen(connection, act.city.slug, key, act.who.name)
        note(connection, act.city.slug, act.who, "group_reopened", act.now, group=str(key))

    await _written(desk, job)
    return Response(status_code=204)


@router.get("/learning/{city}/examples", summary="Sentences with their meaning", response_model=Examples)
async def examples(act: Admin, desk: Desk, state: Decided = "proposed", offset: Offset = 0) -> Examples:
    """50 of them, the newest first. An admin's alone: they are words of emergencies."""
    names = intents_of(act.city)

    def job(connection: Connection) -> Examples:
        rows, total = learning_examples.examples(connection, act.city.slug, state, offset)
        intents = [IntentName(intent=intent, name=name) for intent, name in names.items()]
        return Examples(examples=[_example(row, names) for row in rows], total=total, intents=intents)

    return await desk.database.read(job)


@router.post("/learning/{city}/examples/{key}", summary="Let the bot be taught it, or not", response_model=Example)
async def decide(act: Admin, key: Key, body: DecideBody, desk: Desk) -> Example:
    """An admin's word. 422 ``no_intent``, ``unknown_intent``; 409 ``decided``."""
    names = intents_of(act.city)
    if body.intent is not None and body.intent not in names:
        raise Refusal("unknown_intent")

    def job(connection: Connection) -> Example:
        row = learning_examples.decide(
            connection,
            act.city.slug,
            key,
            accept=body.accept,
            intent=body.intent,
            severity=body.severity,
            who=act.who.name,
            now=act.now,
        )
        note(connection, act.city.slug, act.who, f"example_{row['state']}", act.now, example=str(key))
        return _example(row, names)

    return await _written(desk, job)


@router.post("/learning/{city}/examples", summary="Teach a sentence", response_model=Example, status_code=201)
async def teach(act: Admin, body: ExampleBody, desk: Desk) -> Example:
    """Accepted at once; personal data in it are masked. 422 ``unknown_intent``, ``invalid`` (private)."""
    names = intents_of(act.city)
    if body.intent not in names:
        raise Refusal("unknown_intent")
    if is_private(body.text):
        raise Refusal("invalid", fills={"fields": PRIVATE})
    severity = body.severity if body.intent.startswith(DANGER) else None
    what = Proposal(body.text, body.intent, "typed", None, severity)

    def job(connection: Connection) -> Example:
        city, who = act.city.slug, act.who.name
        key = learning_examples.propose(connection, city, what, who, act.now)
        if key is None:
            raise Refusal("invalid", fills={"fields": "text"})
        row = learning_examples.decide(
            connection, city, key, accept=True, intent=None, severity=None, who=who, now=act.now
        )
        note(connection, city, act.who, "example_typed", act.now, example=str(key))
        return _example(row, names)

    return await _written(desk, job)


def _example(row: Any, names: dict[str, str]) -> Example:
    was = {**row["was"], "intent_name": names.get(row["was"].get("intent") or "")}
    return Example(**{**row, "was": was, "intent_name": names.get(row["intent"] or "", row["intent"])})


async def _written(desk: Desk, job: Callable[[Connection], T]) -> T:
    """Do it, and say in the console's words why not."""
    try:
        return await desk.database.write(job, Priority.OPERATOR)
    except NotSayable as wrong:
        raise Refusal(wrong.code) from None
    except (NotThere, KeyError):
        raise Refusal("not_found") from None
