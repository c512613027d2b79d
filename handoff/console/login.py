"""Coming, going, and one's own password."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import Connection, update

from config.database import Priority
from handoff import logins, sessions
from handoff.console.guard import COOKIE, Desk, Entering
from handoff.console.me import Me, me_of
from handoff.console.ports import ConsolePorts
from handoff.console.refusals import Refusal
from handoff.console.route import subject
from handoff.console.words import clean
from handoff.logins import Locked, source_of
from handoff.passwords import LONGEST, Busy, is_weak
from handoff.sessions import Session
from handoff.tables import operator

router = subject("session", 423, 503)

Password = Annotated[str, BeforeValidator(clean), Field(min_length=1, max_length=LONGEST)]


class Credentials(BaseModel):
    """A user name, in whatever case, and a password."""

    username: Annotated[str, BeforeValidator(clean), Field(min_length=1, max_length=64)]
    password: Password


class NewPassword(BaseModel):
    """The password so far, and the one from now on."""

    old: Password
    new: Annotated[str, BeforeValidator(clean), Field(max_length=1000)]


@router.post("/login", summary="Log in", response_model=Me)
async def login(body: Credentials, request: Request, response: Response, desk: Desk) -> Me:
    """Sets the session cookie. 401 ``bad_login``; 423 ``locked`` with ``retry_after`` seconds."""
    username, source = body.username.strip().lower()[:64], source_of(request.client.host if request.client else None)
    await _check(desk, username, source, body.password)
    agent, now = request.headers.get("user-agent", ""), desk.clock.now()
    before = request.cookies.get(COOKIE)

    def enter(connection: Connection) -> tuple[str, Session] | None:
        if before:
            sessions.end(connection, sessions.hash_of(before))
        return logins.succeed(connection, username, source, agent, now)

    entered = await desk.database.write(enter, Priority.OPERATOR)
    if entered is None:
        raise Refusal("bad_login")
    token, session = entered
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sessions.LONGEST.total_seconds()),
        secure=desk.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return me_of(desk, session)


async def _check(desk: ConsolePorts, username: str, source: str, password: str, wrong: str = "bad_login") -> None:
    """Count the try, then check the password. Refusal("locked"), Refusal("busy"), Refusal(wrong)."""
    try:
        begin = partial(logins.begin, username=username, source=source, now=desk.clock.now())
        kept = await desk.database.write(begin, Priority.OPERATOR)
        fits = await desk.passwords.fits(kept, password)
    except Locked as locked:
        seconds = max(1, round(locked.retry_after))
        raise Refusal("locked", fills={"seconds": str(seconds)}, retry_after=seconds) from None
    except Busy:
        raise Refusal("busy") from None
    if not fits:
        raise Refusal(wrong)


@router.post("/logout", summary="Log out", status_code=204)
async def logout(response: Response, session: Entering, desk: Desk) -> None:
    """Ends the session; its open pages are told by their sockets."""
    now = desk.clock.now()

    def leave(connection: Connection) -> None:
        sessions.end(connection, session.token_hash)
        logins.told(connection, session.operator, "logout", now)

    await desk.database.write(leave, Priority.OPERATOR)
    response.delete_cookie(COOKIE, secure=desk.secure_cookies, httponly=True, samesite="strict")


@router.get("/me", summary="Who is logged in", response_model=Me)
async def me(session: Entering, desk: Desk) -> Me:
    """401 ``login`` when nobody is."""
    return me_of(desk, session)


@router.post("/password", summary="Change one's own password", status_code=204)
async def password(body: NewPassword, request: Request, session: Entering, desk: Desk) -> None:
    """422 ``wrong_password``, ``weak_password``. Every other session of this account ends."""
    who = session.operator
    source = source_of(request.client.host if request.client else None)
    await _check(desk, who.username, source, body.old, wrong="wrong_password")
    if body.new == body.old or is_weak(body.new, who.username, who.name):
        raise Refusal("weak_password")
    try:
        fresh = await desk.passwords.hash(body.new)
    except Busy:
        raise Refusal("busy") from None
    change = partial(_change, session=session, source=source, fresh=fresh, now=desk.clock.now())
    await desk.database.write(change, Priority.OPERATOR)


def _change(connection: Connection, session: Session, source: str, fresh: str, now: datetime) -> None:
    who = session.operator
    logins.forgive(connection, who.username, source, now)
    connection.execute(
        update(operator).where(operator.c.id == who.id).values(password_hash=fresh, must_change_password=False)
    )
    sessions.end_others(connection, session)
    logins.told(connection, who, "password", now)
