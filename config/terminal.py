"""What every `sigap` command shares: where it prints, how it reads settings and opens the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from config.database import Database
from config.settings import Settings
from config.wiring import AlreadyRunning
from knowledge_base.city import CityDataError

T = TypeVar("T")

out = Console()
err = Console(stderr=True)


def settings() -> Settings:
    """The settings, or a clear word on what is wrong with them and exit code 2."""
    try:
        return Settings()
    except ValidationError as problem:
        for one in problem.errors(include_url=False):
            name = "SIGAP_" + "__".join(str(part) for part in one["loc"]).upper() if one["loc"] else "settings"
            err.print(f"[red]{name}[/red]: {one['msg']}")
        raise typer.Exit(2) from None


def do(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work``; city data that is wrong is told line by line."""
    try:
        return uvloop.run(work)
    except (CityDataError, AlreadyRunning) as problem:
        err.print(str(problem), markup=False)
        raise typer.Exit(2) from None


def working(text: str) -> Progress:
    """A line that shows that something is going on, and for how long."""
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err, transient=True
    )
    progress.add_task(text)
    return progress


def with_database(wanted: Settings, job: Callable[[Database], Awaitable[T]]) -> T:
    """Run ``job`` on the database, which is closed again whatever happens."""

    async def run() -> T:
        wanted.data.mkdir(parents=True, exist_ok=True)
        database = Database(wanted.url)
        try:
            return await job(database)
        finally:
            await database.close()

    return do(run())
