"""What a message costs, as `python -m benchmarks.costs` measured it. Microseconds of CPU, bytes, megabytes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat, ValidationError

from config.findings import Mendable

FILE: Final = Path(__file__).parent / "costs.toml"
AGAIN: Final = "measure anew by `python -m benchmarks.costs --write`"


class BadCosts(Mendable):
    """The file of costs cannot be used."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measured(_Table):
    """When, where and on how much."""

    on: date
    machine: str
    messages: int
    rounds: int


class Web(_Table):
    """A web process: a message of somebody in need or of anybody else, in full batches of one city; a report.

    ``batch`` is what each further city of a batch costs, ``elsewhere`` hearing that another process kept a message.
    """

    other: PositiveFloat
    need: PositiveFloat
    batch: NonNegativeFloat
    report: PositiveFloat
    elsewhere: NonNegativeFloat


class WebParts(_Table):
    """Of which: the HTTP request, reading what it brings, understanding it, the turn on PostgreSQL."""

    request: NonNegativeFloat
    read: NonNegativeFloat
    understand: NonNegativeFloat
    turn: NonNegativeFloat


class Worker(_Table):
    """A worker: a reply claimed, sent, noted; looking again, by message; asking a quiet city for more.

    ``idle`` is what one that serves two quiet cities takes in a second.
    """

    reply: PositiveFloat
    look: NonNegativeFloat
    claim: NonNegativeFloat
    idle: NonNegativeFloat


class Server(_Table):
    """The PostgreSQL server for the same; ``notice`` is for passing one on to one process."""

    other: PositiveFloat
    need: PositiveFloat
    reply: PositiveFloat
    look: NonNegativeFloat
    report: PositiveFloat
    batch: NonNegativeFloat
    claim: NonNegativeFloat
    notice: NonNegativeFloat


class Log(_Table):
    """Bytes of PostgreSQL's write-ahead log."""

    other: PositiveFloat
    need: PositiveFloat
    reply: PositiveFloat
    look: NonNegativeFloat
    report: PositiveFloat


class Disk(_Table):
    """Bytes on PostgreSQL's disk by message heard, its reply included."""

    raw: PositiveFloat
    rows: PositiveFloat
    indexes: PositiveFloat


class Wire(_Table):
    """Bytes of HTTP before encryption: a message's delivery, a report's, a reply's request."""

    message: PositiveFloat
    report: PositiveFloat
    reply: PositiveFloat


class Memory(_Table):
    """Megabytes of a process, resident."""

    web: PositiveFloat
    worker: PositiveFloat


class Shape(_Table):
    """How conversations run: messages in a full batch, replies, SMS."""

    in_a_batch: PositiveFloat
    replies_a_message: PositiveFloat
    sms_a_reply: PositiveFloat


class Run(_Table):
    """`sigap run` on SQLite, everything in one process."""

    other: PositiveFloat
    need: PositiveFloat
    reply: PositiveFloat
    look: NonNegativeFloat
    report: PositiveFloat


class Costs(_Table):
    """All of the file."""

    measured: Measured
    web_us: Web
    web_parts_us: WebParts
    worker_us: Worker
    postgres_us: Server
    log_bytes: Log
    disk_bytes: Disk
    wire_bytes: Wire
    memory_mb: Memory
    shape: Shape
    run_us: Run
    check_us: dict[str, float]  # for whoever reads the file: the same by other ways

    @property
    def provenance(self) -> str:
        """A sentence: when, where, how to do it again."""
        what = self.measured
        return f"Costs measured on {what.on} on {what.machine}, {what.messages:,} messages. Your own machine's: {AGAIN}"


def read_costs(file: Path = FILE) -> Costs:
    """The costs that were measured last. Raises BadCosts."""
    try:
        return Costs.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as wrong:
        raise BadCosts(f"{file} cannot be read ({wrong.strerror})", AGAIN) from None
    except tomllib.TOMLDecodeError as wrong:
        raise BadCosts(f"{file} is no TOML ({wrong})", AGAIN) from None
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadCosts(f"{file}: {place}: {first['msg']}", AGAIN) from None
