"""Everywhere the same lock order: what whole stories lock on PostgreSQL, transaction by transaction.

Two transactions that wait for each other's rows cost an emergency a second, until PostgreSQL breaks one of them off.
Where all of them come to the tables in one order, none ever does.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import sqlglot
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlglot import exp

from bots.channel import SendFailed
from bots.message import DeliveryReport
from handoff.tables import incident, message
from tests.city_rule import Recorder, Statement
from tests.fakes import World, open_world
from tests.two_cities import CITIES, STORIES, Town, open_town

# What has no city comes first, then one city after another, by their slugs; within each:
ORDER: Final = (
    "process",  # a process's own row; another's only where nobody else is just burying it
    "lease",  # what the dead held
    "login_source",  # whoever guesses passwords is counted before any account is looked at
    "operator",
    "session",
    "draft",  # an answer's draft, before the answer that comes of it
    "entry",
    "contact",  # a turn begins here: whoever has a citizen's contact has all that is theirs
    "conversation",
    "incident",  # before messages: who waits for a case must not hold what its turn is about to drop
    "counter",  # holds up every other new case of its city: only once everything else of a case is held
    "heard_question",  # what is kept to learn from; nobody waits for it
    "judgement",
    "example",
    "message",  # senders and reports lock cases before them, and accounts after
    "raw_body",
    "attachment",
    "account_state",  # one row for all of an account's messages: held for as short as can be
    "sms_part",  # the gateway knows no bot: transactions of its own
    "sms_sent",
    "sms_refused_pin",
    "sms_line",
)
RANK: Final = {name: number for number, name in enumerate(ORDER)}
# Out of order, and why nobody can wait for them the other way round. By function and table.
EXEMPT: Final = {
    ("handoff/conversations.py:drop_unsent", "message"): "of a conversation that is held: others who come to these "
    "messages (senders, reports) never wait for what a turn locks later, the counter",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that locks rows of one table. ``keys``: their ids; None where they are found in another way."""

    table: str
    city: str
    keys: tuple[Any, ...] | None
    where: str
    waits: bool = True  # for whoever has such a row; a new row waits for nobody, nor does SKIP LOCKED
    new: bool = False
    sorted: bool = True  # whether several rows are locked in one order


class Transactions(Recorder):
    """Hears what is committed, transaction by transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.committed: list[list[Statement]] = []
        self._open: dict[int, list[Statement]] = {}

    def start(self) -> None:
        super().start()
        event.listen(Engine, "commit", self._commit)
        event.listen(Engine, "rollback", self._forget)

    def stop(self) -> None:
        super().stop()
        event.remove(Engine, "commit", self._commit)
        event.remove(Engine, "rollback", self._forget)

    def _hear(self, connection: Connection, *more: Any) -> None:
        super()._hear(connection, *more)
        self._open.setdefault(_key(connection), []).append(self.heard[-1])

    def _commit(self, connection: Connection) -> None:
        if said := self._open.pop(_key(connection), None):
            self.committed.append(said)

    def _forget(self, connection: Connection) -> None:
        self._open.pop(_key(connection), None)


def _key(connection: Connection) -> int:
    return id(connection.connection.dbapi_connection)


# ---- which rows a statement locks


@cache
def _tree(sql: str) -> exp.Expr:
    """The statement. ``$1,$`` would be read as the beginning of a quotation."""
    return sqlglot.parse_one(re.sub(r"\$(\d+)", r":v\1", sql), read="postgres")


def steps(statement: Statement) -> Iterator[Step]:
    if statement.sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
        return
    tree = _tree(statement.sql)
    if isinstance(tree, exp.Insert):
        yield from _inserted(tree, statement)
    elif isinstance(tree, exp.Update | exp.Delete):
        yield from _found(tree, tree.this.name, statement, sorts=True)
    elif isinstance(tree, exp.Select) and (locks := tree.args.get("locks")):
        waits = locks[0].args.get("wait") is None
        sorts = tree.args.get("order") is not None or not _asks_for_many(tree)
        for table in _own_tables(tree):
            yield from _found(tree, table, statement, waits=waits, sorts=sorts)


def _inserted(tree: exp.Insert, statement: Statement) -> Iterator[Step]:
    columns = [column.name for column in tree.this.expressions]
    (values,) = tree.expression.expressions
    table, conflict = tree.this.this.name, tree.args.get("conflict") is not None
    for run in statement.runs:
        row = {name: _value(one, run) for name, one in zip(columns, values.expressions, strict=True)}
        keys = (row["id"],) if "id" in row else None
        yield Step(table, row.get("city", ""), keys, statement.where, waits=conflict, new=not conflict)


def _found(tree: exp.Expr, table: str, statement: Statement, *, sorts: bool, waits: bool = True) -> Iterator[Step]:
    ids = [_ids(tree, run) for run in statement.runs]
    cities = [next((str(one) for one in _equal(tree, "city", run)), "") for run in statement.runs]
    for city in sorted(set(cities)):
        ours = [one for one, where in zip(ids, cities, strict=True) if where == city]
        named = [key for one in ours for key in one or ()]
        in_order = sorts and named == sorted(named)
        keys = None if None in ours else tuple(named)
        yield Step(table, city, keys, statement.where, waits=waits, sorted=in_order)


def _own_tables(tree: exp.Expr) -> list[str]:
    """FOR UPDATE locks rows of the query itself, not of queries within it."""
    source = tree.args.get("from_") or tree.args.get("from")
    tables = [source.this if source else None, *(join.this for join in tree.args.get("joins") or ())]
    return [one.name for one in tables if isinstance(one, exp.Table)]


def _ids(tree: exp.Expr, run: Sequence[Any]) -> list[Any] | None:
    """Values that ``id`` is compared with, one or a list of them; None where it is not."""
    found: list[Any] = []
    for value in _equal(tree, "id", run):
        found += value if isinstance(value, list | tuple) else [value]
    return found or None


def _equal(tree: exp.Expr, column: str, run: Sequence[Any]) -> Iterator[Any]:
    where = tree.args.get("where")
    for said in where.find_all(exp.EQ) if where is not None else ():
        if isinstance(said.left, exp.Column) and said.left.name == column:
            yield _value(said.right, run)


def _asks_for_many(tree: exp.Expr) -> bool:
    return tree.find(exp.Any, exp.In) is not None


def _value(side: exp.Expr, run: Sequence[Any]) -> Any:
    for one in side.find_all(exp.Placeholder):
        return run[int(one.name.removeprefix("v")) - 1]
    return None


# ---- whether a transaction keeps to the order


@dataclass(slots=True)
class Held:
    """What a transaction has locked so far."""

    furthest: tuple[str, int] = ("", -1)
    last: str = ""
    found: set[tuple[str, str]] = field(default_factory=set)  # (city, table) of rows that were found and locked
    keys: set[tuple[str, str, Any]] = field(default_factory=set)

    def covers(self, step: Step) -> bool:
        """Whether the rows are the transaction's own already."""
        keys = step.keys or ()
        return (step.city, step.table) in self.found or (
            bool(keys) and all((step.city, step.table, key) in self.keys for key in keys)
        )

    def take(self, step: Step) -> None:
        if step.keys is None:
            self.found.add((step.city, step.table))
        self.keys |= {(step.city, step.table, key) for key in step.keys or ()}
        if not step.new and (step.where, step.table) not in EXEMPT:
            self.furthest, self.last = max((self.furthest, self.last), (_rank(step), step.where))


def _rank(step: Step) -> tuple[str, int]:
    return step.city, RANK[step.table]


def faults(transaction: Iterable[Step]) -> list[str]:
    """What of a transaction's locks comes too late."""
    held, wrong = Held(), []
    for step in transaction:
        if step.waits and not held.covers(step):
            if _rank(step) < held.furthest:
                city, rank = held.furthest
                wrong.append(
                    f"{step.where} locks {step.table} of {step.city} after {ORDER[rank]} of {city} ({held.last})"
                )
            if not step.sorted:
                wrong.append(f"{step.where} locks rows of {step.table} in no order")
        held.take(step)
    return wrong


def wrong_in(committed: Iterable[Iterable[Statement]]) -> list[str]:
    found = [faults([step for one in said for step in steps(one)]) for said in committed]
    return sorted({one for each in found for one in each})


# ---- the rule itself


def said(*statements: tuple[str, Sequence[Any]]) -> list[str]:
    return wrong_in([[Statement(sql, (values,), "bots/some.py:where") for sql, values in statements]])


CASE = ("SELECT incident.id FROM incident WHERE incident.city = $1 AND incident.id = $2 FOR UPDATE", ("ambon", 1))
DROP = ("UPDATE message SET state=$1 WHERE message.city = $2 AND message.conversation_id = $3", ("x", "ambon", 7))


def test_an_order_that_is_kept_is_let_through() -> None:
    assert said(CASE, DROP) == []


def test_what_comes_too_late_is_named_with_its_function() -> None:
    (named,) = said(DROP, CASE)
    assert named == "bots/some.py:where locks incident of ambon after message of ambon (bots/some.py:where)"


def test_one_city_comes_after_another() -> None:
    elsewhere = (CASE[0], ("kendari", 1))
    assert said(DROP, elsewhere) == []
    assert len(said(elsewhere, DROP)) == 1


def test_what_waits_for_nobody_may_come_late_but_is_held() -> None:
    free = ("SELECT incident.id FROM incident WHERE incident.city = $1 LIMIT 9 FOR UPDATE SKIP LOCKED", ("ambon",))
    talk = ("UPDATE conversation SET silent=$1 WHERE conversation.city = $2 AND conversation.id = $3", (1, "ambon", 7))
    assert said(DROP, free) == []
    assert len(said(free, talk)) == 1


def test_what_is_held_already_may_be_written_again() -> None:
    write = ("UPDATE incident SET note=$1 WHERE incident.city = $2 AND incident.id = $3", ("", "ambon", 1))
    assert said(CASE, DROP, write) == []
    assert len(said(CASE, DROP, (write[0], ("", "ambon", 2)))) == 1
    new = ("INSERT INTO incident (city, id) VALUES ($1, $2)", ("ambon", 2))
    assert said(DROP, new, (write[0], ("", "ambon", 2))) == []


def test_several_rows_are_locked_in_order() -> None:
    many = "SELECT incident.id FROM incident WHERE incident.city = $1 AND incident.id = ANY ($2::BIGINT[])"
    assert len(said((f"{many} FOR UPDATE", ("ambon", [1, 2])))) == 1
    assert said((f"{many} ORDER BY incident.id FOR UPDATE", ("ambon", [1, 2]))) == []
    update = "UPDATE incident SET note=$1 WHERE incident.city = $2 AND incident.id = $3"
    for runs, count in (((("", "ambon", 1), ("", "ambon", 2)), 0), ((("", "ambon", 2), ("", "ambon", 1)), 1)):
        assert len(wrong_in([[Statement(update, runs, "x")]])) == count


# ---- whole stories


async def what_we_say_does_not_arrive(town: Town) -> None:
    """A message refused for good, one reported as failed, one that is too late: each rings on its case."""
    before = {row["id"] for row in await town.rows(message)}
    for city in CITIES:
        town.channel.faults.append(SendFailed("blocked", permanent=True))
        await town.hear(city, town.message("tolong ada kebakaran", "f1"))
        await town.hear(city, town.message("tolong ada kebakaran", "f2"))
    await town.work(1.0)
    ours = [row for row in await town.rows(message) if row["id"] not in before and row["direction"] == "out"]
    for row in ours:
        if row["provider_id"]:
            await town.hear(row["city"], reports=(DeliveryReport(row["provider_id"], "failed", town.clock.now()),))
    for city in CITIES:
        await town.hear(city, town.message("tolong ada kebakaran", "f3"))
    town.clock.advance(7 * 86_400)
    await town.work(10.0)
    states = {row["state"] for row in await town.rows(message) if row["id"] not in before}
    assert {"failed", "stale"} <= states


@pytest.mark.postgres
@pytest.mark.slow
async def test_every_transaction_of_whole_stories_keeps_the_order(postgres_url: str, tmp_path: Path) -> None:
    heard = Transactions()
    async with open_town(postgres_url, tmp_path) as town:
        heard.start()
        try:
            for story in (*STORIES, what_we_say_does_not_arrive):
                await story(town)
        finally:
            heard.stop()
    ours = [[one for one in transaction if one.where != "?"] for transaction in heard.committed]
    locked = {step.table for said in ours for one in said for step in steps(one) if not step.new}
    assert locked == set(ORDER), "the order names what is locked, all of it and no more"
    assert (wrong := wrong_in(ours)) == [], "\n".join(wrong)


# ---- who holds a case is held up by no message of it


@asynccontextmanager
async def holding_a_case(url: str) -> AsyncIterator[AsyncConnection]:
    """Another process is in the middle of a turn: it holds the case, and is about to drop what waits to be sent."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.execute(select(incident).with_for_update())
        yield connection
    await engine.dispose()


async def drop_all(turn: AsyncConnection) -> None:
    await turn.execute(text("SET LOCAL lock_timeout = '0.5s'"))  # before PostgreSQL would break a deadlock
    await turn.execute(message.update().where(message.c.direction == "out").values(error="dropped"))


async def send(world: World) -> None:
    await world.outbox.step()
    await world.outbox.drain()


async def states(world: World) -> Collection[str]:
    return {row["state"] for row in await world.rows(message) if row["direction"] == "out"}


@pytest.mark.postgres
async def test_who_claims_holds_no_message_while_it_waits_for_a_case(postgres_url: str) -> None:
    async with open_world(postgres_url) as world:
        await world.hear("tolong kebakaran")
        world.clock.advance(30 * 86_400)  # what is queued is too late to be of use, and rings
        async with holding_a_case(postgres_url) as turn:
            sending = asyncio.create_task(send(world))
            await asyncio.sleep(0.3)
            await drop_all(turn)
            assert not sending.done(), "it waits for the case"
        await asyncio.wait_for(sending, 30)
        assert "stale" in await states(world)
        assert [row["alarm"] for row in await world.rows(incident)] == ["send_failed"]


@pytest.mark.postgres
async def test_a_report_holds_no_message_while_it_waits_for_a_case(postgres_url: str) -> None:
    async with open_world(postgres_url) as world:
        await world.hear("tolong kebakaran")
        await world.settle()
        key = next(row["provider_id"] for row in await world.rows(message) if row["provider_id"])
        report = DeliveryReport(key, "failed", world.clock.now())
        async with holding_a_case(postgres_url) as turn:
            told = asyncio.create_task(world.reports.note(world.account, (report,)))
            await asyncio.sleep(0.3)
            await drop_all(turn)
            assert not told.done(), "it waits for the case"
        await asyncio.wait_for(told, 30)
        assert "failed" in await states(world)
        assert [row["alarm"] for row in await world.rows(incident)] == ["send_failed"]
