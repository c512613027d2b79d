"""The doors behind the citizen's page: a token, a message, a photo, and what there is to tell."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message

from bots.channel import Account, Unreadable
from bots.channels.web import SHOWN_BY
from bots.door import Fields, read_json, said
from bots.message import Parsed
from bots.web_chats import Chats
from bots.web_guard import Guard, is_foreign, read_body
from bots.web_messages import SOUND_ID
from bots.web_photos import PhotoRefused, hold_photo, keep_photo
from bots.web_ports import Ports
from bots.web_tokens import chat_of, new_token

COOKIE: Final = "sigap_chat"  # the same token, for a browser whose script does not run
COOKIE_LIFE: Final = 30 * 24 * 3600  # seconds
LARGEST_MESSAGE: Final = 256 * 1024  # bytes of JSON; the page itself takes 4,000 characters
LONGEST_WAIT: Final = 25.0  # seconds: below what proxies and mobile networks cut off
PROOF: Final = "x-sigap-kept"  # the id of the message that is durable: a hotel's login page cannot know it

_PROBLEMS: Final = {
    400: "broken_off",
    401: "token",
    404: "no_account",
    409: "photo_gone",
    413: "too_large",
    415: "no_photo",
    429: "too_many",
    507: "no_room",
}


class Token(BaseModel):
    """To be sent as ``X-Sigap-Chat`` with every call; whoever has it is the citizen of that chat."""

    token: str


class PhotoName(BaseModel):
    """What a message of type "photo" names."""

    photo: str


class ToldLine(BaseModel):
    """One line of the chat. ``from``: own, bot or staff; ``key``: the page's own id of what it sent."""

    id: str
    author: str = Field(alias="from")
    kind: str
    text: str
    at: str
    key: str
    buttons: list[tuple[str, str]]
    ask_location: bool


class Told(BaseModel):
    """What the page does not have yet. ``mode``: "", "no_call" or "silent"; ``started``: whether there is a chat."""

    messages: list[ToldLine]
    mode: str
    started: bool


class WebMessage(BaseModel):
    """One message of a citizen; the fields that its ``type`` needs (see ``bots.web_messages``)."""

    id: str
    type: str
    text: str = ""
    lat: float | None = None
    lon: float | None = None
    accuracy: float | None = None
    photo: str | None = None
    data: str | None = None
    title: str | None = None
    age: float = 0.0


class Doors:
    """One process' doors. Errors are ``{"error": word}`` with a fitting status, 429 with Retry-After."""

    def __init__(self, ports: Ports, chats: Chats, guard: Guard) -> None:
        self._ports = ports
        self._chats = chats
        self._guard = guard

    def router(self) -> APIRouter:
        """The doors, documented."""
        router = APIRouter(tags=["web chat"], responses={404: {"description": "There is no such account"}})
        said = {"content": {"application/json": {"schema": WebMessage.model_json_schema()}}, "required": True}
        rows: list[tuple[str, str, Callable[..., Awaitable[Response]], Any, str]] = [
            ("POST", "/in/web/{account}", self.message, None, "Write; 200 once it is durable, named in X-Sigap-Kept"),
            ("POST", "/in-web/{account}/messages", self.message, None, "The same, as the page itself calls it"),
            ("POST", "/in-web/{account}/start", self.start, Token, "A token for whoever has none"),
            ("GET", "/in-web/{account}/messages", self.messages, Told, "What there is to tell, once there is any"),
            ("POST", "/in-web/{account}/photo", self.photo, PhotoName, "A JPEG, PNG or WebP of at most 8 MB"),
        ]
        for method, path, answer, model, summary in rows:
            extra = {"requestBody": said} if answer == self.message else None
            router.add_api_route(
                path, answer, methods=[method], response_model=model, summary=summary, openapi_extra=extra
            )
        return router

    async def message(self, request: Request, account: str) -> Response:
        found, token = self._account(account), token_of(request)
        if found is None:
            return refusal(404)
        body = await read_body(request, LARGEST_MESSAGE)
        if body is None:
            return refusal(413)
        content = _content(body)
        words = f"{said(content, 'text')} {said(content, 'title')}"
        if wait := self._guard.message(request, token, words, position=said(content, "type") == "location"):
            return refusal(429, wait)
        if self._has_lost_its_photo(found, token, content):
            return refusal(409)
        response = await self._ports.webhook(_again(request, body))
        if response.status_code == 200 and SOUND_ID.fullmatch(said(content, "id")):
            response.headers[PROOF] = said(content, "id")
        return response

    async def start(self, request: Request, account: str) -> Response:
        if self._account(account) is None or is_foreign(request):
            return refusal(404)
        token = request.cookies.get(COOKIE, "")
        if chat_of(token) is None:
            if wait := self._guard.stranger(request):
                return refusal(429, wait)
            token = new_token()
        response = JSONResponse({"token": token})
        remember(request, response, token)
        return response

    async def messages(self, request: Request, account: str, have: str = "", wait: float = 0.0) -> Response:
        found, token = self._account(account), token_of(request)
        chat = chat_of(token)
        if found is None or chat is None:
            return refusal(404 if found is None else 401)
        known = {one for one in have.split(",")[:100] if one}
        told = await self._chats.read(found, chat)
        if reports := told.proven(known, self._ports.clock.now()):
            await self._ports.inbox.keep(found, Parsed(reports=reports), b"")
        if not told.news(known):
            told = await self._chats.wait(found, chat, known, min(LONGEST_WAIT, wait))
        lines = [line.to_json() for line in told.news(known)]
        response = JSONResponse({"messages": lines, "mode": told.mode, "started": told.key is not None})
        if request.cookies.get(COOKIE) != token:
            remember(request, response, token)
        return response

    async def photo(self, request: Request, account: str) -> Response:
        found, token = self._account(account), token_of(request)
        if found is None or chat_of(token) is None:
            return refusal(404 if found is None else 401)
        if wait := self._guard.photo(request, token):
            return refusal(429, wait)
        try:
            ref = await keep_photo(self._ports.media_folder, found.city, token, _pieces(request))
        except PhotoRefused as refused:
            return refusal(refused.status)
        except ClientDisconnect:
            return refusal(400)
        return JSONResponse({"photo": ref})

    def _account(self, name: str) -> Account | None:
        return self._ports.accounts.get(("web", name))

    def _has_lost_its_photo(self, account: Account, token: str, content: Fields) -> bool:
        ref = said(content, "photo")
        if said(content, "type") != "photo" or not ref or chat_of(token) is None:
            return False
        return not hold_photo(self._ports.media_folder, account.city, token, ref, self._ports.clock.now())


def token_of(request: Request) -> str:
    """The token that a call shows."""
    return request.headers.get(SHOWN_BY, "")


def remember(request: Request, response: Response, token: str) -> None:
    """Let the browser show the token by itself too, to us alone, and never from another site."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, COOKIE_LIFE, path="/", secure=secure, httponly=True, samesite="lax")
    response.headers["Cache-Control"] = "no-store"


def refusal(status: int, wait: float = 0.0) -> Response:
    """A refusal; the page has the words for it."""
    headers = {"Retry-After": str(math.ceil(wait))} if wait else {}
    return JSONResponse({"error": _PROBLEMS[status]}, status, {"Cache-Control": "no-store", **headers})


def _content(body: bytes) -> Fields:
    """What a message says, as far as the guard must know; the channel itself reads it again."""
    with contextlib.suppress(Unreadable):
        return read_json(body)
    return {}


def _again(request: Request, body: bytes) -> Request:
    """The same request for the channel's webhook, its body not yet read."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return parts.pop() if parts else {"type": "http.disconnect"}

    return Request({**request.scope, "path_params": {**request.path_params, "channel": "web"}}, receive)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    async for piece in request.stream():
        if piece:
            yield piece
