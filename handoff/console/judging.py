"""Was it no emergency? A human looks at two in a hundred of what the bot thought harmless."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Connection, exists, select

from config.database import Priority
from handoff.audit import note
from handoff.console import views
from handoff.console.acts import Act
from handoff.console.guard import CityAct, Desk, Key
from handoff.console.learning_shapes import Judged, Judging, Talk, ToJudge
from handoff.console.refusals import Refusal
from handoff.console.route import subject
from handoff.tables import conversation, message
from knowledge_base.learning import judging as learning_judging
from knowledge_base.learning import rate as learning_rate
from knowledge_base.learning.examples import DANGER, Proposal, propose
from knowledge_base.learning.judging import NotYours, Verdict
from knowledge_base.tables import judgement

router = subject("learning", 404, 409)

FRESH = timedelta(hours=24)  # whoever wrote may still need help
BEFORE = 3  # messages of the same person that are shown above
UNKNOWN_DANGER = f"{DANGER}lainnya"  # an admin says which when accepting it


class VerdictBody(BaseModel):
    """What it was."""

    verdict: Verdict


@router.get("/learning/{city}/judge", summary="The next message to judge", response_model=Judging)
async def next_one(act: CityAct, desk: Desk) -> Judging:
    """On this person's screen alone for 30 minutes; asked for again meanwhile, it is the same one."""

    def job(connection: Connection) -> Judging:
        city = act.city.slug
        row = learning_judging.next_to_judge(connection, city, act.who.name, act.now, _seen(act))
        item = None if row is None else ToJudge.model_validate({**row, "before": _before(connection, row)})
        return Judging(item=item, waiting=learning_rate.waiting(connection, city))

    return await desk.database.write(job, Priority.OPERATOR)


def _seen(act: Act) -> ColumnElement[bool] | None:
    """What belongs to the small circle is shown to nobody else, whatever it was taken for."""
    if act.operator.may_see(act.city.slug, restricted=True):
        return None
    talk = (conversation.c.city == judgement.c.city, conversation.c.id == judgement.c.conversation_id)
    return ~exists(select(conversation.c.id).where(*talk, views.is_restricted))


def _before(connection: Connection, row: dict[str, Any]) -> list[str]:
    query = (
        select(message.c.text)
        .where(
            message.c.city == row["city"],
            message.c.conversation_id == row["conversation_id"],
            message.c.direction == "in",
            message.c.at <= row["at"],
            message.c.id != row["id"],
            message.c.deleted_at.is_(None),
            message.c.text != "",
        )
        .order_by(message.c.at.desc(), message.c.id.desc())
        .limit(BEFORE)
    )
    return list(connection.scalars(query))[::-1]


@router.post("/learning/{city}/judge/{key}", summary="Say what it was", response_model=Judged)
async def judge(act: CityAct, key: Key, body: VerdictBody, desk: Desk) -> Judged:
    """409 ``judged`` where somebody else has it by now. An emergency becomes a proposed example.

    ``open``: it is less than a day old and nobody has a case of it.
    """

    def job(connection: Connection) -> Judged:
        city, who = act.city.slug, act.who.name
        try:
            row = learning_judging.judge(connection, city, key, body.verdict, who, act.now)
        except KeyError:
            raise Refusal("not_found") from None
        except NotYours:
            raise Refusal("judged") from None
        note(connection, city, act.who, "judge", act.now, conversation_id=row["conversation_id"], verdict=body.verdict)
        if body.verdict in ("emergency", "wrong_kind"):
            _propose(connection, act, row)
        urgent = body.verdict == "emergency" and row["at"] > act.now - FRESH
        return Judged(open=_without_case(connection, act, row) if urgent else None)

    return await desk.database.write(job, Priority.OPERATOR)


def _propose(connection: Connection, act: Act, row: dict[str, Any]) -> None:
    here = (conversation.c.city == row["city"], conversation.c.id == row["conversation_id"])
    if connection.scalar(select(views.is_restricted).where(*here)):
        return
    intent = UNKNOWN_DANGER if row["verdict"] == "emergency" else None
    was = {"kind": row["taken_for"], "topic": row["topic"]}
    what = Proposal(row["text"], intent, "judgement", row["id"], was=was)
    propose(connection, act.city.slug, what, act.who.name, act.now)


def _without_case(connection: Connection, act: Act, row: dict[str, Any]) -> Talk | None:
    here = (conversation.c.city == row["city"], conversation.c.id == row["conversation_id"])
    talk = connection.execute(select(conversation.c.incident_id).where(*here)).first()
    if talk is None or talk.incident_id is not None:
        return None
    return Talk(city=act.city.slug, conversation_id=str(row["conversation_id"]))
