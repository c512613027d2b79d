"""Where we listen: in a surge many new connections are taken in one round of the event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence

import pytest
import uvloop

from config.listening import AT_ONCE, bind, eager

MANY = 4 * AT_ONCE


class Door(asyncio.Protocol):
    def __init__(self, made: Callable[[], None]) -> None:
        self._made = made

    def connection_made(self, _: asyncio.BaseTransport) -> None:
        self._made()


async def rounds_until_all_are_in(listening: Sequence[socket.socket]) -> int:
    """In how many turns of the loop ``MANY`` connections that wait are let in."""
    inside = 0

    def made() -> None:
        nonlocal inside
        inside += 1

    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: Door(made), sock=one, backlog=MANY) for one in listening]
    waiting = [socket.create_connection(listening[0].getsockname()) for _ in range(MANY)]
    rounds = before = 0
    while inside < MANY:
        await asyncio.sleep(0)
        rounds += inside > before  # the system may be late with one of them
        before = inside
    for server in servers:
        server.close()
    for one in waiting:
        one.close()
    return rounds


@pytest.mark.parametrize("what", ["eager", "plain"])
def test_a_rush_of_connections_is_let_in_at_once(what: str) -> None:
    bound = bind("127.0.0.1", 0)
    rounds = uvloop.run(rounds_until_all_are_in(eager(bound) if what == "eager" else bound))
    for one in bound:
        one.close()
    if what == "eager":
        assert rounds < MANY / 4
    else:
        assert rounds >= MANY, "uvloop takes several by itself now: config.listening.eager can go"
