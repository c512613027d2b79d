"""What the city knows, kept by its staff: lists, drafts, publishing by two people, withdrawing by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from sqlalchemy import Connection

from config.database import Priority
from handoff.console import knowledge_views as views
from handoff.console.acts import Act
from handoff.console.guard import AnyAct, Desk
from handoff.console.knowledge_bulk import bulk
from handoff.console.knowledge_guard import KindName, PublishAct, Slug, WriteAct, editor, noted, refusing
from handoff.console.knowledge_shapes import (
    BulkBody,
    DiffShape,
    DraftBody,
    EntryShape,
    Lines,
    NewBody,
    Overview,
    PublishBody,
    Refusals,
    RevisionBody,
    RollBackBody,
    SendBackBody,
    VersionShape,
    WithdrawBody,
    titled,
)
from handoff.console.ports import ConsolePorts
from handoff.console.refusals import Refusal
from handoff.console.rehearsal import CHECKED, checked_report, port_of
from handoff.console.route import MEGABYTE, Written, subject, takes
from handoff.console.words import Line
from knowledge_base import entries
from knowledge_base.entries import Entry, Version

router = subject("knowledge", 404, 409)

Number = Annotated[int, Path(ge=1, lt=2**31)]
State = Literal["all", "published", "draft", "review", "withdrawn", "due"]


@router.get("/knowledge/{city}", summary="What there is to keep", response_model=Overview)
async def overview(act: AnyAct, desk: Desk) -> Overview:
    """Kinds with their counts, who may do what, what forms choose from."""
    return await desk.database.read(lambda connection: views.overview(connection, act))


@router.get("/knowledge/{city}/{kind}", summary="A list", response_model=Lines)
async def read_list(
    act: AnyAct,
    kind: KindName,
    desk: Desk,
    q: Annotated[Line, Query(max_length=200)] = "",
    state: State = "all",
    owner: Annotated[Line, Query(max_length=80)] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    sort: Literal["title", "updated", "review_on"] = "title",
) -> Written:
    """Fifty a page, found by any word in them."""

    def job(connection: Connection) -> str:
        found = views.lines(connection, act, kind, words=q, state=state, owner=owner, offset=offset, sort=sort)
        return found.model_dump_json()

    return Written(await desk.database.read(job))


@router.post("/knowledge/{city}/{kind}", summary="Begin something new", response_model=EntryShape, status_code=201)
@takes(MEGABYTE)
async def create(act: WriteAct, kind: KindName, body: NewBody, desk: Desk) -> EntryShape:
    """A draft under a fresh slug made of the title. 409 ``exists`` for a sentence or a day that is there."""

    def job(connection: Connection) -> EntryShape:
        slug = entries.fresh_slug(connection, act.city.slug, kind, body.title)
        content = titled(kind, body.title, body.body)
        entries.save_draft(connection, act.city, kind, slug, content, editor(act), act.now, revision=None)
        noted(connection, act, "draft", kind, slug)
        return views.shown(connection, act, kind, slug)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/bulk", summary="One act on several things", response_model=Refusals)
async def bulk_act(act: WriteAct, kind: KindName, body: BulkBody, desk: Desk) -> Refusals:
    """Each for itself: what is refused says why, the rest is done."""
    return await bulk(desk, act, kind, body)


@router.get("/knowledge/{city}/{kind}/{slug}", summary="One thing", response_model=EntryShape)
async def read(act: AnyAct, kind: KindName, slug: Slug, desk: Desk) -> Written:
    """What is told, what is being written and what is wrong in it, and its history."""
    return Written(
        await desk.database.read(lambda connection: views.shown(connection, act, kind, slug).model_dump_json())
    )


@router.get("/knowledge/{city}/{kind}/{slug}/versions/{number}", summary="One version", response_model=VersionShape)
async def read_version(act: AnyAct, kind: KindName, slug: Slug, number: Number, desk: Desk) -> VersionShape:
    """With what it changed against the one before."""
    return await desk.database.read(lambda connection: views.past(connection, act, kind, slug, number))


@router.get("/knowledge/{city}/{kind}/{slug}/diff", summary="What the draft changes", response_model=DiffShape)
async def read_diff(act: AnyAct, kind: KindName, slug: Slug, desk: Desk) -> DiffShape:
    """Against what is published."""
    return await desk.database.read(lambda connection: views.difference(connection, act, kind, slug))


@router.post("/knowledge/{city}/{kind}/{slug}/draft", summary="Save a draft", response_model=EntryShape)
@takes(MEGABYTE)
async def save(act: WriteAct, kind: KindName, slug: Slug, body: DraftBody, desk: Desk) -> EntryShape:
    """What has faults is kept too. 409 ``stale`` with the draft of whoever saved in between."""

    def job(connection: Connection) -> EntryShape:
        content = titled(kind, body.title, body.body)
        who = editor(act)
        entries.save_draft(connection, act.city, kind, slug, content, who, act.now, revision=body.revision)
        return _noted(connection, act, "draft", kind, slug)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/start", summary="Begin to change", response_model=EntryShape)
async def start(act: WriteAct, kind: KindName, slug: Slug, desk: Desk) -> EntryShape:
    """A draft of what is published. 409 ``stale`` with the draft that is there."""

    def job(connection: Connection) -> EntryShape:
        entries.start_draft(connection, act.city, kind, slug, editor(act), act.now)
        return _noted(connection, act, "draft", kind, slug)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/drop", summary="Throw a draft away", response_model=EntryShape)
async def drop(act: WriteAct, kind: KindName, slug: Slug, body: RevisionBody, desk: Desk) -> EntryShape:
    """For those who wrote it, and those who may publish: another's words are nobody else's to throw away."""

    def job(connection: Connection) -> EntryShape:
        who, city = editor(act), act.city.slug
        written = entries.get_draft(connection, city, kind, slug)
        if written is not None and not who.may_publish and who.username not in written.authors:
            raise Refusal("not_allowed")
        entries.drop_draft(connection, city, kind, slug, who, act.now, body.revision)
        noted(connection, act, "drop", kind, slug)
        return views.shown(connection, act, kind, slug, must=False)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/submit", summary="Ask a second person", response_model=EntryShape)
async def submit(act: WriteAct, kind: KindName, slug: Slug, body: RevisionBody, desk: Desk) -> EntryShape:
    """422 ``faults`` while something is wrong in it; 409 ``nothing`` where it says what is published."""

    def job(connection: Connection) -> EntryShape:
        entries.submit(connection, act.city, kind, slug, editor(act), act.now, body.revision)
        return _noted(connection, act, "submit", kind, slug)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/send_back", summary="Send it back", response_model=EntryShape)
async def send_back(act: WriteAct, kind: KindName, slug: Slug, body: SendBackBody, desk: Desk) -> EntryShape:
    """With what is to be mended; its authors may take it back too."""

    def job(connection: Connection) -> EntryShape:
        who, city = editor(act), act.city.slug
        entries.send_back(connection, city, kind, slug, who, act.now, body.revision, body.remark)
        return _noted(connection, act, "send_back", kind, slug)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/publish", summary="Publish", response_model=EntryShape)
async def publish(act: PublishAct, kind: KindName, slug: Slug, body: PublishBody, desk: Desk) -> EntryShape:
    """409 ``second_person``; 409 ``checked`` with ``report`` where the check blocks, or found what nobody has read."""
    report = await checked_report(desk, act, kind, slug, body)

    def job(connection: Connection) -> EntryShape:
        kept = entries.publish(connection, act.city, kind, slug, editor(act), act.now, body.revision, report)
        return _noted(connection, act, "publish", kind, slug, version=kept.version)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/withdraw", summary="Tell it to nobody", response_model=EntryShape)
async def withdraw(act: WriteAct, kind: KindName, slug: Slug, body: WithdrawBody, desk: Desk) -> EntryShape:
    """One person's act, at once, an author's too. 422 ``faults`` where the city cannot do without it."""

    def job(connection: Connection) -> EntryShape:
        entries.withdraw(connection, act.city.slug, kind, slug, editor(act), act.now, body.note)
        return _noted(connection, act, "withdraw", kind, slug)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/restore", summary="Tell it again", response_model=EntryShape)
async def restore(act: PublishAct, kind: KindName, slug: Slug, desk: Desk) -> EntryShape:
    """As it was when it was withdrawn. 409 ``checked`` with ``report`` where it would catch an emergency by now."""
    report = await _checked_again(desk, act, kind, slug, lambda connection: _withdrawn(connection, act, kind, slug))

    def job(connection: Connection) -> EntryShape:
        entries.restore(connection, act.city.slug, kind, slug, editor(act), act.now, report)
        return _noted(connection, act, "restore", kind, slug)

    return await _write(desk, job)


@router.post("/knowledge/{city}/{kind}/{slug}/roll_back", summary="An older version again", response_model=EntryShape)
async def roll_back(act: PublishAct, kind: KindName, slug: Slug, body: RollBackBody, desk: Desk) -> EntryShape:
    """Published at once: its words had their second person then, but the check anew (409 ``checked``)."""
    city, number = act.city.slug, body.version
    report = await _checked_again(
        desk, act, kind, slug, lambda connection: entries.version(connection, city, kind, slug, number)
    )

    def job(connection: Connection) -> EntryShape:
        entries.roll_back(connection, act.city, kind, slug, body.version, editor(act), act.now, report)
        return _noted(connection, act, "roll_back", kind, slug, version=body.version)

    return await _write(desk, job)


def _withdrawn(connection: Connection, act: Act, kind: str, slug: str) -> Entry | None:
    there = entries.get(connection, act.city.slug, kind, slug)
    return there if there and there.withdrawn_at else None


async def _checked_again(
    desk: ConsolePorts, act: Act, kind: str, slug: str, coming_back: Callable[[Connection], Entry | Version | None]
) -> Mapping[str, Any] | None:
    """The check's report on what was told once: since then the other answers and the model have changed.

    None where there is nothing to check; the store says why nothing comes back then.
    """
    there = await desk.database.read(coming_back) if kind in CHECKED else None
    if there is None:
        return None
    report = await port_of(desk).check(act.city, [(kind, slug, there.body)])
    if report["blocked"]:
        await desk.database.write(lambda connection: noted(connection, act, "blocked", kind, slug), Priority.OPERATOR)
        raise Refusal("checked", said="check_blocks", report=report)
    return report


def _noted(connection: Connection, act: Act, verb: str, kind: str, slug: str, **detail: int) -> EntryShape:
    """Leave a line in the audit; what the page shows after the act."""
    noted(connection, act, verb, kind, slug, **detail)
    return views.shown(connection, act, kind, slug)


async def _write(desk: ConsolePorts, job: Callable[[Connection], EntryShape]) -> EntryShape:
    with refusing():
        return await desk.database.write(job, Priority.OPERATOR)
