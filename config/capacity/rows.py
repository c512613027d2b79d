"""The answer in rows: for the terminal's tables and for the page of the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from config.capacity.answer import Answer
from config.capacity.costs import Costs
from config.capacity.load import Load
from config.capacity.needs import LARGEST, POOL, Needs
from config.capacity.words import cities_of, figure, gigabytes
from config.capacity.work import BUSY, MODEM, TELEGRAM, Work

Row = tuple[str, ...]
NEEDS: Final = ("needed", "how much", "reckoned")  # need_rows
LIMITS: Final = ("limit", "one has", "binds at messages/s", "why")  # limit_rows
COSTS: Final = ("what", "CPU: ours + PostgreSQL's", "and")  # cost_rows


def need_rows(given: Answer) -> list[Row]:
    """What is to be bought."""
    load, needs, work = given.load, given.needs, given.work
    return [
        *_machine_rows(needs, work, load),
        *_disk_rows(needs, work, load),
        *_provider_rows(needs, work, load),
        (
            "operators at the desk",
            figure(needs.operators),
            f"{figure(needs.cases_a_second)} cases/s ({load.emergencies:.1%} of messages), {load.handling:g} s each;"
            f" Erlang C, 90 % within 15 s; {figure(needs.operators_a_city)} a city",
        ),
    ]


def _machine_rows(needs: Needs, work: Work, load: Load) -> list[Row]:
    hearing = load.messages / needs.databases * work.hearing(needs.databases) / 1e6
    return [
        (
            "databases",
            figure(needs.databases),
            f"a city is never split; of {LARGEST} cores at most; a process serves {cities_of(work.cities_together)}",
        ),
        (
            "web processes",
            figure(needs.web_processes),
            f"{work.web:,.0f} us a message: {figure(needs.web_cores)} cores' worth; one core each, two at least,"
            f" {BUSY:.0%} busy, of it {hearing:.0%} with hearing of the others' messages",
        ),
        (
            "workers",
            figure(needs.workers),
            f"{work.worker:,.0f} us a message: {figure(needs.worker_cores)} cores' worth; the same",
        ),
        (
            "PostgreSQL cores",
            figure(needs.postgres_cores),
            f"{work.postgres:,.0f} us a message, {BUSY:.0%} busy",
        ),
        ("PostgreSQL connections", figure(needs.postgres_connections), f"{POOL} a process at most: max_connections"),
        (
            "memory",
            f"{gigabytes(needs.process_memory_mb / 1000)} + {gigabytes(needs.postgres_memory_mb / 1000)}",
            f"processes ({work.costs.memory_mb.web:.0f} MB a web process, {work.costs.memory_mb.worker:.0f} a worker)"
            " + PostgreSQL (2 GB, ten minutes of the peak, 10 MB a connection)",
        ),
    ]


def _disk_rows(needs: Needs, work: Work, load: Load) -> list[Row]:
    disk = work.costs.disk_bytes
    return [
        ("write-ahead log", f"{figure(needs.log_mb_a_second)} MB/s", f"{work.log:,.0f} bytes a message, at the peak"),
        (
            "disk a usual day",
            gigabytes(needs.disk_gb_a_day),
            f"{figure(round(needs.messages_a_day))} messages, a {load.peak:g}th of the peak (assumed);"
            f" {disk.rows:,.0f} bytes a message, indexes {disk.indexes:,.0f}, raw bodies {disk.raw:,.0f}",
        ),
        (
            f"disk for {load.keep_days} days",
            gigabytes(needs.disk_gb_kept),
            f"with {load.peak_hours:g} hours at the peak, {gigabytes(needs.disk_gb_an_hour_of_peak)} each;"
            " leave as much again free",
        ),
        (
            f"media for {load.keep_days} days",
            gigabytes(needs.media_gb_kept),
            f"{gigabytes(needs.media_gb_a_day)} a usual day; {load.media:.0%} of messages bring {load.media_kb:g} kB"
            " (assumed)",
        ),
        (
            "network",
            f"{figure(needs.mbit_in)} in, {figure(needs.mbit_out)} out Mbit/s",
            f"{work.bytes_in:,.0f} bytes in and {work.bytes_out:,.0f} out a message, with media and a fifth for TLS",
        ),
    ]


def _provider_rows(needs: Needs, work: Work, load: Load) -> list[Row]:
    share = load.mix.get
    rows = [
        (
            "WhatsApp numbers",
            needs.whatsapp_numbers,
            f"{load.whatsapp_rate:,g} messages/s each, both ways; {share('whatsapp', 0.0):.0%} of messages",
        ),
        (
            "Telegram bots",
            needs.telegram_bots,
            f"{TELEGRAM:g} replies/s each, 1/s a chat; {share('telegram', 0.0):.0%} of messages",
        ),
        (
            "GSM modems",
            needs.modems,
            f"{MODEM:g} SMS a minute each; {figure(needs.sms_a_second)} SMS/s leave,"
            f" {work.costs.shape.sms_a_reply:g} a reply; {share('sms', 0.0):.0%} of messages",
        ),
        ("or SMPP binds", needs.smpp_binds, f"{load.smpp_rate:,g} SMS/s each as the carrier sells it (assumed)"),
    ]
    return [(name, figure(count), how) for name, count, how in rows if count]


def limit_rows(given: Answer) -> list[Row]:
    """Which limit binds, the first first."""
    return [(one.name, one.have, figure(one.binds_at), one.why) for one in given.limits]


def markdown(given: Answer) -> str:
    """Both tables and the two sentences as a page of the docs holds them."""
    told = [given.first, given.sqlite]
    return "\n".join([*_table(NEEDS, need_rows(given)), "", *_table(LIMITS, limit_rows(given)), "", *told])


def markdown_costs(costs: Costs) -> str:
    """What a message costs, and where that comes from."""
    return "\n".join([*_table(COSTS, cost_rows(costs)), "", f"{costs.provenance}."])


def _table(head: Row, rows: Sequence[Row]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def cost_rows(costs: Costs) -> list[Row]:
    """What a message costs, for the docs."""
    web, worker, server, log = costs.web_us, costs.worker_us, costs.postgres_us, costs.log_bytes
    parts = costs.web_parts_us
    of_it = f"HTTP {parts.request:.0f}, reading {parts.read:.0f}, understanding {parts.understand:.0f}, turn"
    of_it = f"{of_it} {parts.turn:.0f}"
    named: Mapping[str, tuple[float, float, float, str]] = {
        "a message, web process": (web.other, server.other, log.other, of_it),
        "one of somebody in need, web process": (web.need, server.need, log.need, "opens a case or adds to it"),
        "a reply, worker": (worker.reply, server.reply, log.reply, "claimed, sent by HTTP, noted"),
        "a report of delivery, web process": (web.report, server.report, log.report, "WhatsApp sends three a reply"),
        "looking again, worker": (worker.look, server.look, log.look, "by message"),
    }
    rows: list[Row] = [
        (name, f"{ours:,.0f} us + {theirs:,.0f} us", f"{logged:,.0f} bytes of log; {how}")
        for name, (ours, theirs, logged, how) in named.items()
    ]
    usual = Work(Load(1.0), costs)
    told = f"with {usual.replies:.2f} replies and {usual.reports:.1f} reports, in the usual mix of channels"
    both = f"{usual.web + usual.worker:,.0f} us + {usual.postgres:,.0f} us"
    rows.append(("all of a message, PostgreSQL", both, told))
    rows.append(("all of a message, `sigap run` on SQLite", f"{usual.run:,.0f} us", "the same"))
    rows.append(
        ("another process' message, each process", f"{web.elsewhere:.0f} us", "heard of by PostgreSQL's notices")
    )
    return rows
