"""A fake Bot API server: takes what a bot sends, holds updates for long polls, posts webhooks with the secret."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from typing import Any

import orjson
from aiohttp import web

from tests.providers.doors import Answer, Door
from tests.providers.faults import Fault, suffer
from tests.providers.server import FakeProvider, Sent

TOKEN = "112112112:AAfake-token-of-a-fake-bot-in-tests"
SECRET = "rahasia-webhook-uji"
OURS = {"id": 112112112, "is_bot": True, "first_name": "Call Center 112", "username": "cc112_uji_bot"}

Json = dict[str, Any]


class FakeTelegram(FakeProvider):
    """``blocked``, ``missing``: chats that refuse. ``migrated``: old chat id to new. ``files``: file_id to content."""

    def __init__(self, door: Door | None = None, port: int = 0, *, token: str = TOKEN, secret: str = SECRET) -> None:
        super().__init__(door, port)
        self.token, self.secret = token, secret
        self.blocked: set[str] = set()
        self.missing: set[str] = set()
        self.migrated: dict[str, int] = {}
        self.files: dict[str, bytes] = {}
        self.answered: list[str] = []  # callback queries
        self.webhook = ""  # while it is set, a poll is a conflict
        self.webhook_secret = ""
        self.webhook_kinds: list[str] = []
        self.updates: list[Json] = []
        self._arrived = asyncio.Condition()
        self._update_ids = itertools.count(731_000_001)
        self._message_ids = itertools.count(9001)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", r"/bot{token}/{method}", self._method),
            web.get(r"/file/bot{token}/{path:.+}", self._file),
        ]

    # ---- what citizens do

    def message(self, chat: int, text: str | None = None, **content: Any) -> Json:
        """An update with a private message of citizen ``chat``; ``content`` holds location, photo and the like."""
        person = {"id": chat, "first_name": f"Warga {chat % 1000}"}
        said = {"text": text} if text is not None else {}
        return self.update(
            "message",
            message_id=next(self._message_ids),
            **{"from": {**person, "is_bot": False, "language_code": "id"}},
            chat={**person, "type": "private"},
            date=int(time.time()),
            **said,
            **content,
        )

    def update(self, kind: str, **content: Any) -> Json:
        return {"update_id": next(self._update_ids), kind: content}

    async def deliver(self, update: Json, *, times: int = 1) -> list[Answer]:
        """By webhook where there is a door, else into the queue that polls empty."""
        if self.door:
            return await self.post(update, {"X-Telegram-Bot-Api-Secret-Token": self.secret}, times=times)
        async with self._arrived:
            self.updates += [update] * times
            self._arrived.notify_all()
        return []

    def words(self, sent: Sent) -> str:
        return str(sent.fields.get("text") or sent.fields.get("caption") or "")

    # ---- what the bot does

    async def _method(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fields, files = await _read(request)
        chat = str(fields.get("chat_id", ""))
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        fault = self.faults.take(request.path, chat)
        if fault and not fault.after_work:
            broken = await suffer(fault, request) or _fault_error(fault)
            if broken:
                return broken
        result = await self._do(method, chat, fields, files)
        if fault and fault.after_work:
            broken = await suffer(fault, request) or _fault_error(fault)
            if broken:
                return broken
        return result if isinstance(result, web.Response) else web.json_response({"ok": True, "result": result})

    async def _do(self, method: str, chat: str, fields: Json, files: dict[str, tuple[str, bytes]]) -> Any:
        if method == "getUpdates":
            return await self._held(int(fields.get("offset", 0)), float(fields.get("timeout", 0)))
        if method == "getFile":
            return self._file_path(str(fields.get("file_id")))
        if method == "getMe":
            return OURS
        if method == "answerCallbackQuery":
            self.answered.append(str(fields["callback_query_id"]))
            return True
        if method in ("setWebhook", "deleteWebhook"):
            self.webhook = str(fields.get("url", ""))
            self.webhook_secret = str(fields.get("secret_token", ""))
            self.webhook_kinds = list(fields.get("allowed_updates", ()))
            return True
        sent = Sent(method, chat, fields, files, at=asyncio.get_running_loop().time())
        if refusal := self._refusal(sent):
            self.refused.append(sent)
            return refusal
        return await self._take(sent)

    def _refusal(self, sent: Sent) -> web.Response | None:
        """What the Bot API would not take, in its words."""
        if sent.chat in self.migrated:
            to = {"migrate_to_chat_id": self.migrated[sent.chat]}
            return _error(400, "Bad Request: group chat was upgraded to a supergroup chat", to)
        if sent.chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if sent.chat in self.missing or not re.fullmatch(r"-?\d+", sent.chat):
            return _error(400, "Bad Request: chat not found")
        if sent.method == "sendMessage" and not str(sent.fields.get("text", "")).strip():
            return _error(400, "Bad Request: message text is empty")
        if len(str(sent.fields.get("text", "")).encode("utf-16-le")) // 2 > 4096:
            return _error(400, "Bad Request: message is too long")
        if len(str(sent.fields.get("caption", "")).encode("utf-16-le")) // 2 > 1024:
            return _error(400, "Bad Request: message caption is too long")
        markup = sent.fields.get("reply_markup") or {}
        keys = [key for row in markup.get("keyboard", ()) for key in row]
        if sent.chat.startswith("-") and any(key.get("request_location") for key in keys):
            return _error(400, "Bad Request: location can be requested in private chats only")
        data = [key.get("callback_data", "x") for row in markup.get("inline_keyboard", ()) for key in row]
        if any(not 1 <= len(one.encode()) <= 64 for one in data):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        return None

    async def _take(self, sent: Sent) -> Json:
        message_id = next(self._message_ids)
        chat = {"id": int(sent.chat), "type": "group" if sent.chat.startswith("-") else "private"}
        await self.note(Sent(sent.method, sent.chat, sent.fields, sent.files, f"{sent.chat}:{message_id}", sent.at))
        message: Json = {"message_id": message_id, "from": OURS, "chat": chat, "date": int(time.time())}
        if "text" in sent.fields:
            message["text"] = sent.fields["text"]
        return message

    async def _held(self, offset: int, seconds: float) -> Any:
        """Long polling: confirmed updates go, the rest stays until it is confirmed."""
        if self.webhook:
            says = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            return _error(409, says)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates:
            try:
                async with asyncio.timeout(seconds), self._arrived:
                    await self._arrived.wait_for(lambda: bool(self.updates))
            except TimeoutError:
                return []
        return self.updates[:100]

    def _file_path(self, file_id: str) -> Any:
        if file_id not in self.files:
            return _error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id])
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_size": size,
            "file_path": f"photos/{file_id}",
        }

    async def _file(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(request.path, "")
        if fault and (broken := await suffer(fault, request) or _fault_error(fault)):
            return broken
        content = self.files.get(request.match_info["path"].removeprefix("photos/"))
        if request.match_info["token"] != self.token or content is None:
            return _error(404, "Not Found")
        return web.Response(body=content, content_type="application/octet-stream")


async def _read(request: web.Request) -> tuple[Json, dict[str, tuple[str, bytes]]]:
    """Parameters from the query, a JSON body or a form, as the Bot API takes them; files from a multipart form."""
    fields: Json = dict(request.query)
    files: dict[str, tuple[str, bytes]] = {}
    if request.content_type == "application/json":
        fields |= orjson.loads(await request.read() or b"{}")
    elif request.method == "POST" and request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = (value.filename, value.file.read())
            elif isinstance(value, str):
                fields[name] = orjson.loads(value) if value[:1] in ("{", "[") else value
    return fields, files


def _fault_error(fault: Fault) -> web.Response | None:
    if not fault.status:
        return None
    said = {409: "Conflict: terminated by other getUpdates request", 429: "Too Many Requests"}
    waits = {"retry_after": fault.retry_after} if fault.retry_after is not None else None
    return _error(fault.status, said.get(fault.status, "Internal Server Error"), waits)


def _error(status: int, description: str, parameters: Json | None = None) -> web.Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=status)
