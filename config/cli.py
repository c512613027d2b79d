"""The `sigap` command."""

from __future__ import annotations

import logging
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from config import check as checks
from config import demo, understanding
from config.backup import back_up
from config.backup_file import Manifest
from config.capacity.command import capacity
from config.chat import talk
from config.chat_by_web import chat_by_web
from config.clock import SystemClock
from config.distribution import distribute, insist_on_citus
from config.folder import is_held, keep_to_ourselves
from config.listening import address
from config.logs import start_logs
from config.opening import export as export_city
from config.opening import insist_on_ready, join_others, open_system, prepare, seed_boundaries
from config.opening import seed as seed_database
from config.restore import look_into, restore
from config.schema import migrate as migrate_database
from config.serving import greet, our_port, serve
from config.settings import Settings
from config.sms import sms
from config.story import BadStory, Stage, read_stories
from config.story_file import play_all
from config.terminal import do, err, out, plainly, refuse, settings, with_database, working
from config.users import user
from config.wiring import System
from config.worker import work_until_told
from knowledge_base.city import load_cities
from knowledge_base.phrases import CITIES
from nlu.cli import commands as nlu_commands

log = logging.getLogger(__name__)
app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sigap 112: the chat and SMS side of 112.")
story = typer.Typer(no_args_is_help=True, help="Conversations played through the real app.")
app.add_typer(user, name="user")
app.add_typer(sms, name="sms")
app.add_typer(story, name="story")
app.command()(capacity)


@app.callback()
def begin() -> None:
    """Sigap 112: the chat and SMS side of 112."""
    keep_to_ourselves()


@app.command()
def run() -> None:
    """Migrate, seed, make a first operator, and serve everything in one process: the way to run a small city."""
    _run(settings())


def _run(wanted: Settings, *, demo_speed: float = 0.0) -> None:
    start_logs(wanted.log_level, as_json=wanted.log_json)
    ready = partial(greet, folder=str(wanted.data) if demo_speed else "")
    with our_port(wanted) as sockets:
        with_database(wanted, partial(prepare, wanted))
        serve(wanted, sockets, with_worker=True, ready=ready, demo_speed=demo_speed)


@app.command()
def web() -> None:
    """Only the web process: webhooks, console, citizen pages. For PostgreSQL, beside `sigap worker`."""
    wanted = settings()
    start_logs(wanted.log_level, as_json=wanted.log_json)
    with our_port(wanted) as sockets:
        with_database(wanted, partial(join_others, wanted))
        serve(wanted, sockets, with_worker=False, ready=_say_where)


@app.command()
def worker() -> None:
    """Only the background work: sending, listening, second looks, media. Never twice on one SQLite database."""
    wanted = settings()
    start_logs(wanted.log_level, as_json=wanted.log_json)
    with_database(wanted, partial(join_others, wanted))
    do(work_until_told(partial(_open_worker, wanted)))


async def _say_where(system: System) -> None:
    log.info("listens on %s for %s", address(system.settings.host, system.settings.port), ", ".join(system.cities))


async def _open_worker(wanted: Settings) -> System:
    system = await open_system(wanted)
    log.info("works for %s as %s", ", ".join(system.cities), system.processes.name)
    return system


@app.command()
def migrate(
    citus: Annotated[bool, typer.Option("--citus", help="Then spread its tables over a Citus cluster")] = False,
) -> None:
    """Bring the database to the newest schema."""
    wanted = settings()
    if citus:
        with_database(wanted, insist_on_citus)
    with_database(wanted, migrate_database)
    spread = with_database(wanted, distribute) if citus else []
    out.print("The database is up to date.")
    if citus:
        out.print(f"Newly spread over the cluster: {', '.join(spread) or 'nothing'}.", soft_wrap=True)


@app.command()
def seed(
    boundaries: Annotated[
        Path | None, typer.Option(help="GeoJSON of kelurahan polygons: a pin's kelurahan is exact from the next start")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--from", help="A folder that `sigap export` wrote, instead of the cities' own files")
    ] = None,
) -> None:
    """Write what the cities' files say into the database; what staff edited is left alone and listed."""
    wanted = settings()
    if boundaries is not None:
        found = with_database(wanted, partial(seed_boundaries, wanted, boundaries))
        out.print(f"Boundaries: {len(found.boundaries)} kelurahan; {found.left_out} other features left out.")
        if found.missing:
            out.print(f"Without a polygon, so by the nearest centre: {', '.join(found.missing)}.")
    seeded = with_database(wanted, partial(seed_database, wanted, root=folder or CITIES))
    out.print(f"Seeded: {', '.join(seeded)}.")


@app.command(name="backup")
def backup_command(file: Annotated[Path, typer.Argument(help="The file to write, as sigap-2026-11-22.tar")]) -> None:
    """Database and media in one file, of one moment; Sigap may go on running."""
    wanted = settings()
    with plainly():
        made = back_up(wanted, file, SystemClock().now())
    out.print(f"{file}: {_held(made)}", soft_wrap=True)


@app.command(name="restore")
def restore_command(
    file: Path,
    replace: Annotated[bool, typer.Option("--replace", help="Although there is a database already")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only read the file and say what it holds")] = False,
) -> None:
    """Put a backup in the place of database and media. Stop Sigap first; afterwards run: sigap migrate."""
    wanted = settings()
    with plainly():
        found = look_into(file) if check else restore(wanted, file, replace=replace)
    out.print(f"{file}: {_held(found)}", soft_wrap=True)
    if not check:
        out.print(
            "Restored. Next: sigap migrate (not on the way back to an older program), then sigap check.", soft_wrap=True
        )


def _held(one: Manifest) -> str:
    rows = ", ".join(f"{count} {name}" for name, count in one.rows.items())
    return f"{one.engine}, {rows}, {one.files} media files (made {one.made_at})"


@app.command()
def export(
    city: Annotated[str, typer.Argument(help="Which city")],
    folder: Annotated[Path, typer.Argument(help="Where to: made if it is not there")],
) -> None:
    """Write a city back to files, as staff have made it: answers, agencies, cards, wording, landmarks, examples."""
    wanted = settings()
    if city not in wanted.cities:
        raise refuse(f"{city!r} is not served: use one of {', '.join(wanted.cities)}")
    with plainly():
        known = load_cities([city])[city]
    done = with_database(wanted, partial(export_city, known, folder))
    for example in done.left_out:
        err.print(f"left out, the files teach it as something else: {example}", markup=False, highlight=False)
    out.print(f"{city}: {len(done.files)} files in {folder}. Elsewhere: sigap seed --from {folder}", soft_wrap=True)


@app.command()
def check() -> None:
    """Say what is wrong with settings, city data, database, accounts, address and clock, and how to mend it."""
    raise typer.Exit(1 if checks.run(out) else 0)


@app.command()
def chat(city: Annotated[str, typer.Option(help="Which city's 112 to write to")] = "") -> None:
    """Be a citizen, in this terminal: your lines go through the real app, the one that runs if there is one.

    On PostgreSQL one must run: this command never migrates, seeds, or works there.
    """
    wanted = settings()
    start_logs("ERROR", as_json=False)
    slug = city or wanted.cities[0]
    if slug not in wanted.cities:
        raise refuse(f"{slug!r} is not served: use one of {', '.join(wanted.cities)}")
    if not wanted.url.startswith("sqlite"):
        with_database(wanted, partial(insist_on_ready, wanted))
    if not wanted.url.startswith("sqlite") or is_held(wanted.data):
        do(chat_by_web(wanted, slug, out))
        return
    with_database(wanted, partial(prepare, wanted))
    do(talk(partial(open_system, wanted), slug, out))


def _sane(speed: float) -> float:
    if not 0 < speed <= demo.FASTEST:  # also false for what is no number at all
        raise typer.BadParameter(f"{speed:g} is not above 0 and up to {demo.FASTEST:g} citizens a minute")
    return speed


@app.command(name="demo")
def demo_command(
    speed: Annotated[float, typer.Option(help="Invented citizens a minute, up to 600", callback=_sane)] = 6.0,
) -> None:
    """The same as `run`, with invented citizens who write, on a database of its own."""
    _run(demo.settings_for(settings()), demo_speed=speed)


@story.command(name="run")
def story_run(
    file: Annotated[Path, typer.Argument(help="JSONL, one conversation a line; - for standard input")],
    jobs: Annotated[int, typer.Option(help="Stories played at once", min=1)] = 4,
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
            raise refuse(f"{file}: {problem}") from None
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
        raise refuse(f"{file}: {problem.strerror}") from None


app.add_typer(
    nlu_commands(
        lambda: understanding.phrases_of(settings().cities),
        lambda model: understanding.keep_model(settings().cities, settings().model, model),
        lambda: understanding.open_understander(load_cities(settings().cities), settings().model),
        rules=understanding.rules,
    ),
    name="nlu",
)
