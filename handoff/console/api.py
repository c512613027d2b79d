"""The staff app's server side as one router: JSON API, live socket, pages."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from handoff.console import (
    conversations,
    incidents,
    judging,
    knowledge,
    learning,
    live_socket,
    login,
    media,
    pages,
    people,
    pictures,
    queue,
    reference,
    rehearsal,
    sheets,
    training,
)
from handoff.console.guard import lend
from handoff.console.ports import ConsolePorts


def console_app(desk: ConsolePorts) -> APIRouter:
    """Everything under ``/api`` and ``/petugas``. Raises ValueError for a city without the words for its acts."""
    for city in desk.cities.values():
        for key in ("closed", "operator_here"):
            if key not in city.wording:
                raise ValueError(f"the wording of {city.slug} has no `{key}`: add it to its wording/id.yml")
    router = APIRouter(dependencies=[Depends(lend(desk))])
    subjects = (login, queue, conversations, incidents, reference, people, media, judging, learning, training)
    kept = (pictures, sheets, rehearsal, knowledge)  # their own addresses before those that name a kind
    for part in (*subjects, *kept, live_socket, pages):
        router.include_router(part.router)
    return router
