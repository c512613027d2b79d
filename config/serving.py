"""Serves the application: first the port, then the system, and "siap" only once both stand."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import typer
import uvicorn

from config import demo
from config.app import build_app
from config.clock import SystemClock
from config.listening import WAITING, bind, eager
from config.opening import open_system
from config.settings import Settings
from config.terminal import do, out, plainly
from config.wiring import System
from handoff import operators
from handoff.passwords import Passwords

FIRST = "petugas"  # the first account's name

Ready = Callable[[System], Awaitable[None]]


class Server(uvicorn.Server):
    """Says when it is ready, and tells the application that it ends before it waits for open requests.

    A page that waits for news would hold the end up for 25 s.
    """

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event, ready: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._closing = closing
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End when told to. The signal is not raised anew afterwards, as the parent's is: we did what it asked."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say so."""
        await super().startup(sockets)
        if self.started:
            await self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send waiting pages home, then end as usual."""
        self._closing.set()
        await super().shutdown(sockets)


@contextmanager
def our_port(wanted: Settings) -> Iterator[list[socket.socket]]:
    """The port, before anything else is done: a taken one ends the command with a word and exit code 2."""
    with plainly():
        sockets = bind(wanted.host, wanted.port)
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def serve(
    wanted: Settings,
    sockets: list[socket.socket],
    *,
    with_worker: bool,
    ready: Ready | None = None,
    demo_speed: float = 0.0,
) -> None:
    """Serve on ``sockets`` until told to end; ``ready`` is called once the first request would be answered."""
    try:
        do(_serve(wanted, sockets, with_worker, ready, demo_speed))
    except SystemExit:  # uvicorn's own way out; its log says why
        raise typer.Exit(1) from None


async def _serve(
    wanted: Settings, sockets: list[socket.socket], with_worker: bool, ready: Ready | None, demo_speed: float
) -> None:
    system = await open_system(wanted, demo.unreal if demo_speed else None)
    gc.collect()
    gc.freeze()  # cities and model live as long as the process: no collection walks through them
    closing = asyncio.Event()
    writing: list[asyncio.Task[None]] = []

    async def stands() -> None:
        if ready is not None:
            await ready(system)
        if demo_speed:
            writing.append(asyncio.create_task(demo.citizens(system, demo_speed, out)))

    config = uvicorn.Config(
        build_app(system, with_worker=with_worker, closing=closing),
        loop="none",  # the one that runs already: see config.terminal.do
        http="httptools",
        backlog=WAITING,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        ws_max_size=64 * 1024,
        server_header=False,
    )
    await Server(config, closing, stands).serve(eager(sockets))
    for task in writing:
        task.cancel()


async def greet(system: System, *, folder: str = "") -> None:
    """Where citizens write, where operators work, and how the first of them gets in.

    ``folder`` is the data folder where a command in another terminal would not find it by itself.
    """
    wanted = system.settings
    first = await first_operator(system)
    base = wanted.public_url.rstrip("/") or f"http://{wanted.host}:{wanted.port}"
    lines = ["", "[bold]Sigap 112 siap.[/bold]"]
    lines += [f"  Warga ({slug}): {base}/{slug}" for slug in wanted.cities]
    lines.append(f"  Petugas: {base}/petugas")
    if first is not None:
        name, password = first.operator.username, first.password
        lines.append(f"  Masuk pertama kali: [bold]{name}[/bold] / [bold]{password}[/bold] (sekali pakai)")
    elif not await operators.anybody_came(system.database):
        names = [one.username for one in await operators.everyone(system.database) if one.disabled_at is None]
        command = f"{f'SIGAP_DATA={folder} ' if folder else ''}sigap user password {(names or [FIRST])[0]}"
        lines.append(f"  Belum ada petugas yang pernah masuk. Kata sandi sekali pakai yang baru: {command}")
    out.print("\n".join(lines), soft_wrap=True)


async def first_operator(system: System) -> operators.Added | None:
    """A supervisor for whom nobody has an account yet: made only now, when the password can be used."""
    if await operators.everyone(system.database):
        return None
    passwords = Passwords()
    try:
        return await operators.add(
            system.database,
            passwords,
            SystemClock(),
            username=FIRST,
            name="Petugas",
            role="supervisor",
            cities=system.settings.cities,
        )
    finally:
        passwords.close()
