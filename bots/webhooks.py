"""POST /in/{channel}/{account}: verify, parse, keep, and only then 200."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bots.channel import Account, BadSignature, Channel, Delivery, Unreadable
from bots.inbox import Inbox, NotStored
from bots.sharing import SharesAddress, Sorted
from config import metrics

log = logging.getLogger(__name__)

LARGEST_BODY = 8 * 1024 * 1024  # bytes; WhatsApp's largest batch of 1,000 updates stays well below


class Webhooks:
    """The HTTP side of every channel that is pushed to."""

    def __init__(
        self, channels: Mapping[str, Channel], accounts: Mapping[tuple[str, str], Account], inbox: Inbox
    ) -> None:
        self._channels = channels
        self._accounts = accounts
        self._inbox = inbox
        self._sharing = {name: one for name, one in channels.items() if isinstance(one, SharesAddress)}
        self._of_channel = {
            name: tuple(one for one in accounts.values() if one.channel == name) for name in self._sharing
        }

    async def __call__(self, request: Request) -> Response:
        """Answer one delivery: 200 durable, 401 bad signature, 404 no such account, 413 too large, 503 not stored."""
        begun = time.perf_counter()
        name = request.path_params["channel"]
        account = self._accounts.get((name, request.path_params["account"]))
        channel = self._channels.get(name)
        if account is None or channel is None:
            return _problem(404, "no_account", "There is no such account: check the webhook address in the settings.")
        body = await _body(request)
        if body is None:
            return _problem(413, "too_large", f"A delivery holds at most {LARGEST_BODY} bytes.")
        delivery = Delivery(request.method, request.query_params, _headers(request), body)
        response = await self._take(channel, account, delivery)
        metrics.acknowledge_seconds.labels(name).observe(time.perf_counter() - begun)
        return response

    async def _take(self, channel: Channel, account: Account, delivery: Delivery) -> Response:
        try:
            heard = self._read(channel, account, delivery)
        except BadSignature:
            metrics.refused.labels(account.channel).inc()
            return _problem(401, "bad_signature", "The delivery is not signed with this account's secret.")
        except Unreadable as problem:
            return await self._keep_raw(account, delivery.body, str(problem))
        except Exception as error:  # a parser's fault must not cost the message
            log.exception("a delivery could not be parsed")
            return await self._keep_raw(account, delivery.body, f"parser: {type(error).__name__}")
        try:
            for one, parsed in heard.ours:
                await self._inbox.keep(one, parsed, delivery.body)
        except NotStored:
            return _not_stored()
        if heard.stray:
            return await self._keep_raw(account, delivery.body, heard.stray)
        answer = next((parsed.answer for _, parsed in heard.ours if parsed.answer), b"")
        return Response(answer, media_type="application/json" if answer.startswith(b"{") else "text/plain")

    def _read(self, channel: Channel, account: Account, delivery: Delivery) -> Sorted:
        sharing = self._sharing.get(account.channel)
        if sharing is None:
            return Sorted(((account, channel.parse(account, delivery)),))
        return sharing.sort(account, self._of_channel[account.channel], delivery)

    async def _keep_raw(self, account: Account, body: bytes, problem: str) -> Response:
        try:
            await self._inbox.keep_unreadable(account, body, problem)
        except NotStored:
            return _not_stored()
        return Response()


async def _body(request: Request) -> bytes | None:
    """The whole body, or None once it is larger than any provider sends."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _headers(request: Request) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}


def _problem(status: int, error: str, detail: str) -> JSONResponse:
    return JSONResponse({"error": error, "detail": detail}, status)


def _not_stored() -> JSONResponse:
    return _problem(503, "not_stored", "The message could not be stored: send it again.")
