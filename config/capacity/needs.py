"""What a load needs: processes, cores, memory, disk, connections, bandwidth, numbers, lines, operators."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from config.capacity.erlang import operators_for
from config.capacity.load import BadLoad, Load
from config.capacity.words import cities_of
from config.capacity.work import BUSY, MODEM, TELEGRAM, Work

LEAST: Final = 2  # processes of a kind: one may die
# Connections that a process holds at most: to write, to claim, to read, and to hear of others.
POOL: Final = 6 + 3 + 4 + 1
NOTICES: Final = 50.0  # a second that a busy process tells the others: one every 20 ms (config.bus)
LARGEST: Final = 64  # cores of the largest PostgreSQL server that one buys
MOST_CONNECTIONS: Final = 1_000  # that it serves without a pooler, whose sharing LISTEN does not bear
CONNECTION_MB: Final = 10.0
SERVER_MB: Final = 2_000.0  # of PostgreSQL at least
HOT: Final = 1 / 6  # of an hour of the peak: what replies and reports still touch
DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Needs:
    """Totals. Rates are a second at the worst moment; disk grows at a usual day's average."""

    databases: int
    web_processes: int
    workers: int
    web_cores: float
    worker_cores: float
    postgres_cores: int  # of all servers together
    postgres_connections: int
    process_memory_mb: float
    postgres_memory_mb: float
    log_mb_a_second: float
    disk_gb_a_day: float
    disk_gb_kept: float
    disk_gb_an_hour_of_peak: float
    messages_a_day: float
    media_gb_a_day: float
    media_gb_kept: float
    mbit_in: float
    mbit_out: float
    whatsapp_numbers: int
    telegram_bots: int
    sms_a_second: float
    modems: int
    smpp_binds: int
    cases_a_second: float
    operators: int
    operators_a_city: int
    sqlite_up_to: float  # messages a second that one `sigap run` carries
    sqlite_is_enough: bool


@dataclass(frozen=True, slots=True)
class Processes:
    """What stands around one database, and how many databases."""

    databases: int
    web: int
    workers: int


def room(work: Work, databases: int, *, worker: bool) -> float:
    """The share of a core that a process has for its own messages.

    It hears of what the others keep in its own cities; a worker also asks them for something to send.
    """
    elsewhere = work.load.messages / databases * work.hearing(databases, worker=worker) / 1e6
    return BUSY - elsewhere - (work.quiet()[0] if worker else 0.0)


def processes_of(work: Work) -> Processes:
    """The fewest databases that the load fits on, with their processes. Raises BadLoad where a city would be split."""
    load = work.load
    for databases in range(1, load.cities + 1):
        found = _around(work, databases)
        if found is not None:
            return found
    raise BadLoad(
        f"{load.messages:,.0f} messages a second of {cities_of(load.cities)} are more than a database each carries",
        "a city is never split, so name more of them: --cities 514",
    )


def _around(work: Work, databases: int) -> Processes | None:
    load = work.load
    messages = load.messages / databases
    cities = load.cities / databases
    rooms = room(work, databases, worker=False), room(work, databases, worker=True)
    if min(rooms) <= BUSY / 10:
        return None
    web = max(LEAST, ceil(cities / work.cities_together), ceil(messages * work.web / 1e6 / rooms[0]))
    workers = max(LEAST, ceil(cities / work.cities_a_worker), ceil(messages * work.worker / 1e6 / rooms[1]))
    if POOL * (web + workers) > MOST_CONNECTIONS or _server(work, messages, web + workers, workers) > LARGEST:
        return None
    return Processes(databases, web * databases, workers * databases)


def _server(work: Work, messages: float, processes: int, workers: int) -> float:
    """Cores of one PostgreSQL server."""
    return (messages * work.postgres / 1e6 + workers * work.quiet()[1] + notices(work, processes)) / BUSY


def _servers(work: Work, stand: Processes) -> int:
    """Cores of all servers together."""
    workers, around = stand.workers // stand.databases, (stand.web + stand.workers) // stand.databases
    return stand.databases * ceil(_server(work, work.load.messages / stand.databases, around, workers))


def notices(work: Work, processes: int) -> float:
    """Cores' worth of a server that passes each process' notices on to all the others."""
    return NOTICES * processes * max(0, processes - 1) * work.costs.postgres_us.notice / 1e6


def needs_of(work: Work) -> Needs:
    """Everything that the load needs. Raises BadLoad."""
    load, costs = work.load, work.costs
    stand = processes_of(work)
    average = load.messages / load.peak * DAY
    connections = POOL * (stand.web + stand.workers)
    kept = average * load.keep_days + load.messages * 3600 * load.peak_hours
    hour = load.messages * 3600 * work.disk / 1e9
    desk = operators_for(load.cases / load.cities, load.handling)
    return Needs(
        databases=stand.databases,
        web_processes=stand.web,
        workers=stand.workers,
        web_cores=load.messages * work.web / 1e6,
        worker_cores=load.messages * work.worker / 1e6,
        postgres_cores=_servers(work, stand),
        postgres_connections=connections,
        process_memory_mb=stand.web * costs.memory_mb.web + stand.workers * costs.memory_mb.worker,
        postgres_memory_mb=stand.databases * SERVER_MB + 1000 * hour * HOT + connections * CONNECTION_MB,
        log_mb_a_second=load.messages * work.log / 1e6,
        disk_gb_a_day=average * work.disk / 1e9,
        disk_gb_kept=kept * work.disk / 1e9,
        disk_gb_an_hour_of_peak=hour,
        messages_a_day=average,
        media_gb_a_day=average * work.media / 1e9,
        media_gb_kept=kept * work.media / 1e9,
        mbit_in=load.messages * work.bytes_in * 8 / 1e6,
        mbit_out=load.messages * work.bytes_out * 8 / 1e6,
        whatsapp_numbers=_by_city(load, work.whatsapp, load.whatsapp_rate),
        telegram_bots=_by_city(load, work.telegram, TELEGRAM),
        sms_a_second=load.messages * work.sms,
        modems=_by_city(load, work.sms, MODEM / 60),
        smpp_binds=ceil(load.messages * work.sms / load.smpp_rate),
        cases_a_second=load.cases,
        operators=desk * load.cities,
        operators_a_city=desk,
        sqlite_up_to=sqlite_up_to(work),
        sqlite_is_enough=load.messages <= sqlite_up_to(work),
    )


def sqlite_up_to(work: Work) -> float:
    """Messages a second that one `sigap run` on SQLite carries: one core's worth of Python, whatever the machine."""
    return BUSY * 1e6 / work.run


def _by_city(load: Load, a_message: float, rate: float) -> int:
    """How many of ``rate`` a second each, every city having its own."""
    return load.cities * ceil(load.messages / load.cities * a_message / rate)
