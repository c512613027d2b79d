"""Who may come in: the session behind the cookie, our own page behind the session, the city behind the case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Path, Request
from starlette.requests import HTTPConnection

from config.database import Priority
from handoff import sessions
from handoff.console.acts import Act
from handoff.console.origin import is_foreign
from handoff.console.ports import ConsolePorts
from handoff.console.refusals import Refusal
from handoff.places_search import PlaceSearches
from handoff.sessions import Session

COOKIE = "sigap_session"
CSRF = "X-CSRF-Token"
_SAFE = ("GET", "HEAD", "OPTIONS")


def lend(desk: ConsolePorts) -> Callable[[HTTPConnection], Awaitable[None]]:
    """A dependency that comes before all others: hands them the ports, and turns away other sites' writes."""
    searches = PlaceSearches(desk.cities)

    async def put(connection: HTTPConnection) -> None:
        connection.state.desk = desk
        connection.state.searches = searches
        writes = connection.scope["type"] == "http" and connection.scope["method"] not in _SAFE
        if writes and is_foreign(connection, desk.allowed_origins):
            raise Refusal("origin")

    return put


async def _desk(connection: HTTPConnection) -> ConsolePorts:
    lent: ConsolePorts = connection.state.desk
    return lent


Desk = Annotated[ConsolePorts, Depends(_desk)]


async def session_of(connection: HTTPConnection, desk: ConsolePorts) -> Session | None:
    """Whose cookie this is."""
    token = connection.cookies.get(COOKIE)
    if not token:
        return None
    return await desk.database.read(partial(sessions.find, token=token, now=desk.clock.now()))


async def _entering(request: Request, desk: Desk) -> Session:
    session = await session_of(request, desk)
    if session is None:
        raise Refusal("login")
    if request.method not in _SAFE and not session.owns(request.headers.get(CSRF, "")):
        raise Refusal("csrf")
    now = desk.clock.now()
    if now - session.seen_at >= sessions.SEEN_EVERY:
        awake = partial(sessions.keep_awake, hashes=[session.token_hash], now=now)
        await desk.database.write(awake, Priority.BACKGROUND)
    return session


Entering = Annotated[Session, Depends(_entering)]
"""Logged in, perhaps still with a one-time password. A write must carry the page's token."""


async def _at_work(session: Entering) -> Session:
    if session.operator.must_change_password:
        raise Refusal("must_change_password")
    return session


AtWork = Annotated[Session, Depends(_at_work)]
"""Logged in with a password of one's own. A write must carry the page's token."""

Key = Annotated[int, Path(ge=1, lt=2**63, description="A 64-bit integer")]


def act_of(desk: ConsolePorts, session: Session, city: str) -> Act:
    """This person, now, in a city of theirs. Refusal("not_found") for another, Refusal("not_allowed") for an author."""
    if not session.operator.sees_cases:
        raise Refusal("not_allowed")
    return any_act_of(desk, session, city)


def any_act_of(desk: ConsolePorts, session: Session, city: str) -> Act:
    """The same for everybody with an account: what is looked up or written here is no case."""
    if city not in session.operator.cities or city not in desk.cities:
        raise Refusal("not_found")
    return Act(session.operator, desk.cities[city], desk.clock.now(), desk.windows, desk.templates)


async def _act(city: str, session: AtWork, desk: Desk) -> Act:
    return act_of(desk, session, city)


CityAct = Annotated[Act, Depends(_act)]
"""The same, for the city in the path or the query."""


async def _any_act(city: str, session: AtWork, desk: Desk) -> Act:
    return any_act_of(desk, session, city)


AnyAct = Annotated[Act, Depends(_any_act)]
"""The same, for everybody with an account."""


async def _at_desk(session: AtWork) -> Session:
    if not session.operator.sees_cases:
        raise Refusal("not_allowed")
    return session


AtDesk = Annotated[Session, Depends(_at_desk)]
"""At work, and cases are this person's business."""
