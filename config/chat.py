"""`sigap chat` where nothing runs: be a citizen in the terminal, before the whole app in this very process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import cast

from rich.console import Console
from rich.markup import escape

from bots.channel import Channel
from bots.listener import Listener
from bots.message import InboundMessage, Parsed
from config.chat_lines import Written, written_lines
from config.ids import new_id
from config.wiring import System, Wrap
from config.worker import Worker


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
    async for one in written_lines(out):
        await system.inbox.keep(account, Parsed((_message(one, chat, system),)), b"")
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
                out.print(f"[bold cyan]112>[/bold cyan] {escape(message.text)}", highlight=False)


def _message(one: Written, chat: str, system: System) -> InboundMessage:
    return InboundMessage(f"terminal-{new_id()}", chat, one.kind, system.clock.now(), text=one.text, place=one.place)
