"""A fake Graph API: takes what a number sends, refuses what Meta refuses, posts signed webhooks and statuses."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
from aiohttp import web

from tests.providers.doors import Answer, Door
from tests.providers.faults import Fault, suffer
from tests.providers.server import FakeProvider, Sent

TOKEN = "EAA-fake-token"
APP_SECRET = "rahasia-aplikasi-uji"
VERIFY_TOKEN = "kata-kunci-uji"
PHONE_NUMBER_ID = "106540352242922"
DISPLAY_NUMBER = "62811555000112"

Json = dict[str, Any]


class FakeWhatsApp(FakeProvider):
    """``outside_window``, ``unreachable``: chats that refuse. ``media``: media id to content.

    ``statuses`` are posted after every message that was taken, in that order: give them in another to have "read"
    before "delivered", or twice for duplicates.
    """

    def __init__(
        self,
        door: Door | None = None,
        port: int = 0,
        *,
        token: str = TOKEN,
        app_secret: str = APP_SECRET,
        statuses: Sequence[str] = (),
    ) -> None:
        super().__init__(door, port)
        self.token, self.app_secret = token, app_secret
        self.statuses = tuple(statuses)
        self.outside_window: set[str] = set()
        self.unreachable: set[str] = set()
        self.media: dict[str, bytes] = {}
        self.media_url = ""  # where media is said to lie, if not here
        self.pair_seconds = 0.0  # Meta wants 6 s between two messages to one person
        self._last: dict[str, float] = {}
        self._numbers = itertools.count(1)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(r"/{version}/{number}/messages", self._messages),
            web.post(r"/{version}/{number}/media", self._upload),
            web.get(r"/{version}/{media:[^/]+}", self._media),
            web.get(r"/download/{media}", self._download),
        ]

    # ---- what citizens do

    def message(self, chat: str, text: str | None = None, *, user_id: str = "", **content: Any) -> Json:
        """One message of citizen ``chat`` (digits; empty for somebody known by ``user_id`` only)."""
        number = {"from": chat} if chat else {}
        known = {"from_user_id": user_id} if user_id else {}
        said: Json = {"type": "text", "text": {"body": text}} if text is not None else content
        wamid = f"wamid.HBg{next(self._numbers):012d}"
        return {**number, **known, "id": wamid, "timestamp": str(int(time.time())), **said}

    def delivery(self, *messages: Json, statuses: Sequence[Json] = ()) -> Json:
        """A webhook body with all of them in one change, as Meta batches them."""
        value: Json = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": PHONE_NUMBER_ID},
        }
        if messages:
            value["contacts"] = list(_people(messages))
            value["messages"] = list(messages)
        if statuses:
            value["statuses"] = list(statuses)
        changes = [{"value": value, "field": "messages"}]
        return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}

    async def deliver(self, *messages: Json, statuses: Sequence[Json] = (), times: int = 1) -> list[Answer]:
        body = orjson.dumps(self.delivery(*messages, statuses=statuses))
        return await self.post(body, {"X-Hub-Signature-256": seal(body, self.app_secret)}, times=times)

    async def report(self, wamid: str, state: str, chat: str = "", **more: Any) -> list[Answer]:
        return await self.deliver(statuses=[status(wamid, state, chat, **more)])

    def words(self, sent: Sent) -> str:
        content = sent.fields.get(sent.fields.get("type", ""), {})
        body = content.get("body") or content.get("caption") or content.get("name") or ""
        return str(body["text"] if isinstance(body, dict) else body)

    # ---- what the number does

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        fields: Json = orjson.loads(await request.read())
        chat = str(fields.get("to") or fields.get("recipient") or "")
        sent = Sent("messages", chat, fields, at=asyncio.get_running_loop().time())
        fault = self.faults.take(request.path, chat)
        if fault and not fault.after_work and (broken := await _break(fault, request)):
            return broken
        refusal = self._unknown(request) or self._refusal(sent)
        if refusal:
            self.refused.append(sent)
            return refusal
        taken = await self._take(sent)
        if fault and fault.after_work and (broken := await _break(fault, request)):
            return broken
        return web.json_response(taken)

    def _unknown(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401, 190, "Invalid OAuth access token - Cannot parse access token")
        if request.match_info.get("number", PHONE_NUMBER_ID) != PHONE_NUMBER_ID:
            return _error(400, 100, "Unsupported post request. Object does not exist", error_subcode=33)
        return None

    def _refusal(self, sent: Sent) -> web.Response | None:
        if wrong := next(_wrong(sent.fields), None):
            return _error(400, 131009, f"(#131009) Parameter value is not valid: {wrong}")
        if sent.chat in self.unreachable:
            return _error(400, 131026, "(#131026) Message undeliverable")
        if sent.chat in self.outside_window and sent.fields["type"] != "template":
            return _error(400, 131047, "(#131047) Re-engagement message")
        if sent.at - self._last.get(sent.chat, -1e9) < self.pair_seconds:
            return _error(400, 131056, "(#131056) (Business Account, Consumer Account) pair rate limit hit")
        return None

    async def _take(self, sent: Sent) -> Json:
        wamid = f"wamid.HBgO{next(self._numbers):012d}"
        self._last[sent.chat] = sent.at
        await self.note(replace(sent, provider_id=wamid))
        if self.statuses and self.door:
            self.later(self._report_all(wamid, sent))
        contact = {"input": sent.chat, "wa_id": sent.chat}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}

    async def _report_all(self, wamid: str, sent: Sent) -> None:
        trace = sent.fields.get("biz_opaque_callback_data")
        for state in self.statuses:
            await self.report(wamid, state, sent.chat, **({"biz_opaque_callback_data": trace} if trace else {}))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(request.path, "")
        if broken := (await _break(fault, request) if fault else None) or self._unknown(request):
            return broken
        form = await request.post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not form.get("type") or not isinstance(file, web.FileField):
            return _error(400, 100, "(#100) Invalid parameter")
        media = f"99{next(self._numbers):010d}"
        self.media[media] = file.file.read()
        return web.json_response({"id": media})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(request.path, "")
        if broken := (await _break(fault, request) if fault else None) or self._unknown(request):
            return broken
        media = request.match_info["media"]
        if media not in self.media:
            return _error(400, 100, "Unsupported get request. Object does not exist")
        url = self.media_url or f"{self.url}/download/{media}"
        size = len(self.media[media])
        return web.json_response(
            {"messaging_product": "whatsapp", "url": url, "mime_type": "image/jpeg", "file_size": size, "id": media}
        )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(request.path, "")
        if broken := (await _break(fault, request) if fault else None) or self._unknown(request):
            return broken
        content = self.media.get(request.match_info["media"])
        if content is None:
            return web.Response(status=404)
        return web.Response(body=content, content_type="image/jpeg")


def seal(body: bytes, app_secret: str = APP_SECRET) -> str:
    """X-Hub-Signature-256 of a raw body."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def status(wamid: str, state: str, chat: str = "", **more: Any) -> Json:
    """One row of ``statuses``; ``errors`` for a failure."""
    return {"id": wamid, "status": state, "timestamp": str(int(time.time())), "recipient_id": chat, **more}


def _people(messages: Sequence[Json]) -> Iterator[Json]:
    seen = set()
    for message in messages:
        number, user_id = message.get("from", ""), message.get("from_user_id", "")
        if (number, user_id) in seen:
            continue
        seen.add((number, user_id))
        person: Json = {"profile": {"name": f"Warga {(number or user_id)[-3:]}"}}
        yield person | ({"wa_id": number} if number else {}) | ({"user_id": user_id} if user_id else {})


def _wrong(fields: Json) -> Iterator[str]:
    """What in a message does not keep to the documented limits."""
    kind = fields.get("type", "")
    content = fields.get(kind)
    if not (fields.get("to") or fields.get("recipient")) or not isinstance(content, dict):
        yield "to or content"
        return
    if fields.get("messaging_product") != "whatsapp":
        yield "messaging_product"
    if kind == "text" and not 1 <= len(content.get("body", "")) <= 4096:
        yield "body"
    if kind == "image" and ("id" not in content or len(content.get("caption", "")) > 1024):
        yield "image"
    if kind == "interactive":
        yield from _wrong_interactive(content)


def _wrong_interactive(content: Json) -> Iterator[str]:
    action = content["action"]
    if not 1 <= len(content.get("body", {}).get("text", "")) <= 1024:
        yield "interactive body"
    if content["type"] == "button":
        titles = [button["reply"]["title"] for button in action["buttons"]]
        if not 1 <= len(titles) <= 3 or any(not 1 <= len(title) <= 20 for title in titles):
            yield "buttons"
    elif content["type"] == "list":
        titles = [row["title"] for section in action["sections"] for row in section["rows"]]
        if not 1 <= len(titles) <= 10 or any(not 1 <= len(title) <= 24 for title in titles):
            yield "rows"
        if not 1 <= len(action.get("button", "")) <= 20:
            yield "list button"
    elif action != {"name": "send_location"}:
        yield "action"


async def _break(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    if broken := await suffer(fault, request):
        return broken
    if fault.error:
        return web.json_response({"error": fault.error}, status=fault.status or 400)
    if fault.status == 429:
        return _error(429, 130429, "(#130429) Rate limit hit")
    return web.Response(status=fault.status, text="upstream") if fault.status else None


def _error(http: int, code: int, message: str, **more: Any) -> web.Response:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AxFake", **more}
    return web.json_response({"error": error}, status=http)
