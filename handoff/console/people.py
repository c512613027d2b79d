"""The accounts of those who work here: an admin lists, adds, changes, shuts and opens them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field
from sqlalchemy import Connection

from config.database import Priority
from handoff import people
from handoff.console.guard import AtWork, Desk
from handoff.console.ports import ConsolePorts
from handoff.console.refusals import Refusal
from handoff.console.route import subject
from handoff.console.shapes import Shape
from handoff.console.words import Line, clean_line
from handoff.operators import Operator, Role
from handoff.passwords import Busy, one_time
from handoff.people import PersonRefused
from handoff.sessions import Session

router = subject("people", 404, 409, 503)

MOST_CITIES = 50
ROLE_NAMES: dict[str, str] = {
    "operator": "operator",
    "supervisor": "supervisor",
    "admin": "admin",
    "author": "penulis jawaban",
}


class PersonShape(Shape):
    """One account. ``disabled_at``: nobody comes in with it since then."""

    username: str
    name: str
    role: Role
    cities: list[str]
    must_change_password: bool = Field(description="Nobody has logged in with the one-time password yet")
    disabled_at: AwareDatetime | None


class People(Shape):
    """Every account that shares a city with the admin."""

    people: list[PersonShape]


class OneTime(Shape):
    """An account with its one-time password, which is shown here once and kept nowhere."""

    person: PersonShape
    password: str


class AboutPerson(BaseModel):
    """What an account says of its owner."""

    name: Line
    role: Annotated[Line, Field(max_length=16)]
    cities: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=MOST_CITIES)]


class NewPerson(AboutPerson):
    """A new account."""

    username: Line


async def _keeper(session: AtWork) -> Session:
    if not session.operator.keeps_accounts:
        raise Refusal("not_allowed")
    return session


Keeper = Annotated[Session, Depends(_keeper)]
"""An admin."""

Username = Annotated[str, BeforeValidator(clean_line), AfterValidator(str.lower), Path(max_length=64)]


@router.get("/people", summary="Accounts", response_model=People)
async def read(session: Keeper, desk: Desk) -> People:
    """Shut ones too, by user name."""
    found = await desk.database.read(lambda connection: people.known_to(connection, session.operator))
    return People(people=[_shown(one) for one in found])


@router.post("/people", summary="Add an account", response_model=OneTime, status_code=201)
async def add(body: NewPerson, session: Keeper, desk: Desk) -> OneTime:
    """409 ``username_taken``; 422 ``bad_username``, ``bad_person_name``, ``bad_role``, ``bad_cities``."""
    password, hashed = await _fresh(desk)

    def job(connection: Connection) -> Operator:
        return people.add(
            connection,
            session.operator,
            desk.clock.now(),
            username=body.username.lower(),
            name=body.name,
            role=body.role,
            cities=body.cities,
            password_hash=hashed,
        )

    return OneTime(person=await _write(desk, job), password=password)


@router.post("/people/{username}/change", summary="Change a name, role or cities", response_model=PersonShape)
async def change(username: Username, body: AboutPerson, session: Keeper, desk: Desk) -> PersonShape:
    """409 ``last_leader``, ``person_elsewhere``. With another role or other cities they have to log in again."""

    def job(connection: Connection) -> Operator:
        now, about = desk.clock.now(), {"name": body.name, "role": body.role}
        return people.change(connection, session.operator, username, now, **about, cities=body.cities)

    return await _write(desk, job)


@router.post("/people/{username}/password", summary="A new one-time password", response_model=OneTime)
async def password(username: Username, session: Keeper, desk: Desk) -> OneTime:
    """For who forgot theirs: the old one and their sessions end. 409 ``person_disabled``, ``person_elsewhere``."""
    chosen, hashed = await _fresh(desk)
    renewed = await _write(
        desk,
        lambda connection: people.renew_password(connection, session.operator, username, desk.clock.now(), hashed),
    )
    return OneTime(person=renewed, password=chosen)


@router.post("/people/{username}/disable", summary="Shut an account", response_model=PersonShape)
async def disable(username: Username, session: Keeper, desk: Desk) -> PersonShape:
    """409 ``last_leader``, ``person_elsewhere``. Sessions end at once; past acts stay on record."""
    return await _write(
        desk, lambda connection: people.disable(connection, session.operator, username, desk.clock.now())
    )


@router.post("/people/{username}/enable", summary="Open an account again", response_model=PersonShape)
async def enable(username: Username, session: Keeper, desk: Desk) -> PersonShape:
    """With the password that it had."""
    return await _write(
        desk, lambda connection: people.enable(connection, session.operator, username, desk.clock.now())
    )


async def _fresh(desk: ConsolePorts) -> tuple[str, str]:
    """A one-time password and its hash."""
    chosen = one_time()
    try:
        return chosen, await desk.passwords.hash(chosen)
    except Busy:
        raise Refusal("busy") from None


async def _write(desk: ConsolePorts, job: Callable[[Connection], Operator]) -> PersonShape:
    with _refusing():
        return _shown(await desk.database.write(job, Priority.OPERATOR))


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except PersonRefused as refused:
        fills = {name: ROLE_NAMES[word] if name == "role" else word for name, word in refused.fills.items()}
        raise Refusal(refused.code, fills=fills) from None


def _shown(person: Operator) -> PersonShape:
    return PersonShape.model_validate(person)
