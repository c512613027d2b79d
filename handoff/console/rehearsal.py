"""What the real turn would do with a citizen's words, and what publishing a draft would change: through the port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from config.database import Priority
from handoff.console.acts import Act
from handoff.console.guard import Desk
from handoff.console.knowledge_guard import WriteAct, editor, noted, refusing
from handoff.console.knowledge_shapes import CheckBody, DraftedBody, PublishBody, RehearseBody
from handoff.console.ports import ConsolePorts, Drafted, RehearsalPort
from handoff.console.refusals import Refusal
from handoff.console.route import MEGABYTE, subject, takes
from knowledge_base import entries
from knowledge_base.entries import Refused
from knowledge_base.kinds import KINDS
from knowledge_base.storable import is_too_deep, storable

router = subject("rehearsal", 404, 503)

CHECKED = ("article", "wording")  # kinds whose words could keep an emergency from a human
CHANNELS = ("whatsapp", "telegram", "sms", "web")
FINDINGS = ("newly_answered", "changed", "tests", "faults")


@router.post("/knowledge/{city}/rehearse", summary="What the bot would say", response_class=JSONResponse)
@takes(MEGABYTE)
async def rehearse(act: WriteAct, body: RehearseBody, desk: Desk) -> JSONResponse:
    """With these drafts as if they were published. Nothing is kept and nobody is written to."""
    if body.channel not in CHANNELS:
        raise Refusal("invalid", fills={"fields": "saluran"})
    said = await port_of(desk).rehearse(act.city, body.text, body.channel, _drafted(body.drafts))
    return JSONResponse(said)


@router.post("/knowledge/{city}/check", summary="What publishing would change", response_class=JSONResponse)
@takes(MEGABYTE)
async def check(act: WriteAct, body: CheckBody, desk: Desk) -> JSONResponse:
    """Recorded questions, the city's test questions and fixed emergencies, with and without these drafts."""
    return JSONResponse(await port_of(desk).check(act.city, _drafted(body.drafts)))


async def checked_report(
    desk: ConsolePorts, act: Act, kind: str, slug: str, body: PublishBody
) -> Mapping[str, Any] | None:
    """The check's report on what is about to be published; None for kinds that need none.

    Refusal("checked") with it where it blocks, or found something that nobody has read yet.
    """
    if kind not in CHECKED:
        return None
    with refusing():
        draft = await desk.database.read(lambda connection: _about_to(connection, act, kind, slug, body.revision))
    report = await port_of(desk).check(act.city, [draft])
    if report["blocked"]:
        await desk.database.write(lambda connection: noted(connection, act, "blocked", kind, slug), Priority.OPERATOR)
        raise Refusal("checked", said="check_blocks", report=report)
    if not body.seen_report and any(report.get(name) for name in FINDINGS):
        raise Refusal("checked", report=report)
    return report


def _about_to(connection: Connection, act: Act, kind: str, slug: str, revision: int) -> Drafted:
    """The draft, where nothing but the check stands in its way: five seconds are not spent to say no after them."""
    written = entries.get_draft(connection, act.city.slug, kind, slug)
    if written is None or written.revision != revision:
        raise Refused("stale", draft=written)
    if KINDS[kind].two_people and (written.state != "review" or editor(act).username in written.authors):
        raise Refused("second_person")
    return kind, slug, written.body


def port_of(desk: ConsolePorts) -> RehearsalPort:
    """The rehearsal. Refusal("no_check") where the wiring lends none."""
    if desk.rehearsal is None:
        raise Refusal("no_check")
    return desk.rehearsal


def _drafted(drafts: Sequence[DraftedBody]) -> list[Drafted]:
    for one in drafts:
        if one.kind not in KINDS:
            raise Refusal("not_found")
        if is_too_deep(one.body):
            raise Refusal("invalid", fills={"fields": "isi"})
    return [(one.kind, one.slug, storable(one.body)) for one in drafts]
