"""`sigap sms`: the lines, a test message, and what comes and goes, for the technician who stands beside the modem."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final

import aiohttp
import typer
from sqlalchemy import Connection, select

from bots.channel import discover
from config.accounts import accounts_of, lines_of
from config.clock import SystemClock
from config.database import Database
from config.folder import is_held
from config.logs import mask
from config.schema import migrate
from config.settings import Settings
from config.terminal import out, refuse, settings, with_database
from handoff.conversations import Reply, Sender, find_or_open, say
from handoff.tables import message
from sms_gateway.database_store import DatabaseStore
from sms_gateway.gateway import Heard, LineState, SmsFailed, SmsReport
from sms_gateway.line import Line
from sms_gateway.line_states import FRESH, kept_states
from sms_gateway.lines import Lines, open_gateway
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
    for line in _lines(wanted):
        out.print(f"[bold]{line.name}[/]  {line.city}, {line.driver}" + (f", {line.number}" if line.number else ""))
        for told in _told(*known.get((line.city, line.name), (None, None))):
            out.print(f"    {told}", markup=False, highlight=False, soft_wrap=True)


@sms.command()
def send(
    number: Annotated[str, typer.Argument(help="+62... or 08...")],
    text: Annotated[str, typer.Argument(help="What to say")],
    line: Annotated[str, typer.Option(help="Which line; empty: the first")] = "",
) -> None:
    """Send one SMS and follow it until it has arrived: by the running Sigap, or straight by the modem if none runs."""
    wanted = settings()
    to = to_e164(number)
    if to is None or not can_answer(to):
        raise refuse(f"{number!r} takes no SMS: write a subscriber's number, +62... or 08...")
    if not text.strip():
        raise refuse("nothing to send: write a text")
    chosen = _chosen(wanted, line)
    cost = parts(text)
    out.print(f"{chosen.name} -> {to}: {cost.parts} SMS ({cost.encoding}, {cost.units} characters)", highlight=False)
    if is_held(wanted.data) or not wanted.url.startswith("sqlite"):
        arrived = with_database(wanted, partial(_send_by_running, line=chosen, to=to, text=text))
    else:
        arrived = with_database(wanted, partial(_send_straight, wanted=wanted, line=chosen, to=to, text=text))
    raise typer.Exit(0 if arrived else 1)


@sms.command()
def watch() -> None:
    """Follow what the running Sigap hears and sends by SMS, until Ctrl-C. Numbers are masked."""
    wanted = settings()
    with contextlib.suppress(KeyboardInterrupt):
        with_database(wanted, partial(_watch, cities=wanted.cities))


def _lines(wanted: Settings) -> list[Line]:
    try:
        return lines_of(accounts_of(wanted, discover()).values())
    except ValueError as error:
        raise refuse(error) from None


def _chosen(wanted: Settings, name: str) -> Line:
    lines = _lines(wanted)
    found = next((one for one in lines if name in ("", one.name)), None)
    if found is None:
        raise refuse(f"no line {name!r}: use one of {', '.join(one.name for one in lines)}")
    return found


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


async def _send_by_running(database: Database, line: Line, to: str, text: str) -> bool:
    """Put it into the running Sigap's outbox; it stands in the citizen's transcript like any other."""
    now = datetime.now(UTC)

    def queue(connection: Connection) -> int:
        sender = Sender("sms", line.name, to, phone=to)
        thread = find_or_open(connection, line.city, [sender], now)[sender.address]
        return int(say(connection, thread, Reply(text, author="system", urgency=1), now)["id"])

    key = await database.write(queue)
    shown = ""
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        row = await database.read(partial(_message, city=line.city, key=key))
        if row["state"] != shown:
            shown = row["state"]
            out.print(f"{_time(datetime.now(UTC))}  {shown}" + (f": {row['error']}" if row["error"] else ""))
        if shown in ENDED:
            return shown in ("delivered", "read")
        await asyncio.sleep(LOOK_EVERY)
    out.print("no delivery report came: the telephone may be off, or the network sends none")
    return shown == "sent"


def _message(connection: Connection, city: str, key: int) -> Any:
    return connection.execute(select(message).where(message.c.city == city, message.c.id == key)).mappings().one()


async def _send_straight(database: Database, wanted: Settings, line: Line, to: str, text: str) -> bool:
    """By the line itself. What it hears meanwhile stays on the SIM, and parts of it in the database, for Sigap."""
    await migrate(database)
    async with aiohttp.ClientSession() as http:
        gateway = open_gateway(SystemClock(), http, DatabaseStore(database), _lines(wanted))
        reports: asyncio.Queue[SmsReport] = asyncio.Queue()

        async def hear(heard: Heard) -> None:
            if not isinstance(heard, SmsReport):
                raise RuntimeError("left on the SIM for Sigap")
            reports.put_nowait(heard)

        listening = asyncio.create_task(gateway.listen(line.name, hear))
        try:
            return await _follow(gateway, line, to, text, reports)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _follow(gateway: Lines, line: Line, to: str, text: str, reports: asyncio.Queue[SmsReport]) -> bool:
    failure = ""
    for _ in range(int(PATIENCE / 3)):  # a modem takes some seconds to wake
        try:
            reference = await gateway.send(line.name, to, text, key=0, urgent=True)
            break
        except SmsFailed as error:
            if error.permanent or error.doubt:
                raise refuse(f"not sent: {error.reason}") from None
            if error.reason != failure:
                failure = error.reason
                out.print(f"{_time(datetime.now(UTC))}  {failure}; tried again")
            await asyncio.sleep(3)
    else:
        raise refuse(f"not sent: {failure}")
    out.print(f"{_time(datetime.now(UTC))}  sent")
    try:
        async with asyncio.timeout(PATIENCE):
            while (report := await reports.get()).reference != reference:
                pass
    except TimeoutError:
        out.print("no delivery report came: the telephone may be off, or the network sends none")
        return True
    out.print(f"{_time(report.at)}  {report.state}" + (f": {report.error}" if report.error else ""))
    return report.state == "delivered"


async def _watch(database: Database, cities: tuple[str, ...]) -> None:
    """By polling: the process that serves the lines is another one."""
    since, seen = datetime.now(UTC) - timedelta(minutes=10), dict[int, str]()
    up: dict[tuple[str, str], bool] = {}
    while True:
        for row in await database.read(partial(_sms_since, cities=cities, since=since)):
            state = row["state"] or "heard"
            if seen.get(row["id"]) != state:
                seen[row["id"]] = state
                out.print(_shown(row, state), markup=False, highlight=False, soft_wrap=True)
        for city, state, _ in await database.read(partial(kept_states, cities=cities)):
            if up.get((city, state.line)) != state.up:
                up[city, state.line] = state.up
                out.print(
                    f"{_time(datetime.now(UTC))}  {state.line}: {'works' if state.up else state.detail}", markup=False
                )
        await asyncio.sleep(LOOK_EVERY)


def _shown(row: Any, state: str) -> str:
    arrow = "<-" if row["direction"] == "in" else "->"
    return f"{_time(row['created_at'])}  {row['account']} {arrow} {mask(row['chat'])}  {state}: {row['text'][:120]!r}"


def _sms_since(connection: Connection, cities: tuple[str, ...], since: datetime) -> list[Any]:
    found: list[Any] = []
    for city in cities:
        recent = (message.c.city == city, message.c.channel == "sms", message.c.created_at > since)
        rows = connection.execute(
            select(message).where(*recent).order_by(message.c.created_at, message.c.id).limit(500)
        )
        found += rows.mappings()
    return found
