"""`sigap chat`: be a citizen in the terminal. Lines go in by the SMS channel's loopback line, replies come out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import cast

from rich.console import Console

from bots.channel import Channel
from bots.listener import Listener
from bots.message import InboundMessage, Parsed, Place
from config.ids import new_id
from config.wiring import System, Wrap
from config.worker import Worker

HELP = "Tulis pesan. /lokasi LAT LON mengirim lokasi, /foto dan /suara mengirim tanpa kata, /keluar mengakhiri."


async def talk(open_system: Callable[[Wrap], Awaitable[System]], city: str, out: Console) -> None:
    """Read lines until the end of input, and print what the bot says when it says it."""
    listeners: dict[str, Listener] = {}
    system = await open_system(lambda channels: _listen_to_web(listeners, channels))
    account = next(one for one in system.accounts.values() if one.channel == "web" and one.city == city)
    await system.start()
    worker = Worker(system)
    worker.start()
    chat = f"terminal-{new_id()}"
    shown = asyncio.create_task(_show(listeners["web"], chat, out))
    out.print(f"[dim]{HELP}[/dim]")
    while True:
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line or line.strip() == "/keluar":
            break
        message = _message(line.strip(), chat, system)
        if message is not None:
            await system.inbox.keep(account, Parsed((message,)), b"")
    if not sys.stdin.isatty():
        await asyncio.sleep(4)  # a reply that waits for the next line may still come
    shown.cancel()
    await worker.stop()
    await system.stop()


def _listen_to_web(listeners: dict[str, Listener], channels: dict[str, Channel]) -> dict[str, Channel]:
    listeners["web"] = Listener(channels["web"])
    return {**channels, "web": cast(Channel, listeners["web"])}


async def _show(listener: Listener, chat: str, out: Console) -> None:
    while True:
        await asyncio.sleep(0.1)
        while listener.sent:
            message = listener.sent.pop(0)
            if message.chat == chat:
                out.print(f"[bold cyan]112>[/bold cyan] {message.text}", highlight=False)


def _message(line: str, chat: str, system: System) -> InboundMessage | None:
    if not line:
        return None
    key, now = f"terminal-{new_id()}", system.clock.now()
    word, _, rest = line.partition(" ")
    if word == "/lokasi":
        try:
            lat, lon = (float(part) for part in rest.replace(",", " ").split())
        except ValueError:
            sys.stderr.write("/lokasi -3.6954 128.1814\n")
            return None
        return InboundMessage(key, chat, "location", now, place=Place(lat, lon))
    if word in ("/foto", "/suara"):
        return InboundMessage(key, chat, "photo" if word == "/foto" else "voice", now, text=rest)
    return InboundMessage(key, chat, "text", now, text=line)
