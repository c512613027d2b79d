"""`sigap capacity`: what must be bought for the worst moment, and what breaks first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Annotated, Any

import typer
from rich.table import Table

from config.capacity.answer import Answer, answer
from config.capacity.costs import read_costs
from config.capacity.examples import EXAMPLES
from config.capacity.load import BadLoad, Have, Load, read_mix
from config.capacity.rows import LIMITS, NEEDS, Row, limit_rows, need_rows
from config.capacity.words import cities_of
from config.terminal import out, plainly

_ONE_HAS = "What one has"


def capacity(
    messages: Annotated[float | None, typer.Option("--messages-per-second", help="At the worst moment")] = None,
    example: Annotated[str, typer.Option(help=f"A named case: {', '.join(EXAMPLES)}")] = "",
    emergencies: Annotated[
        float | None, typer.Option(help="Share of messages that open a case; without it 0.03")
    ] = None,
    replies: Annotated[
        float | None, typer.Option("--replies-per-message", help="Answers to a message; without it as measured")
    ] = None,
    mix: Annotated[
        str,
        typer.Option(
            "--channel-mix", help="As whatsapp=0.6,sms=0.4; without it 0.6 WhatsApp, 0.1 Telegram, 0.2 SMS, 0.1 web"
        ),
    ] = "",
    cities: Annotated[
        int | None, typer.Option(help="Cities among which it spreads evenly; without it one for each 300 messages/s")
    ] = None,
    keep_days: Annotated[int | None, typer.Option(help="Days that messages are kept; without it 90")] = None,
    peak: Annotated[float | None, typer.Option(help="Worst moment to a usual day's average; without it 1000")] = None,
    peak_hours: Annotated[float | None, typer.Option(help="Hours at the peak in the days kept; without it 6")] = None,
    handling: Annotated[
        float | None, typer.Option("--handling-seconds", help="Of an operator, a case; without it 180")
    ] = None,
    whatsapp_rate: Annotated[
        float | None, typer.Option(help="Messages/s a number: 80, or 1000 once Meta has raised it")
    ] = None,
    smpp_rate: Annotated[
        float | None, typer.Option(help="SMS/s a bind, as the carrier sells it; without it 100")
    ] = None,
    databases: Annotated[
        int | None, typer.Option(help="PostgreSQL servers; without it one", min=1, rich_help_panel=_ONE_HAS)
    ] = None,
    web_processes: Annotated[
        int | None, typer.Option(help="Processes of sigap web", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes of sigap worker", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    postgres_cores: Annotated[
        int | None, typer.Option(help="CPU cores of PostgreSQL, of all servers", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    postgres_connections: Annotated[
        int | None, typer.Option(help="max_connections of one server", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    whatsapp_numbers: Annotated[
        int | None, typer.Option(help="Of the Cloud API", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    telegram_bots: Annotated[
        int | None, typer.Option(help="One is usual for a city", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    modems: Annotated[
        int | None, typer.Option(help="GSM modems, one SIM each", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    smpp_binds: Annotated[
        int | None, typer.Option(help="Connections to a carrier", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    operators: Annotated[
        int | None, typer.Option(help="At their desks at the same time, in all cities", min=0, rich_help_panel=_ONE_HAS)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """Say what so many messages a second need, and which limit binds first: docs/capacity.md.

    With what one has, the rate at which that breaks; without, what one of each carries.
    """
    with plainly():
        load, have = _named(example, messages)
        load = replace(
            load,
            **_given(
                messages=messages,
                emergencies=emergencies,
                replies=replies,
                cities=cities,
                keep_days=keep_days,
                peak=peak,
                peak_hours=peak_hours,
                handling=handling,
                whatsapp_rate=whatsapp_rate,
                smpp_rate=smpp_rate,
                mix=read_mix(mix) if mix else None,
            ),
        )
        have = replace(
            have,
            **_given(
                databases=databases,
                web_processes=web_processes,
                workers=workers,
                postgres_cores=postgres_cores,
                postgres_connections=postgres_connections,
                whatsapp_numbers=whatsapp_numbers,
                telegram_bots=telegram_bots,
                modems=modems,
                smpp_binds=smpp_binds,
                operators=operators,
            ),
        )
        given = answer(load, have, read_costs())
    if as_json:
        out.print_json(data=given.as_json())
    else:
        _show(given)


A_CITY = 300.0  # messages a second of one city at its worst moment: docs/capacity.md


def _named(example: str, messages: float | None) -> tuple[Load, Have]:
    if example:
        if example not in EXAMPLES:
            raise BadLoad(f"{example!r} is no example", f"use {', '.join(EXAMPLES)}")
        return EXAMPLES[example].load, EXAMPLES[example].have
    if messages is None:
        raise BadLoad("how many messages?", "give --messages-per-second 300, or --example city")
    load = Load(messages)
    return replace(load, cities=max(1, ceil(load.messages / A_CITY))), Have()


def _given(**options: Any) -> dict[str, Any]:
    """What was said."""
    return {name: value for name, value in options.items() if value is not None}


def _show(given: Answer) -> None:
    load = given.load
    out.print(f"[bold]{load.messages:,g} messages/s[/], {cities_of(load.cities)}")
    out.print(_table(NEEDS, need_rows(given)))
    out.print(_table(LIMITS, limit_rows(given)))
    for line in (given.first, given.sqlite, given.work.costs.provenance):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(head: Row, rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, justify="right" if name in ("how much", "binds at messages/s") else "left")
    for row in rows:
        table.add_row(*row)
    return table
