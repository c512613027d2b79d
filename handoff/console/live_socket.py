"""The console's WebSocket: what happens, as it happens. Frames: see ``handoff.console.frames``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Annotated, Literal

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from handoff.console.guard import Desk, session_of
from handoff.console.origin import is_foreign
from handoff.console.ports import ConsolePorts
from handoff.open_console import MUST_CHANGE_PASSWORD, NO_DESK, NOT_LOGGED_IN, Console

log = logging.getLogger(__name__)

router = APIRouter(prefix="/api")

POLICY = 1008
LARGEST_FRAME = 4096  # characters; a page has little to say
PARTING = 2.0  # seconds for a broken line to take its leave


class View(BaseModel):
    """The page shows this conversation now, or none."""

    type: Literal["view"]
    city: str | None = None
    conversation_id: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class Pong(BaseModel):
    """The page is there."""

    type: Literal["pong"]


_Said: TypeAdapter[View | Pong] = TypeAdapter(Annotated[View | Pong, Field(discriminator="type")])


@router.websocket("/live")
async def live(socket: WebSocket, desk: Desk) -> None:
    """Closes with 4401 when nobody is logged in, 4404 for an author, 4408 when the page does not keep up.

    After 4408 the page takes the snapshot anew.
    """
    if is_foreign(socket, desk.allowed_origins):
        await socket.close(POLICY)  # before it was accepted: the handshake is answered with 403
        return
    session = await session_of(socket, desk)
    await socket.accept()
    if session is None or session.operator.must_change_password:
        await socket.close(NOT_LOGGED_IN if session is None else MUST_CHANGE_PASSWORD)
        return
    if not session.operator.sees_cases:
        await socket.close(NO_DESK)
        return
    console = desk.live.join(session)
    try:
        await _serve(socket, desk, console)
    finally:
        desk.live.leave(console)
    if console.ended.is_set():
        with contextlib.suppress(TimeoutError, RuntimeError):
            await asyncio.wait_for(socket.close(console.code), PARTING)


async def _serve(socket: WebSocket, desk: ConsolePorts, console: Console) -> None:
    """Until the page leaves or is cut off."""
    tasks = [
        asyncio.create_task(_send(socket, console)),
        asyncio.create_task(_hear(socket, desk, console)),
        asyncio.create_task(_until_ended(console)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect | RuntimeError):
                log.error("a live socket broke", exc_info=outcome)


async def _until_ended(console: Console) -> None:
    await console.ended.wait()


async def _send(socket: WebSocket, console: Console) -> None:
    while True:
        await socket.send_text(await console.frames.get())


async def _hear(socket: WebSocket, desk: ConsolePorts, console: Console) -> None:
    while True:
        came = await socket.receive()
        if came["type"] == "websocket.disconnect":
            return
        console.heard_at = desk.clock.now()
        said = _read(came.get("text"))
        if said is None:
            console.end(POLICY)
            return
        if isinstance(said, View):
            named = said.city is not None and said.conversation_id is not None
            await desk.live.view(console, (said.city or "", said.conversation_id or 0) if named else None)


def _read(text: str | None) -> View | Pong | None:
    if not text or len(text) > LARGEST_FRAME:
        return None
    try:
        return _Said.validate_json(text)
    except ValidationError:
        return None
