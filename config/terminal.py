"""What every `sigap` command shares: where it prints, how it reads settings and opens the database.

Exit codes: 0 done, or ended when told to; 1 it broke, or `check` found something; 2 settings, files or words to mend.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import typer
import uvloop
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from config.database import Database
from config.database_problems import explain, shown
from config.findings import Mendable
from config.folder import AlreadyRunning, make_folder
from config.schema import refuse_newer
from config.settings import BadSettings, Settings, read_settings, unknown_settings
from handoff.operators import AccountProblem
from knowledge_base.city import CityDataError

T = TypeVar("T")

out = Console()
err = Console(stderr=True)

TO_MEND = (CityDataError, AlreadyRunning, Mendable, BadSettings, AccountProblem)


def settings() -> Settings:
    """The settings, or a clear word on what is wrong with them and exit code 2."""
    with plainly():
        wanted = read_settings()
    for sentence in unknown_settings():
        err.print(sentence, style="yellow", markup=False, highlight=False)
    return wanted


def refuse(sentence: object) -> typer.Exit:
    """Say what must be mended; to be raised."""
    err.print(str(sentence), style="red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(2)


@contextmanager
def plainly() -> Iterator[None]:
    """What somebody can mend is told in a line or two, without a traceback."""
    try:
        yield
    except TO_MEND as problem:
        raise refuse(problem) from None


def do(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work``; what is wrong with settings or city data is told line by line."""
    with plainly():
        return uvloop.run(work)


def working(text: str) -> Progress:
    """A line that shows that something is going on, and for how long."""
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err, transient=True
    )
    progress.add_task(text)
    return progress


def with_database(wanted: Settings, job: Callable[[Database], Awaitable[T]]) -> T:
    """Run ``job`` on the database, which is closed again whatever happens; what it complains of is told in a line.

    A database of a newer Sigap is left alone.
    """

    async def run() -> T:
        make_folder(wanted.data)
        try:
            return await _on(wanted, job)
        except TO_MEND:
            raise
        except Exception as error:
            told = explain(error)
            if told is None:
                raise
            raise refuse(f"database {shown(wanted)} {told[0]}: {told[1]}") from None

    return do(run())


async def _on(wanted: Settings, job: Callable[[Database], Awaitable[T]]) -> T:
    database = Database(wanted.url)
    try:
        await refuse_newer(database)
        return await job(database)
    finally:
        await database.close()
