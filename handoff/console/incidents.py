"""One case: open it by hand, claim it, correct it, put it back, close it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import Connection, select

from config.database import Priority
from handoff.console import acts, calls, cases, views
from handoff.console.acts import Act
from handoff.console.close_reasons import CLOSE_REASONS
from handoff.console.guard import AtWork, CityAct, Desk, Key, act_of
from handoff.console.refusals import Refusal
from handoff.console.route import subject
from handoff.console.shapes import CaseFile, Event, Fact, Incident
from handoff.console.sight import note_view
from handoff.console.words import Line, Text
from handoff.tables import audit_event

router = subject("incidents", 404, 409)

MOST_EVENTS = 500
_REASONS = frozenset(reason.slug for reason in CLOSE_REASONS)

Severity = Annotated[int, Field(ge=1, le=4, description="1 = P1, a life is in danger, to 4 = P4")]
Version = Annotated[int, Field(ge=1, description="The version of the case that this was decided on")]


class PlaceBody(BaseModel):
    """Where it happens. Nothing is made up: what is not known stays null."""

    text: Line | None = None
    kecamatan: Annotated[Line | None, Field(max_length=64)] = None
    kelurahan: Line | None = None
    landmark: Line | None = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None

    @model_validator(mode="after")
    def _has_a_whole_point(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("a point has both lat and lon")
        return self


class ByHandBody(BaseModel):
    """A telephone or radio call, or somebody at the counter. The same ``client_id`` opens one case."""

    client_id: UUID
    city: str
    source: Literal["phone", "radio", "walk_in"]
    category: str
    severity: Severity
    place: PlaceBody
    caller_name: Annotated[Line | None, Field(max_length=128)] = None
    caller_phone: Annotated[Line | None, Field(max_length=40)] = None
    note: Text = ""


class UpdateBody(BaseModel):
    """What changes; a field left out stays as it is. ``facts`` takes the place of all facts."""

    version: Version
    category: str | None = None
    severity: Severity | None = None
    place: PlaceBody | None = None
    facts: dict[Line, Fact] | None = Field(None, max_length=100)
    note: Text | None = None
    alarm_seen: bool = False


class CloseBody(BaseModel):
    """Why it ends: a slug of the city's close_reasons, and what was tried."""

    version: Version
    reason: str = ""
    note: Text = ""


@router.post(
    "/incidents",
    summary="Open a case by hand",
    response_model=Incident,
    status_code=201,
    responses={200: {"model": Incident, "description": "This client_id opened a case before: that case"}},
)
async def by_hand(body: ByHandBody, session: AtWork, response: Response, desk: Desk) -> Incident:
    """Claimed by whoever opens it. 422 ``unknown_category``, ``unknown_kecamatan``, ``bad_name``, ``bad_phone``."""
    act = act_of(desk, session, body.city)
    call = calls.Call(
        client_id=body.client_id,
        source=body.source,
        category=body.category,
        severity=body.severity,
        place=body.place.model_dump(),
        note=body.note.strip(),
        name=body.caller_name or "",
        phone=body.caller_phone or "",
    )

    def job(connection: Connection) -> tuple[Incident, bool]:
        key, fresh = calls.take_down(connection, act, call)
        return views.incident_by_id(connection, act.city.slug, key), fresh

    incident, fresh = await desk.database.write(job, Priority.OPERATOR)
    if not fresh:
        response.status_code = 200
    return incident


@router.get("/incidents/{city}/{key}", summary="A case and who did what", response_model=CaseFile)
async def read(act: CityAct, key: Key, desk: Desk) -> CaseFile:
    """The audit's lines, oldest first."""

    def job(connection: Connection) -> CaseFile:
        acts.case_of(connection, act, key)
        return CaseFile(
            incident=views.incident_by_id(connection, act.city.slug, key), events=_events(connection, act, key)
        )

    file = await desk.database.read(job)
    if file.incident.restricted:
        await note_view(desk, act, key)
    return file


def _events(connection: Connection, act: Act, incident_id: int) -> list[Event]:
    rows = connection.execute(
        select(audit_event.c.at, audit_event.c.who, audit_event.c.verb, audit_event.c.detail)
        .where(audit_event.c.city == act.city.slug, audit_event.c.incident_id == incident_id)
        .order_by(audit_event.c.at, audit_event.c.id)
        .limit(MOST_EVENTS)
    )
    return [Event.model_validate(row) for row in rows]


@router.post("/incidents/{city}/{key}/claim", summary="Take a case", response_model=Incident)
async def claim(act: CityAct, key: Key, desk: Desk) -> Incident:
    """Exactly one of several wins; the others get 409 ``claimed`` with ``by``. The conversation comes along."""

    def job(connection: Connection) -> Incident:
        acts.claim(connection, act, key)
        return views.incident_by_id(connection, act.city.slug, key)

    return await desk.database.write(job, Priority.OPERATOR)


@router.post("/incidents/{city}/{key}/release", summary="Put a case back into the queue", response_model=Incident)
async def release(act: CityAct, key: Key, desk: Desk) -> Incident:
    """The bot speaks again until somebody takes it. 409 ``claimed`` where it is a colleague's."""

    def job(connection: Connection) -> Incident:
        acts.release(connection, act, key)
        return views.incident_by_id(connection, act.city.slug, key)

    return await desk.database.write(job, Priority.OPERATOR)


@router.post("/incidents/{city}/{key}/update", summary="Correct a case", response_model=Incident)
async def update(act: CityAct, key: Key, body: UpdateBody, desk: Desk) -> Incident:
    """409 ``stale`` with the case as it stands where a colleague was quicker; ``closed``.

    422 ``unknown_category``, ``unknown_kecamatan``.
    """
    place: dict[str, Any] | None = body.place.model_dump() if body.place is not None else None
    what = cases.Correction(body.category, body.severity, place, body.facts, body.note, body.alarm_seen)

    def job(connection: Connection) -> Incident:
        cases.correct(connection, act, key, body.version, what)
        return views.incident_by_id(connection, act.city.slug, key)

    return await desk.database.write(job, Priority.OPERATOR)


@router.post("/incidents/{city}/{key}/close", summary="Close a case", response_model=Incident)
async def close(act: CityAct, key: Key, body: CloseBody, desk: Desk) -> Incident:
    """422 ``reason`` without one; 409 ``stale``, ``claimed``. The citizen is told, except in silent mode."""
    if body.reason not in _REASONS:
        raise Refusal("reason")

    def job(connection: Connection) -> Incident:
        cases.close(connection, act, key, body.version, body.reason, body.note.strip())
        return views.incident_by_id(connection, act.city.slug, key)

    return await desk.database.write(job, Priority.OPERATOR)
