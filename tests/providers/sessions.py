"""A session for adapters that only read: made in a loop of its own, so that plain functions can use it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import aiohttp


@contextlib.contextmanager
def unused_session() -> Iterator[aiohttp.ClientSession]:
    loop = asyncio.new_event_loop()

    async def opened() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    http = loop.run_until_complete(opened())
    yield http
    loop.run_until_complete(http.close())
    loop.close()
