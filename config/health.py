"""How each part fares: for /health, the consoles' banner, and whoever watches the machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from config.database import Priority, insert_or_update, retrieve
from config.database_problems import explain
from config.leases import lease
from config.processes import Processes
from config.witness import Witness, first_of, reason
from handoff import accounts as account_states
from handoff.tables import counter
from sms_gateway.gateway import Gateway

TRY_EVERY = 3.0  # seconds between two tries to write
PATIENCE = 3.0  # seconds after which a write that is not durable yet, or a read without an answer, counts as failed
# Bytes that a try writes. Once something real could not be stored, only a try that takes far more room than a turn
# shows that there is some again: on a full disk a small row may still fit where no message does.
WEIGHT, PROOF = 4 * 1024, 1024 * 1024

UNATTENDED = 10.0  # seconds without a worker that a start, or the restart of the only one, explains

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Part = dict[str, Any]


class Health:
    """Asks the database and every account. ``accounts`` are (channel, name)."""

    def __init__(
        self,
        database: Witness,
        cities: Sequence[str],
        accounts: Sequence[tuple[str, str]],
        *,
        patience: float = PATIENCE,
        moment: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._cities = cities
        self._accounts = sorted(accounts)
        self._watched: list[Callable[[], list[Part]]] = []
        self._patience = patience
        self._moment = moment
        self._tried_at: float | None = None
        self._fault: str | None = None  # why the last write failed
        self._trying = asyncio.Lock()
        self._reading: asyncio.Future[list[Any]] | None = None

    def watch(self, parts: Callable[[], list[Part]]) -> None:
        """Show ``parts`` too: the background loops of this process."""
        self._watched.append(parts)

    async def parts(self) -> list[Part]:
        """Each part's name, whether it works, whether nothing works without it (``needed``), and a word on it."""
        try:
            states = await self._read()
        except TimeoutError:
            return [_needed("database", f"nothing was read within {self._patience:g} s", "")]
        except Exception as error:  # whatever the driver raises: the part is down
            return [_needed("database", _complaint(error), "")]
        kept = {(one["channel"], one["account"]): one for one in states}
        parts = [
            _needed("database", None, self._database.url.get_backend_name()),
            _needed("writing", await self._writing(), "in order"),
        ]
        if self._database.hears is not None:
            parts.append(_bus_part(self._database.hears))
        parts += [_account_part(channel, name, kept.get((channel, name))) for channel, name in self._accounts]
        return [*parts, *(part for watched in self._watched for part in watched())]

    async def _read(self) -> list[Any]:
        """How the accounts fare; TimeoutError where no answer comes.

        A question that nobody answers is not asked again meanwhile: each would hold a connection, and to take one back
        from a server that stands still lasts seconds.
        """
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(self._database.read(self._states))
        done, _ = await asyncio.wait([self._reading], timeout=self._patience)
        if not done:
            self._reading.add_done_callback(retrieve)
            raise TimeoutError
        return self._reading.result()

    async def _writing(self) -> str | None:
        """Why nothing can be stored; None where it can. Tried for real, but not with every question."""
        async with self._trying:
            if self._tried_at is None or self._moment() - self._tried_at >= TRY_EVERY:
                failed = self._fault or self._database.fault
                self._fault = await self._try_to_write(PROOF if failed else WEIGHT)
                self._tried_at = self._moment()
                if self._fault is None:
                    self._database.fault = None
            return self._fault or self._database.fault

    async def _try_to_write(self, weight: int) -> str | None:
        write = self._database.write(partial(_renew, weight if self._database.is_sqlite else 0), Priority.OPERATOR)
        try:
            async with asyncio.timeout(self._patience):  # not wait_for, which may swallow the end of its own task
                await write
        except TimeoutError:
            return f"nothing was stored within {self._patience:g} s"
        except Exception as error:  # whatever the driver raises: nothing can be stored
            return reason(first_of(error))
        return None

    def _states(self, connection: Connection) -> list[Any]:
        connection.execute(select(counter).limit(1))
        return list(account_states.states(connection, self._cities))


def _renew(weight: int, connection: Connection) -> None:
    """A lease that nobody asks for: it needs no table of its own. PostgreSQL's column is short, its disk its own."""
    insert_or_update(connection, lease, [{"name": "health", "holder": "." * weight, "until": LONG_AGO}], ("name",))


def _complaint(error: Exception) -> str:
    """What is wrong with the database, and how to mend it where we know."""
    explained = explain(error)
    return ": ".join(explained) if explained else reason(first_of(error))


def _needed(name: str, fault: str | None, detail: str) -> Part:
    return {"name": name, "ok": fault is None, "needed": True, "detail": fault or detail}


def _bus_part(hears: bool) -> Part:
    detail = "in order" if hears else "the line to other processes is down: what they do shows late"
    return {"name": "other processes", "ok": hears, "needed": False, "detail": detail}


def _account_part(channel: str, name: str, state: Any) -> Part:
    fault = state["last_error"] if state else None
    heard = state["last_in_at"] if state else None
    told = f"last heard {heard:%Y-%m-%d %H:%M} UTC" if heard else "nothing heard yet"
    return {"name": f"{channel}/{name}", "ok": fault is None, "needed": False, "detail": fault or told}


def line_parts(gateway: Gateway) -> list[Part]:
    """The SMS lines of this process: what Gammu, an SMSC or an aggregator last said."""
    return [
        {"name": f"line {state.line}", "ok": state.up, "needed": False, "detail": state.detail}
        for _, state in gateway.states()
    ]


def clock_parts(processes: Processes) -> list[Part]:
    """Whether the machines agree on the time: what one writes for now another must find due."""
    off = processes.clock_is_off
    detail = f"another process' clock is {off:.0f} s off: keep NTP on on every machine" if off else "in order"
    return [{"name": "clocks", "ok": not off, "needed": False, "detail": detail}]


def worker_parts(processes: Processes, cities: Sequence[str]) -> list[Part]:
    """The cities that nobody works for. Their messages are stored all the same: nothing here is ``needed``."""
    idle = [city for city in cities if processes.unattended(city) > UNATTENDED]
    told = [f"nobody does the background work of {city}: start sigap worker" for city in idle]
    return [{"name": "workers", "ok": not idle, "needed": False, "detail": one} for one in told or ["in order"]]
