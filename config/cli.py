"""The `sigap` command."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvicorn

from config import check as checks
from config import demo, understanding
from config.app import build_app
from config.chat import talk
from config.clock import SystemClock
from config.database import Database
from config.logs import start_logs
from config.schema import migrate as migrate_database
from config.settings import Settings
from config.story import BadStory, Stage, read_stories
from config.story_file import play_all
from config.terminal import do, err, out, settings, with_database, working
from config.users import user
from config.wiring import System, Wrap, build
from config.worker import work_until_told
from handoff import operators
from handoff.passwords import Passwords
from knowledge_base.city import load_cities
from knowledge_base.seed import seed_city
from nlu.cli import commands as nlu_commands

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sigap 112: the chat and SMS side of 112.")
story = typer.Typer(no_args_is_help=True, help="Conversations played through the real app.")
app.add_typer(user, name="user")
app.add_typer(story, name="story")


async def open_system(wanted: Settings, wrap: Wrap | None = None) -> System:
    """The whole system over a trained model, trained now if there is none or its data have changed."""
    cities = load_cities(wanted.cities)
    if understanding.is_stale(wanted.cities, wanted.model):
        with working("Melatih pemahaman bahasa (sekali saja) ..."):
            understanding.train_model(wanted.cities, wanted.model)
    return await build(wanted, understanding.open_understander(cities, wanted.model), cities=cities, wrap=wrap)


@app.command()
def run() -> None:
    """Migrate, seed, make a first operator, and serve everything in one process: the way to run a small city."""
    _run(settings())


def _run(wanted: Settings, demo_speed: float = 0.0) -> None:
    start_logs(wanted.log_level, as_json=wanted.log_json)
    password = with_database(wanted, partial(_prepare, wanted))
    _serve(wanted, with_worker=True, greeting=_greeting(wanted, password), demo_speed=demo_speed)


async def _prepare(wanted: Settings, database: Database) -> tuple[str, str] | None:
    await migrate_database(database)
    await _seed(wanted, database)
    if await operators.everyone(database):
        return None
    first = await operators.add(
        database,
        Passwords(),
        SystemClock(),
        username="petugas",
        name="Petugas",
        role="supervisor",
        cities=wanted.cities,
    )
    return first.operator.username, first.password


async def _seed(wanted: Settings, database: Database) -> None:
    now = SystemClock().now()
    for city in load_cities(wanted.cities).values():
        done = await database.write(partial(seed_city, city=city, now=now))
        for name in done.left_alone:
            err.print(f"{city.slug}: {name} was edited by hand and is left as it is")


def _greeting(wanted: Settings, first: tuple[str, str] | None) -> str:
    base = wanted.public_url.rstrip("/") or f"http://{wanted.host}:{wanted.port}"
    lines = ["", "[bold]Sigap 112 siap.[/bold]"]
    lines += [f"  Warga ({slug}): {base}/{slug}" for slug in wanted.cities]
    lines.append(f"  Petugas: {base}/petugas")
    if first is not None:
        lines.append(f"  Masuk pertama kali: [bold]{first[0]}[/bold] / [bold]{first[1]}[/bold] (sekali pakai)")
    return "\n".join(lines)


class Server(uvicorn.Server):
    """Tells the application that it ends before it waits for open requests: a waiting page would hold it for 25 s."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send waiting pages home, then end as usual."""
        self._closing.set()
        await super().shutdown(sockets)


def _serve(wanted: Settings, *, with_worker: bool, greeting: str = "", demo_speed: float = 0.0) -> None:
    async def serve() -> None:
        system = await open_system(wanted, demo.unreal if demo_speed else None)
        gc.collect()
        gc.freeze()  # cities and model live as long as the process: no collection walks through them
        closing = asyncio.Event()
        application = build_app(system, with_worker=with_worker, closing=closing)
        config = uvicorn.Config(
            application,
            host=wanted.host,
            port=wanted.port,
            loop="none",  # the one that runs already: see config.terminal.do
            http="httptools",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
            ws_max_size=64 * 1024,
            server_header=False,
        )
        server = Server(config, closing)
        if greeting:
            out.print(greeting)
        citizens = asyncio.create_task(demo.citizens(system, demo_speed, out)) if demo_speed else None
        await server.serve()
        if citizens is not None:
            citizens.cancel()

    do(serve())


@app.command()
def web() -> None:
    """Only the web process: webhooks, console, citizen pages. For PostgreSQL, beside `sigap worker`."""
    wanted = settings()
    start_logs(wanted.log_level, as_json=wanted.log_json)
    _serve(wanted, with_worker=False)


@app.command()
def worker() -> None:
    """Only the background work: sending, listening, second looks, media. Never twice on one SQLite database."""
    wanted = settings()
    start_logs(wanted.log_level, as_json=wanted.log_json)
    do(work_until_told(partial(open_system, wanted)))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    wanted = settings()
    with_database(wanted, migrate_database)
    out.print("The database is up to date.")


@app.command()
def seed() -> None:
    """Write the cities' answers and agencies into the database; what staff edited is left alone and listed."""
    wanted = settings()
    with_database(wanted, partial(_seed, wanted))
    out.print(f"Seeded: {', '.join(wanted.cities)}.")


@app.command()
def check() -> None:
    """Say what is wrong with settings, city data, database, accounts, address and clock, and how to mend it."""
    wanted = settings()
    problems = do(checks.report(wanted, out))
    raise typer.Exit(1 if problems else 0)


@app.command()
def chat(city: Annotated[str, typer.Option(help="Which city's 112 to write to")] = "") -> None:
    """Be a citizen, in this terminal: your lines go through the real app."""
    wanted = settings()
    start_logs("ERROR", as_json=False)
    slug = city or wanted.cities[0]
    if slug not in wanted.cities:
        err.print(f"[red]{slug}[/red] is not served: use one of {', '.join(wanted.cities)}")
        raise typer.Exit(2)
    with_database(wanted, partial(_prepare, wanted))
    do(talk(partial(open_system, wanted), slug, out))


@app.command(name="demo")
def demo_command(
    speed: Annotated[float, typer.Option(help="Invented citizens a minute")] = 6.0,
) -> None:
    """The same as `run`, with invented citizens who write, on a database of its own."""
    _run(demo.settings_for(settings()), demo_speed=speed)


@story.command(name="run")
def story_run(
    file: Annotated[Path, typer.Argument(help="JSONL, one conversation a line; - for standard input")],
    jobs: Annotated[int, typer.Option(help="Stories played at once")] = 4,
) -> None:
    """Play conversations and print what came of each, one JSON object a line, in the order of the file."""
    wanted = settings()
    start_logs("ERROR", as_json=False)
    text = sys.stdin.read() if str(file) == "-" else _read(file)

    async def play() -> None:
        cities = load_cities(wanted.cities)
        try:
            stories = read_stories(text.split("\n"), cities)
        except BadStory as problem:
            err.print(f"{file}: {problem}", markup=False)
            raise typer.Exit(2) from None
        if understanding.is_stale(wanted.cities, wanted.model):
            with working("Training the understander (once) ..."):
                understanding.train_model(wanted.cities, wanted.model)
        understander = understanding.open_understander(cities, wanted.model)
        await play_all(partial(Stage, cities, understander), stories, jobs, err)

    do(play())


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        err.print(f"{file}: {problem.strerror}", markup=False)
        raise typer.Exit(2) from None


app.add_typer(
    nlu_commands(
        lambda: understanding.phrases_of(settings().cities),
        lambda: settings().model,
        lambda: understanding.open_understander(load_cities(settings().cities), settings().model),
        rules=understanding.rules,
    ),
    name="nlu",
)
