"""How every call of the console answers: its own words for every refusal, nothing kept by a cache."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from handoff.console.refusals import Refusal
from handoff.console.shapes import Error

LARGEST_BODY = 64 * 1024  # bytes
MEGABYTE = 1024 * 1024

Call = TypeVar("Call", bound=Callable[..., Any])

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


_LARGER: dict[Callable[..., Any], int] = {}  # calls that take a longer body


def takes(largest: int) -> Callable[[Call], Call]:
    """Let a call take a body of up to ``largest`` bytes. Stands below the route's own decorator."""

    def mark(call: Call) -> Call:
        _LARGER[call] = largest
        return call

    return mark


class ConsoleRoute(APIRoute):
    """A call that answers errors in the contract's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        largest = _LARGER.get(self.endpoint, LARGEST_BODY)

        async def answer(request: Request) -> Response:
            try:
                response = await handle(Request(request.scope, _measured(request.receive, largest)))
            except Refusal as refusal:
                response = refusal.answer()
            except RequestValidationError as error:
                response = Refusal("invalid", fills={"fields": _fields(error)}).answer()
            except HTTPException as error:
                too_large = error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                response = Refusal("too_large" if too_large else "invalid", fills={"fields": "isi"}).answer()
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return answer


class Written(Response):
    """An answer that was written out in the reader's thread already: a long queue must not hold up the event loop."""

    media_type = "application/json"


def _measured(receive: Receive, largest: int) -> Receive:
    """The same body, up to what is taken; a longer one is not read to its end."""
    size = 0

    async def receive_some() -> Message:
        nonlocal size
        came = await receive()
        size += len(came.get("body", b""))
        if size > largest:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return came

    return receive_some


def _fields(error: RequestValidationError) -> str:
    names = dict.fromkeys(str(one["loc"][-1]) for one in error.errors() if one["loc"])
    return ", ".join(list(names)[:5])[:120] or "isi"


def subject(tag: str, *statuses: int) -> APIRouter:
    """A router for one subject, documented with the errors that its calls may answer."""
    errors: dict[int | str, dict[str, Any]] = {status: {"model": Error} for status in (401, 403, 422, *statuses)}
    return APIRouter(prefix="/api", tags=[tag], route_class=ConsoleRoute, responses=errors)
