"""`sigap sms`: the lines, a test message, and what comes and goes, for the technician who stands beside the modem."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final

import typer
from sqlalchemy import Connection, RowMapping, select

from bots.channel import Account, discover
from config.accounts import accounts_of, lines_of
from config.database import Database
from config.folder import is_held
from config.logs import mask
from config.settings import Settings
from config.sms_watch import LOT, Followed
from config.terminal import out, refuse, settings, with_database
from handoff.conversations import Reply, Sender, find_or_open, say
from handoff.tables import message
from sms_gateway.gateway import LineState
from sms_gateway.line import Line
from sms_gateway.line_states import FRESH, kept_states
from sms_gateway.lines import readable
from sms_gateway.numbers import can_answer, to_e164
from sms_gateway.segments import parts

sms = typer.Typer(no_args_is_help=True, help="SMS lines: modems, SMSC binds, aggregators.")

LOOK_EVERY: Final = 1.0  # seconds
PATIENCE: Final = 90.0  # seconds in which a test message should have arrived
ENDED: Final = ("delivered", "read", "failed", "dropped", "stale", "unsure")


@sms.command()
def status() -> None:
    """How each line fares: signal, network, SIM, credit, when it last heard and sent."""
    wanted = settings()
    states = with_database(wanted, lambda database: database.read(partial(kept_states, cities=wanted.cities)))
    known = {(city, state.line): (state, at) for city, state, at in states}
    for _, line in _lines(wanted):
        out.print(f"[bold]{line.name}[/]  {line.city}, {line.driver}" + (f", {line.number}" if line.number else ""))
        for told in _told(*known.get((line.city, line.name), (None, None))):
            out.print(f"    {told}", markup=False, highlight=False, soft_wrap=True)


@sms.command()
def send(
    number: Annotated[str, typer.Argument(help="+62... or 08...")],
    text: Annotated[str, typer.Argument(help="What to say")],
    line: Annotated[str, typer.Option(help="Which line; empty: the first")] = "",
) -> None:
    """Send one SMS by the Sigap that runs, and follow it until it has arrived."""
    wanted = settings()
    to = to_e164(number)
    if to is None or not can_answer(to):
        raise refuse(f"{number!r} takes no SMS: write a subscriber's number, +62... or 08...")
    if not readable(text):
        raise refuse("nothing to send: write a text")
    account, chosen = _chosen(wanted, line)
    _insist_on_a_running_one(wanted)
    cost = parts(readable(text))
    out.print(f"{chosen.name} -> {to}: {cost.parts} SMS ({cost.encoding}, {cost.units} characters)", highlight=False)
    if chosen.driver == "loopback":
        out.print("this line exists in memory only: nothing leaves this machine")
    arrived = with_database(wanted, partial(_send, account=account, to=to, text=text))
    raise typer.Exit(0 if arrived else 1)


@sms.command()
def watch() -> None:
    """Follow what the running Sigap hears and sends by SMS, until Ctrl-C. Numbers are masked."""
    wanted = settings()
    with contextlib.suppress(KeyboardInterrupt):
        with_database(wanted, partial(_watch, cities=wanted.cities))


def _lines(wanted: Settings) -> list[tuple[Account, Line]]:
    """Each SMS account with its line: the two may bear different names."""
    try:
        accounts = [one for one in accounts_of(wanted, discover()).values() if one.channel == "sms"]
        return list(zip(accounts, lines_of(accounts), strict=True))
    except ValueError as error:
        raise refuse(error) from None


def _chosen(wanted: Settings, name: str) -> tuple[Account, Line]:
    lines = _lines(wanted)
    found = next(((account, one) for account, one in lines if name in ("", one.name)), None)
    if found is None:
        raise refuse(f"no line {name!r}: use one of {', '.join(one.name for _, one in lines)}")
    return found


def _insist_on_a_running_one(wanted: Settings) -> None:
    """Only it opens the lines: whoever else did would take what citizens send meanwhile, and lose a part of it."""
    if not wanted.url.startswith("sqlite"):
        return  # on PostgreSQL nothing tells; the outbox keeps it for whoever runs
    try:
        runs = is_held(wanted.data)
    except OSError as error:
        raise refuse(f"{wanted.data} cannot be read ({error.strerror}): run it as the user who runs sigap") from None
    if not runs:
        raise refuse("Sigap does not run: start it first (sigap run), then send")


def _told(state: LineState | None, at: datetime | None) -> list[str]:
    if state is None or at is None:
        return ["nobody has served it yet: start Sigap"]
    if datetime.now(UTC) - at > FRESH:
        works = f"not served since {_time(at)}: start Sigap"
    else:
        works = ("works: " if state.up else "DOWN: ") + state.detail
    facts = {
        "operator": state.operator,
        "network": state.network,
        "signal": None if state.signal is None else f"{state.signal} %",
        "SIM": f"{state.sim_used} of {state.sim_size} places taken" if state.sim_size else None,
        "credit": state.credit,
        "device": state.device,
        "IMEI": state.imei,
        "waiting": str(state.queued) if state.queued else None,
    }
    known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
    times = f"last heard {_time(state.last_heard)}, last sent {_time(state.last_sent)}"
    return [works, *([known] if known else []), times]


def _time(at: datetime | None) -> str:
    return f"{at.astimezone():%d %b %H:%M:%S}" if at else "-"


async def _send(database: Database, account: Account, to: str, text: str) -> bool:
    """Put it into the running Sigap's outbox; it stands in the citizen's transcript like any other."""
    now = datetime.now(UTC)

    def queue(connection: Connection) -> int:
        sender = Sender("sms", account.name, to, phone=to)
        thread = find_or_open(connection, account.city, [sender], now)[sender.address]
        return int(say(connection, thread, Reply(text, author="system", urgency=1), now)["id"])

    key = await database.write(queue)
    shown = ""
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        row = await database.read(partial(_message, city=account.city, key=key))
        if row["state"] != shown:
            shown = row["state"]
            out.print(
                f"{_time(datetime.now(UTC))}  {shown}" + (f": {row['error']}" if row["error"] else ""), markup=False
            )
        if shown in ENDED:
            return shown in ("delivered", "read")
        await asyncio.sleep(LOOK_EVERY)
    out.print("no delivery report came: the telephone may be off, or the network sends none")
    return shown == "sent"


def _message(connection: Connection, city: str, key: int) -> Any:
    return connection.execute(select(message).where(message.c.city == city, message.c.id == key)).mappings().one()


async def _watch(database: Database, cities: tuple[str, ...]) -> None:
    """By polling: the process that serves the lines is another one."""
    followed = Followed(cities, datetime.now(UTC) - timedelta(minutes=10))
    up: dict[tuple[str, str], bool] = {}
    while True:
        news = await database.read(followed.news)
        for row in news:
            out.print(_shown(row), markup=False, highlight=False, soft_wrap=True)
        for city, state, _ in await database.read(partial(kept_states, cities=cities)):
            if up.get((city, state.line)) != state.up:
                up[city, state.line] = state.up
                out.print(
                    f"{_time(datetime.now(UTC))}  {state.line}: {'works' if state.up else state.detail}", markup=False
                )
        if len(news) < LOT:  # else more waits
            await asyncio.sleep(LOOK_EVERY)


def _shown(row: RowMapping) -> str:
    arrow = "<-" if row["direction"] == "in" else "->"
    state = row["state"] or "heard"
    return f"{_time(row['created_at'])}  {row['account']} {arrow} {mask(row['chat'])}  {state}: {row['text'][:120]!r}"
