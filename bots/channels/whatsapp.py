"""WhatsApp Cloud API: signed webhook in, Graph API out.

Credentials: ``token``, ``app_secret``, ``verify_token``, ``phone_number_id``; ``base_url`` and ``version`` of another
Graph API; ``timeout`` in seconds for one call (default 20); ``template``, "name/language" of an approved utility
template with one text parameter, in which an operator's words leave once the 24-hour window is shut.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import mimetypes
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Final

import aiohttp
import orjson
from yarl import URL

from bots.channel import Account, BadSignature, Delivery, Hear, Limits, Ports, SendFailed, Unreadable
from bots.door import Fields, read_json, rows, said
from bots.download import download
from bots.message import Attachment, OutboundMessage, Parsed
from bots.parts import Parts
from bots.sharing import Sorted
from bots.whatsapp_errors import MENDING, refusal
from bots.whatsapp_numbers import by_number
from bots.whatsapp_replies import Json, compose, recipient
from bots.whatsapp_webhook import read_body

log = logging.getLogger(__name__)

OFFICIAL: Final = "https://graph.facebook.com"
VERSION: Final = "v24.0"
SIGNED_BY: Final = "x-hub-signature-256"
MEDIA_HOSTS: Final = re.compile(r"(?:[a-z0-9-]+\.)*(?:fbsbx\.com|fbcdn\.net|whatsapp\.net)")
PICTURES: Final = (".jpg", ".jpeg", ".png")  # Meta takes WebP for stickers alone: then the words go without it
MEDIA_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,200}")
PATIENCE: Final = 20.0  # seconds for a whole call; one that carries a picture has three times as long


class Adapter:
    """Both directions of a city's WhatsApp numbers."""

    name: ClassVar[str] = "whatsapp"
    limits: ClassVar[Limits] = Limits(
        per_second=80, per_chat_seconds=6.0, merge=True, max_text=4096, window_hours=24.0, concurrency=64
    )

    def __init__(self, ports: Ports) -> None:
        self._http = ports.http
        self._clock = ports.clock
        self._parts = Parts()

    def parse(self, account: Account, delivery: Delivery) -> Parsed:
        if delivery.method == "GET":
            return Parsed(answer=_challenge(account, delivery.query))
        seal = _checked_seal(account, delivery)
        return read_body(read_json(delivery.body), seal, self._clock.now())

    def sort(self, account: Account, accounts: Sequence[Account], delivery: Delivery) -> Sorted:
        """Each change to the account whose number it names. Only the same app may speak for another account."""
        if delivery.method == "GET":
            return Sorted(((account, self.parse(account, delivery)),))
        seal = _checked_seal(account, delivery)
        secret = account.credentials.get("app_secret")
        siblings = (one for one in accounts if one.credentials.get("app_secret") == secret)
        parts, strange = by_number(read_json(delivery.body), account, siblings)
        now = self._clock.now()
        if strange:
            log.error("a delivery for a number that no account has", extra={"numbers": [one[:40] for one in strange]})
        written = [number for number, speaks in strange.items() if speaks]
        stray = f"no account has phone_number_id {', '.join(written)[:200]}" if written else ""
        return Sorted(tuple((one, read_body(part, seal, now)) for one, part in parts), stray)

    async def send(self, account: Account, message: OutboundMessage) -> str | None:
        recipient(message.chat)
        picture = Path(message.photo) if message.photo else None
        image = await self._upload(account, picture) if picture and picture.suffix in PICTURES else None
        steps = [partial(self._send_one, account, body) for body in compose(message, image)]
        return await self._parts.send(message, steps)

    def listens(self, account: Account) -> bool:  # noqa: ARG002 - the port's own signature
        return False

    async def listen(self, account: Account, hear: Hear) -> None:
        """Nothing to pull: Meta only pushes."""

    async def fetch(self, account: Account, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """In two steps, since the address of a file lives for five minutes. The token goes to Meta's own hosts only."""
        if not MEDIA_ID.fullmatch(attachment.ref):
            raise SendFailed("no such file", permanent=True, code="media")
        asked = {"phone_number_id": _credential(account, "phone_number_id")}
        answer = await self._call("GET", account, attachment.ref, params=asked)
        address = said(answer, "url")
        if not _is_metas(address, account):
            raise SendFailed("file on a host that is not Meta's", permanent=True, code="media")
        async with contextlib.aclosing(download(self._http, address, _bearer(account))) as pieces:
            async for piece in pieces:
                yield piece

    async def _send_one(self, account: Account, body: Json) -> str | None:
        path = f"{_credential(account, 'phone_number_id')}/messages"
        answer = await self._call(
            "POST", account, path, data=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )
        taken = next((one for one in rows(answer, "messages") if isinstance(one, dict)), {})
        return said(taken, "id") or None

    async def _upload(self, account: Account, picture: Path) -> str:
        """Give Meta a picture; it keeps it for 30 days."""
        try:
            content = await asyncio.to_thread(picture.read_bytes)
        except OSError:
            raise SendFailed("photo cannot be read", permanent=True, code="photo") from None
        mime = mimetypes.guess_type(picture.name)[0] or "image/jpeg"
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": mime})
        form.add_field("file", content, filename=picture.name, content_type=mime)
        path = f"{_credential(account, 'phone_number_id')}/media"
        answer = await self._call("POST", account, path, data=form, times=3)
        if not (media := said(answer, "id")):
            raise SendFailed("answer not understood", permanent=False)
        return media

    async def _call(
        self,
        method: str,
        account: Account,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        **what: Any,
    ) -> Fields:
        """One call of the Graph API. Raises SendFailed, whose reason names neither token nor addressee."""
        version = account.credentials.get("version") or VERSION
        patience = times * _patience(account)
        try:
            async with self._http.request(
                method,
                f"{_base(account)}/{version}/{path}",
                headers={**_bearer(account), **(headers or {})},
                timeout=aiohttp.ClientTimeout(total=patience),
                allow_redirects=False,
                **what,
            ) as response:
                body = await response.read()
        except TimeoutError:
            raise SendFailed("time-out", permanent=False, code="time-out") from None
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise SendFailed(f"network: {type(fault).__name__}", permanent=False, code="network") from None
        if response.status != HTTPStatus.OK:
            raise refusal(response.status, body, response.headers)
        try:
            return read_json(body)
        except Unreadable:
            raise SendFailed("answer not understood", permanent=False) from None


def _challenge(account: Account, query: Mapping[str, str]) -> bytes:
    """Meta's question when the webhook is set up: the challenge back, if the word that we agreed on is in it."""
    word, shown = account.credentials.get("verify_token", ""), query.get("hub.verify_token", "")
    if not word or not hmac.compare_digest(shown.encode("utf-8", "replace"), word.encode()):
        raise BadSignature("verify token missing or wrong")
    return query.get("hub.challenge", "").encode("utf-8", "replace")


def _checked_seal(account: Account, delivery: Delivery) -> str:
    """The HMAC of the raw body. Compared as bytes: a header that is not ASCII must not raise."""
    secret = account.credentials.get("app_secret", "")
    seal = hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()
    shown = delivery.headers.get(SIGNED_BY, "")
    if not secret or not hmac.compare_digest(shown.encode("utf-8", "replace"), f"sha256={seal}".encode()):
        raise BadSignature("signature missing or wrong")
    return seal


def _base(account: Account) -> str:
    return (account.credentials.get("base_url") or OFFICIAL).rstrip("/")


def _is_metas(address: str, account: Account) -> bool:
    try:
        url = URL(address)
        known = url.scheme == "https" and url.explicit_port is None and MEDIA_HOSTS.fullmatch(url.host or "")
        return bool(known) or url.origin() == URL(_base(account)).origin()
    except ValueError:
        return False


def _bearer(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {_credential(account, 'token')}"}


def _patience(account: Account) -> float:
    seconds = account.credentials.get("timeout", "")
    return float(seconds) if re.fullmatch(r"\d{1,4}(?:\.\d+)?", seconds) else PATIENCE


def _credential(account: Account, name: str) -> str:
    if value := account.credentials.get(name):
        return value
    raise SendFailed(f"{name} is not set", permanent=False, retry_after=MENDING, scope="account", code="token")
