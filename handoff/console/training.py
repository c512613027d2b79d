"""The bot's models: which answers, how each did in its exam; ask for a new one, go back to an older one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import yaml
from fastapi import Depends
from fastapi import Path as InPath
from pydantic import BaseModel
from sqlalchemy import Connection

from config.database import Priority
from handoff.audit import Who, note
from handoff.console.guard import AtWork, Desk
from handoff.console.learning_shapes import Figure, Model, Models, Report
from handoff.console.refusals import Refusal
from handoff.console.route import subject
from handoff.console.words import Line
from handoff.sessions import Session
from knowledge_base.learning import models as learning_models
from knowledge_base.learning.models import BUILT_IN, CannotUse

router = subject("models", 404, 409)

NAMES: dict[str, str] = yaml.safe_load((Path(__file__).parent / "figure_names.yml").read_text(encoding="utf-8"))
_REFUSALS = {
    "unknown": "not_found",
    "refused": "model_refused",
    "gone": "model_gone",
    "already_asked": "already_asked",
}
_ASKED = "Diminta di halaman ini"


async def _keeper(session: AtWork) -> Session:
    if not session.operator.may_write:
        raise Refusal("not_allowed")
    return session


async def _admin(session: AtWork) -> Session:
    if session.operator.role != "admin":
        raise Refusal("not_allowed")
    return session


Keeper = Annotated[Session, Depends(_keeper)]
Admin = Annotated[Session, Depends(_admin)]
ModelKey = Annotated[int, InPath(ge=0, lt=2**63, description="0: the files' own")]


class AskBody(BaseModel):
    """Why a new model is wanted, for the list."""

    why: Line = ""


@router.get("/models", summary="The models", response_model=Models)
async def models(_session: Keeper, desk: Desk) -> Models:
    """The newest 30, the files' own last."""

    def job(connection: Connection) -> Models:
        return _models(connection, list(desk.cities))

    return await desk.database.read(job)


@router.post("/models", summary="Have a model trained", response_model=Models, status_code=202)
async def ask(session: Admin, body: AskBody, desk: Desk) -> Models:
    """It answers by itself once it has passed its exam. 409 ``already_asked`` while one waits."""

    def act(connection: Connection) -> None:
        learning_models.ask(connection, body.why or _ASKED, session.operator.username, desk.clock.now())

    return await _do(desk, session, "model_asked", act)


@router.post("/models/{key}/activate", summary="Let this model answer", response_model=Models)
async def activate(session: Admin, key: ModelKey, desk: Desk) -> Models:
    """On every process within seconds; 0 is the files' own. 409 ``model_refused``, ``model_gone``."""

    def act(connection: Connection) -> None:
        learning_models.activate(connection, key, session.operator.username, desk.clock.now())

    return await _do(desk, session, "model_used", act, model=str(key))


async def _do(desk: Desk, session: Session, verb: str, act: Callable[[Connection], None], **detail: Any) -> Models:
    """One admin's act, on record in each of their cities: models serve all of them."""
    who, now = Who(session.operator.username, session.operator.id), desk.clock.now()

    def job(connection: Connection) -> Models:
        act(connection)
        for city in session.operator.cities:
            if city in desk.cities:
                note(connection, city, who, verb, now, **detail)
        return _models(connection, list(desk.cities))

    try:
        return await desk.database.write(job, Priority.OPERATOR)
    except CannotUse as refused:
        raise Refusal(_REFUSALS[refused.code]) from None


def _models(connection: Connection, cities: list[str]) -> Models:
    used = learning_models.in_use(connection)
    since = learning_models.taught_until(connection)
    shown = [_model(row, used) for row in learning_models.models(connection)]
    return Models(
        models=[*shown, _built_in(used)], changed_since=learning_models.changes_since(connection, cities, since)
    )


def _model(row: Any, used: int) -> Model:
    about = {**row, "report": _report(row["report"]), "active": row["id"] == used, "built_in": False}
    return Model.model_validate(about)


def _built_in(used: int) -> Model:
    nothing = {"why": "", "asked_by": "", "asked_at": None, "ended_at": None, "phrases": None, "report": None}
    about = {"state": "ready", "progress": 1.0, "step": "", "detail": "", "gone": False, "built_in": True}
    return Model.model_validate({"id": BUILT_IN, **nothing, **about, "active": used == BUILT_IN})


def _report(kept: Any) -> Report | None:
    """The trainer's report (see config.trainer) as the page shows it."""
    if not kept:
        return None
    return Report(
        figures=[_figure(one) for one in kept["figures"]],
        missed=kept["missed"],
        changed=kept["changed"],
        examined=kept["examined"],
        seconds=kept["seconds"],
    )


def _figure(one: Any) -> Figure:
    floor = one["floor"] or {}
    return Figure(
        slug=one["name"].replace(" ", "_"),
        name=NAMES.get(one["name"], one["name"]),
        value=one["value"],
        floor=floor.get("most", floor.get("least")),
        at_most="most" in floor,
        in_use=one["before"]["value"] if one["before"] else None,
        ok=one["ok"],
    )
