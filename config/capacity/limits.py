"""At which rate each limit binds, for what one has: the lowest breaks first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.capacity.erlang import cases_for
from config.capacity.load import Have
from config.capacity.needs import POOL, notices
from config.capacity.work import BUSY, MODEM, TELEGRAM, Work


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that binds: what there is of it, at how many messages a second it binds, and why."""

    name: str
    have: str
    binds_at: float
    why: str


def limits_of(work: Work, have: Have) -> list[Limit]:
    """In the order in which they bind."""
    found = [*_processes(work, have), *_around_the_database(work, have), *_providers(work, have), *_desk(work, have)]
    return sorted(found, key=lambda one: one.binds_at)


def _processes(work: Work, have: Have) -> Iterator[Limit]:
    databases = have.databases or 1
    quiet, quiet_server = work.quiet()
    if (web := have.web_processes) is not None:
        why = f"each one core, at most {BUSY:.0%} busy"
        yield Limit("web processes", f"{web:,}", _rate(work, web, work.web, BUSY, databases), why)
    if (workers := have.workers) is not None:
        why = f"each one core, at most {BUSY:.0%} busy: sending, looking again"
        yield Limit("workers", f"{workers:,}", _rate(work, workers, work.worker, BUSY - quiet, databases), why)
    if (cores := have.postgres_cores) is not None:
        around = ((have.web_processes or 0) + (have.workers or 0)) // databases
        free = BUSY * cores - (have.workers or 0) * quiet_server - databases * notices(work, around)
        why = f"at most {BUSY:.0%} busy: turns, claims, notes, reports"
        yield Limit("PostgreSQL cores", f"{cores:,}", max(0.0, free) * 1e6 / work.postgres, why)


def _rate(work: Work, processes: int, cost: float, share: float, databases: int) -> float:
    """Messages a second of ``processes`` that also hear what others keep in their cities."""
    hearing = processes / databases * work.hearing(databases)
    return max(0.0, processes * share * 1e6 / (cost + hearing))


def _around_the_database(work: Work, have: Have) -> Iterator[Limit]:
    """How many processes may stand around a database, and what may be told among them."""
    databases = have.databases or 1
    if (connections := have.postgres_connections) is not None:
        most = connections // POOL
        rate = _rate(work, most * databases, work.web + work.worker, BUSY, databases)
        yield Limit("database connections", f"{connections:,}", rate, f"{POOL} a process: room for {most} of them")
    if hearing := work.hearing(databases):
        each = work.costs.web_us.elsewhere
        why = f"each process hears of its cities' messages, {each:.0f} us: then it does nothing else"
        rate = databases * BUSY * 1e6 / hearing
        yield Limit("notices among processes", _counted(database=databases), rate, why)


def _providers(work: Work, have: Have) -> Iterator[Limit]:
    load = work.load
    if have.whatsapp_numbers is not None and work.whatsapp:
        why = f"{load.whatsapp_rate:,g} messages a second each, both ways together"
        rate = have.whatsapp_numbers * load.whatsapp_rate / work.whatsapp
        yield Limit("WhatsApp numbers", f"{have.whatsapp_numbers:,}", rate, why)
    if have.telegram_bots is not None and work.telegram:
        why = f"{TELEGRAM:g} messages a second each, 1 a second to one chat"
        yield Limit("Telegram bots", str(have.telegram_bots), have.telegram_bots * TELEGRAM / work.telegram, why)
    if (have.modems or have.smpp_binds) and work.sms:
        modems, binds = have.modems or 0, have.smpp_binds or 0
        rate = (modems * MODEM / 60 + binds * load.smpp_rate) / work.sms
        why = f"{MODEM:g} SMS a minute each modem, {load.smpp_rate:,g} a second each bind"
        yield Limit("SMS lines", _counted(modem=modems, bind=binds), rate, why)


def _counted(**things: int) -> str:
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in things.items() if count)


def _desk(work: Work, have: Have) -> Iterator[Limit]:
    load = work.load
    if have.operators is not None and load.emergencies:
        desks = min(load.cities, max(1, have.operators))
        cases = desks * cases_for(have.operators // desks, load.handling)
        why = f"90 % of cases opened within 15 s, {load.handling:g} s each, {_counted(desk=desks)}"
        yield Limit("operators", f"{have.operators:,}", cases / load.emergencies, why)
