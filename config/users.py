"""`sigap user`: operators, supervisors and admins."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast

import typer
from rich.table import Table as Sheet

from config.clock import SystemClock
from config.database import Database
from config.terminal import err, out, settings, with_database
from handoff import operators
from handoff.passwords import Passwords

user = typer.Typer(no_args_is_help=True, help="Operators, supervisors and admins.")


@user.command(name="add")
def user_add(
    username: str,
    name: Annotated[str, typer.Option(help="As colleagues read it")] = "",
    role: Annotated[str, typer.Option(help="operator, supervisor or admin")] = "operator",
    cities: Annotated[str, typer.Option(help="Slugs, comma-separated; empty: all")] = "",
) -> None:
    """Make an account and print its one-time password."""
    wanted = settings()
    theirs = tuple(part.strip() for part in cities.split(",") if part.strip()) or wanted.cities

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

    try:
        added = with_database(wanted, add)
    except operators.AccountProblem as problem:
        err.print(f"[red]{problem}[/red]")
        raise typer.Exit(2) from None
    out.print(f"{added.operator.username}: one-time password [bold]{added.password}[/bold]")


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


@user.command(name="disable")
def user_disable(username: str) -> None:
    """Shut an account: its sessions end at once, its past acts stay on record."""
    try:
        with_database(settings(), partial(operators.disable, clock=SystemClock(), username=username))
    except operators.AccountProblem as problem:
        err.print(f"[red]{problem}[/red]")
        raise typer.Exit(2) from None
    out.print(f"{username} is disabled.")
