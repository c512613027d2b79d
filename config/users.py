"""`sigap user`: operators, supervisors, admins and authors."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast

import typer
from rich.table import Table as Sheet

from config.clock import SystemClock
from config.database import Database
from config.settings import Settings
from config.terminal import out, refuse, settings, with_database
from handoff import operators
from handoff.giving_cities import give_cities
from handoff.passwords import Passwords

user = typer.Typer(no_args_is_help=True, help="Operators, supervisors, admins and authors.")


@user.command(name="add")
def user_add(
    username: str,
    name: Annotated[str, typer.Option(help="As colleagues read it")] = "",
    role: Annotated[str, typer.Option(help="operator, supervisor, admin; author sees no case")] = "operator",
    cities: Annotated[str, typer.Option(help="Slugs, comma-separated; empty: all")] = "",
) -> None:
    """Make an account and print its one-time password."""
    wanted = settings()
    theirs = _cities(wanted, cities)

    async def add(database: Database) -> operators.Added:
        return await operators.add(
            database,
            Passwords(),
            SystemClock(),
            username=username,
            name=name or username,
            role=cast(operators.Role, role),
            cities=theirs,
        )

    _show(with_database(wanted, add))


def _cities(wanted: Settings, named: str) -> tuple[str, ...]:
    theirs = tuple(part.strip() for part in named.split(",") if part.strip()) or wanted.cities
    for city in theirs:
        if city not in wanted.cities:
            raise refuse(f"{city!r} is not served here: use one of {', '.join(wanted.cities)}, or set SIGAP_CITIES")
    return theirs


def _show(made: operators.Added) -> None:
    out.print(f"{made.operator.username}: one-time password [bold]{made.password}[/bold]")


@user.command(name="list")
def user_list() -> None:
    """Every account."""
    rows = with_database(settings(), operators.everyone)
    sheet = Sheet("username", "name", "role", "cities", "state")
    for row in rows:
        sheet.add_row(
            row.username, row.name, row.role, ", ".join(row.cities), "disabled" if row.disabled_at else "active"
        )
    out.print(sheet)


@user.command(name="password")
def user_password(username: str) -> None:
    """Give a new one-time password: for who forgot theirs, or never saw it. Their sessions end at once."""
    _show(with_database(settings(), partial(operators.renew_password, passwords=Passwords(), username=username)))


@user.command(name="cities")
def user_cities(
    username: str, cities: Annotated[str, typer.Argument(help="Slugs, comma-separated: these and no others")]
) -> None:
    """Let an account see these cities: another one, or one less. Who is logged in logs in again."""
    wanted = settings()
    given = partial(give_cities, clock=SystemClock(), username=username, cities=_cities(wanted, cities))
    done = with_database(wanted, given)
    out.print(f"{done.username} sees {', '.join(done.cities)}.")


@user.command(name="disable")
def user_disable(
    username: str,
    force: Annotated[bool, typer.Option("--force", help="Even the last active supervisor or admin")] = False,
) -> None:
    """Shut an account: its sessions end at once, its past acts stay on record."""
    shut = partial(operators.disable, clock=SystemClock(), username=username, even_last=force)
    out.print(f"{with_database(settings(), shut).username} is disabled.")


@user.command(name="enable")
def user_enable(username: str) -> None:
    """Open a disabled account again, with the password that it had."""
    opened = with_database(settings(), partial(operators.enable, username=username))
    out.print(f"{opened.username} is enabled.")
