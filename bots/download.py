"""A provider's file, as a stream of bytes: never redirected, so that a token reaches only the host that was meant."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from typing import Final

import aiohttp

from bots.channel import SendFailed

PIECE: Final = 64 * 1024  # bytes
SILENCE: Final = 20.0  # seconds without a byte before the line counts as dead


async def download(http: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
    """The bytes behind ``url``, in pieces of at most 64 KiB; the caller counts them. Raises SendFailed.

    Only 404 and 410 are final: 401 and 403 come with a token that somebody will renew.
    """
    patience = aiohttp.ClientTimeout(total=None, sock_connect=SILENCE, sock_read=SILENCE)
    try:
        async with http.get(url, headers=headers, timeout=patience, allow_redirects=False) as response:
            if response.status != HTTPStatus.OK:
                gone = response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
                raise SendFailed("file not given", permanent=gone, code=str(response.status))
            async for piece in response.content.iter_chunked(PIECE):
                yield piece
    except TimeoutError:
        raise SendFailed("file: time-out", permanent=False) from None
    except (aiohttp.ClientError, OSError, ValueError) as fault:
        raise SendFailed(f"file: {type(fault).__name__}", permanent=False) from None
