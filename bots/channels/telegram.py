"""Telegram: webhook or long polling in, Bot API out, through python-telegram-bot's ``Bot`` without its Application.

Credentials: ``token``; ``webhook_secret``; ``mode`` "webhook" or "poll" (default: "webhook" where there is a secret);
``base_url`` of another Bot API server; ``timeout`` in seconds for one call (default 20).
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import itertools
import json
import logging
import re
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

import telegram
from telegram.constants import UpdateType
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError, TimedOut

from bots.channel import Account, BadSignature, Delivery, Hear, Limits, Ports, SendFailed, Unreadable
from bots.door import NOBODY, Fields, read_json, whole
from bots.download import download
from bots.message import Attachment, InboundMessage, OutboundMessage, Parsed
from bots.parts import Parts
from bots.telegram_calls import NOT_AN_ANSWER, compose
from bots.telegram_request import PATIENCE, AiohttpRequest, Flooded
from bots.telegram_updates import read_update

OFFICIAL: Final = "https://api.telegram.org"
SHOWN_BY: Final = "x-telegram-bot-api-secret-token"
HEARD_KINDS: Final = tuple(kind.value for kind in UpdateType)  # Telegram leaves reactions out unless it is asked
LONG_POLL: Final = 50  # seconds that Telegram holds a getUpdates open
LONGEST_WAIT: Final = 60.0  # seconds between two tries of a poll that fails
MENDING: Final = 60.0  # seconds between two sends while a token waits to be renewed
ANSWER_PATIENCE: Final = 3.0  # seconds that a pressed button may hold up the poll

log = logging.getLogger(__name__)


class Adapter:
    """Both directions of a city's bots."""

    name: ClassVar[str] = "telegram"
    limits: ClassVar[Limits] = Limits(per_second=30, per_chat_seconds=1.0, max_text=4096)

    def __init__(self, ports: Ports) -> None:
        self._http = ports.http
        self._clock = ports.clock
        self._bots: dict[tuple[str, str], telegram.Bot] = {}
        self._moved: dict[str, str] = {}  # a group that became a supergroup has a new id
        self._parts = Parts()
        self._floods: dict[str, tuple[str, float]] = {}  # token: the chat that was held back last, and until when

    def parse(self, account: Account, delivery: Delivery) -> Parsed:
        secret = account.credentials.get("webhook_secret", "")
        shown = delivery.headers.get(SHOWN_BY, "")
        if not secret or not hmac.compare_digest(shown.encode("utf-8", "replace"), secret.encode()):
            raise BadSignature("secret token missing or wrong")
        return read_update(read_json(delivery.body), self._clock.now())

    async def send(self, account: Account, message: OutboundMessage) -> str | None:
        bot, chat = self._bot(account), self._moved.get(message.chat, message.chat)
        try:
            try:
                return await self._send_to(bot, chat, message)
            except ChatMigrated as migrated:
                chat = self._moved[message.chat] = str(migrated.new_chat_id)
                return await self._send_to(bot, chat, message)
        except TelegramError as fault:
            raise self._failed(bot.token, chat, fault) from None

    def listens(self, account: Account) -> bool:
        return _mode(account) == "poll"

    async def listen(self, account: Account, hear: Hear) -> None:
        """Long polling. An update is confirmed by asking for the next one, and only once it has been heard."""
        offset, failures = 0, 0
        while True:
            wait = 0.0
            try:
                updates = await self._pull(account, offset)
                offset, kept = await self._hear_each(account, updates, offset, hear)
                failures = 0 if kept else failures + 1
                offset = offset if updates else 0  # all is confirmed; after a silent week Telegram counts from anywhere
            except (TelegramError, SendFailed) as fault:
                failures += 1
                wait = await self._settle(account, fault)
            if failures:
                await self._clock.sleep(max(wait, min(LONGEST_WAIT, 2.0 ** min(failures - 1, 10))))

    async def fetch(self, account: Account, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        bot = self._bot(account)
        try:
            file = await bot.get_file(attachment.ref)
        except BadRequest as refusal:
            # "wrong file_id or the file is temporarily unavailable" is one text for both.
            raise SendFailed(str(refusal), permanent="temporarily" not in str(refusal), code="400") from None
        except TelegramError as fault:
            raise self._failed(bot.token, NOBODY, fault) from None
        except NOT_AN_ANSWER:
            raise SendFailed("answer not understood", permanent=False) from None
        async with contextlib.aclosing(download(self._http, file.file_path or "", {})) as pieces:
            async for piece in pieces:
                yield piece

    async def register(self, account: Account, url: str) -> None:
        """Tell Telegram where to post, which kinds, and with which secret. Raises SendFailed."""
        bot = self._bot(account)
        secret = account.credentials.get("webhook_secret") or None
        try:
            await bot.set_webhook(url, secret_token=secret, allowed_updates=HEARD_KINDS)
        except TelegramError as fault:
            raise self._failed(bot.token, NOBODY, fault) from None

    def _bot(self, account: Account) -> telegram.Bot:
        token, base = account.credentials.get("token", ""), account.credentials.get("base_url") or OFFICIAL
        if not token:
            raise _token_fault("token is not set")
        if (token, base) not in self._bots:
            root = base.rstrip("/")
            request = AiohttpRequest(self._http, _patience(account))
            self._bots[token, base] = telegram.Bot(
                token,
                base_url=f"{root}/bot",
                base_file_url=f"{root}/file/bot",
                request=request,
                get_updates_request=request,
            )
        return self._bots[token, base]

    async def _send_to(self, bot: telegram.Bot, chat: str, message: OutboundMessage) -> str | None:
        return await self._parts.send(message, await compose(bot, chat, message))

    def _failed(self, token: str, chat: str, fault: TelegramError) -> SendFailed:
        match fault:
            case Flooded():
                scope = self._flooded_scope(token, chat, fault.seconds)
                return SendFailed("too many", permanent=False, retry_after=fault.seconds, scope=scope, code="429")
            case InvalidToken():
                return _token_fault("token refused")
            case Forbidden():
                return SendFailed(fault.message, permanent=True, code="403")
            case TimedOut():
                return SendFailed("time-out", permanent=False, code="time-out")
            case BadRequest():
                return SendFailed(fault.message, permanent=True, code="400")
        return SendFailed(f"network: {type(fault).__name__}", permanent=False, code="network")

    def _flooded_scope(self, token: str, chat: str, seconds: float) -> str:
        """Telegram does not say whose limit was passed: two chats held back at the same time mean the whole bot's."""
        now = self._clock.now().timestamp()
        other, until = self._floods.get(token, (chat, now))
        self._floods[token] = (chat, now + seconds)
        return "account" if other != chat and until > now else "chat"

    async def _pull(self, account: Account, offset: int) -> list[Fields]:
        """Updates as they came: python-telegram-bot would turn a batch down for one that it does not understand."""
        asked = {"offset": offset, "timeout": LONG_POLL, "allowed_updates": json.dumps(HEARD_KINDS)}
        bot = self._bot(account)
        try:
            result: Any = await bot.request.post(
                f"{bot.base_url}/getUpdates?{urlencode(asked)}", read_timeout=LONG_POLL + 10.0
            )
        except NOT_AN_ANSWER:
            raise TelegramError("Invalid server response") from None
        if not isinstance(result, list):
            raise TelegramError("Invalid server response")
        return [update for update in result if isinstance(update, dict)]

    async def _hear_each(self, account: Account, updates: list[Fields], offset: int, hear: Hear) -> tuple[int, bool]:
        """Hand over a batch at once, in order, so that it can be kept in one commit.

        Returns the next offset and whether all were kept. The first that was not, and all after it, come again.
        """
        parsed = [_read_pulled(update, self._clock.now()) for update in updates]
        bodies = [json.dumps(update).encode() for update in updates]
        outcomes = await asyncio.gather(*map(hear, parsed, bodies), return_exceptions=True)
        kept = list(itertools.takewhile(lambda outcome: not isinstance(outcome, BaseException), outcomes))
        for outcome in outcomes[len(kept) :][:1]:
            log.error("telegram %s/%s: not kept: %s", account.city, account.name, type(outcome).__name__)
        await asyncio.gather(*(self._answer(account, one) for one in parsed[: len(kept)]))
        heard = max((whole(update.get("update_id")) or 0 for update in updates[: len(kept)]), default=0) + 1
        return max(offset, heard), len(kept) == len(updates) and (not updates or heard > offset)

    async def _answer(self, account: Account, parsed: Parsed) -> None:
        """Stop the circle that runs on a pressed button; nothing is lost if that fails."""
        if parsed.answer:
            query = read_json(parsed.answer)["callback_query_id"]
            with contextlib.suppress(TelegramError):
                await self._bot(account).answer_callback_query(query, read_timeout=ANSWER_PATIENCE)

    async def _settle(self, account: Account, fault: TelegramError | SendFailed) -> float:
        """What can be done about a poll that failed; returns the seconds that Telegram asks for.

        Of a conflict, another poller can only be waited out. A webhook left over is taken away where "poll" is written.
        """
        said = fault.message if isinstance(fault, Conflict) else type(fault).__name__
        log.warning("telegram %s/%s: poll failed: %s", account.city, account.name, said)
        if isinstance(fault, Conflict) and "webhook" in said and account.credentials.get("mode") == "poll":
            with contextlib.suppress(TelegramError):
                await self._bot(account).delete_webhook(drop_pending_updates=False)
        return fault.seconds if isinstance(fault, Flooded) else 0.0


def _mode(account: Account) -> str:
    return account.credentials.get("mode") or ("webhook" if account.credentials.get("webhook_secret") else "poll")


def _token_fault(reason: str) -> SendFailed:
    """No message is to blame: all of them wait until somebody renews the token."""
    return SendFailed(reason, permanent=False, retry_after=MENDING, scope="account", code="token")


def _patience(account: Account) -> float:
    seconds = account.credentials.get("timeout", "")
    return float(seconds) if re.fullmatch(r"\d{1,4}(?:\.\d+)?", seconds) else PATIENCE


def _read_pulled(update: Fields, now: datetime) -> Parsed:
    """As ``read_update``; what cannot be read becomes a message of nobody, which a human sees."""
    try:
        return read_update(update, now)
    except Unreadable as why:
        return Parsed(
            (InboundMessage(f"unreadable:{whole(update.get('update_id'))}", NOBODY, "unknown", now, str(why)),)
        )
