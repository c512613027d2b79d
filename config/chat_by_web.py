"""`sigap chat` while a Sigap runs: the same citizen, but through the running process' own web chat."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import aiohttp
from rich.console import Console
from rich.markup import escape

from bots.channel import discover
from bots.channels.web import SHOWN_BY
from bots.web_tokens import new_token
from config.accounts import accounts_of
from config.chat_lines import Written, written_lines
from config.listening import address
from config.settings import Settings
from config.terminal import refuse

LISTEN = 20  # seconds that one question for news may wait
LAST_NEWS = 4.0  # seconds in which a reply to the last line may still come
SPEAKERS = {"bot": "112>", "staff": "petugas>"}


async def chat_by_web(wanted: Settings, city: str, out: Console) -> None:
    """Write to the Sigap that listens where ours would; its replies and its operators' are printed."""
    account = next(
        one.name for one in accounts_of(wanted, discover()).values() if (one.channel, one.city) == ("web", city)
    )
    base = address(wanted.host, wanted.port)
    async with aiohttp.ClientSession(base, headers={SHOWN_BY: new_token()}) as http:
        chat = _Chat(http, f"/in-web/{account}/messages", out)
        try:
            await chat.hear(0)
            await _talk(chat, out)
        except (aiohttp.ClientError, TimeoutError):
            raise refuse(_nobody(wanted, base)) from None


def _nobody(wanted: Settings, base: str) -> str:
    """Where we looked in vain, and what to do."""
    give = "give this command the SIGAP_HOST and SIGAP_PORT of the one that runs"
    if wanted.url.startswith("sqlite"):
        return f"another sigap works in {wanted.data}, but none answers at {base}: {give}"
    return (
        f"no sigap web answers at {base}: start sigap web and sigap worker, or {give}; "
        "to try it alone, in an empty folder: SIGAP_DATABASE_URL= SIGAP_ACCOUNTS=[] sigap chat"
    )


async def _talk(chat: _Chat, out: Console) -> None:
    listening = asyncio.create_task(chat.listen())
    try:
        async for one in written_lines(out):
            await chat.write(one)
        if not sys.stdin.isatty():
            await asyncio.sleep(LAST_NEWS)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


class _Chat:
    """One citizen's chat, as their page sees it."""

    def __init__(self, http: aiohttp.ClientSession, messages: str, out: Console) -> None:
        self._http = http
        self._messages = messages
        self._out = out
        self._have: list[str] = []

    async def write(self, one: Written) -> None:
        """Post until it is durable; who writes too fast waits."""
        if one.kind == "voice":
            self._out.print("[dim]Halaman web tidak mengirim suara. Hentikan sigap run untuk mencobanya.[/dim]")
            return
        content = _content(one)
        while True:
            async with self._http.post(self._messages, json=content) as answer:
                if answer.status == 200:
                    return
                pause = float(answer.headers.get("Retry-After", 1))
            self._out.print(f"[dim]Belum diterima ({answer.status}), dicoba lagi {pause:.0f} detik lagi.[/dim]")
            await asyncio.sleep(pause)

    async def listen(self) -> None:
        """Print what comes, until cancelled. Before the first line there is no chat, and no question waits."""
        while True:
            if not await self.hear(LISTEN):
                await asyncio.sleep(0.3)

    async def hear(self, wait: int) -> bool:
        """Print the news, if there are any."""
        query = {"have": ",".join(self._have[-100:]), "wait": str(wait)}
        async with self._http.get(self._messages, params=query, raise_for_status=True) as answer:
            lines: list[Mapping[str, Any]] = (await answer.json())["messages"]
        for line in lines:
            self._have.append(line["id"])
            if speaker := SPEAKERS.get(line["from"]):
                self._out.print(f"[bold cyan]{speaker}[/bold cyan] {escape(line['text'])}", highlight=False)
        return bool(lines)


def _content(one: Written) -> dict[str, Any]:
    content: dict[str, Any] = {"id": uuid4().hex, "type": one.kind, "text": one.text}
    if one.place is not None:
        content |= {"lat": one.place.lat, "lon": one.place.lon}
    return content
