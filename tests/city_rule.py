"""Citus' rule, read out of a statement: whatever it touches of a city's tables, it names that one city.

A cluster runs a statement on one machine only if every distributed table in it has its distribution column equal to a
value, directly or through another table of the same statement. ``FOR UPDATE`` is refused otherwise; ``city IN (...)``
is asked of every machine.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import sqlglot
from sqlalchemy import Engine, event
from sqlglot import exp

COLUMN = "city"
ROOT = Path(__file__).parents[1]
OURS = ("bots", "config", "handoff", "knowledge_base", "nlu", "sms_gateway")
GROUND = ("config/database.py", "config/stores.py")  # every statement passes here: whoever called it is meant

Alias = str


@dataclass(frozen=True, slots=True)
class Statement:
    """What was sent to PostgreSQL: by which function of ours, and the values of each of its runs."""

    sql: str
    runs: tuple[Sequence[Any], ...]
    where: str  # "bots/looks.py:_look"

    def __str__(self) -> str:
        return f"{self.where}: {' '.join(self.sql.split())}"


class Recorder:
    """Hears every statement that any engine of this process sends, between ``start`` and ``stop``."""

    def __init__(self) -> None:
        self.heard: list[Statement] = []

    def start(self) -> None:
        event.listen(Engine, "before_cursor_execute", self._hear)

    def stop(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._hear)

    def _hear(self, _c: Any, _cursor: Any, sql: str, values: Any, _context: Any, executemany: bool) -> None:
        runs = tuple(values) if executemany else (values,)
        self.heard.append(Statement(sql, runs, _caller(sys._getframe())))


def _caller(frame: FrameType | None) -> str:
    """The innermost function of ours above the ground floor."""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        if name.parts[0] in OURS and name.as_posix() not in GROUND:
            return f"{name.as_posix()}:{frame.f_code.co_name}"
        frame = frame.f_back
    return "?"


def faults(statement: Statement, led: Collection[str]) -> list[str]:
    """What breaks the rule in ``statement``, where ``led`` are the tables with a city; empty: nothing."""
    if not any(name in statement.sql for name in led):
        return []
    tree = _read(statement.sql)
    found = list(_faults(tree, led, frozenset()))
    for run in statement.runs:
        cities = {run[number] for number in _city_numbers(tree)}
        if len(cities) > 1 and not isinstance(tree, exp.Insert):
            found.append(f"names several cities: {sorted(cities)}")
    return list(dict.fromkeys(found))


def touched(statement: Statement, led: Collection[str]) -> set[str]:
    """The tables with a city that it reads or writes."""
    if not any(name in statement.sql for name in led):
        return set()
    return {table.name for table in _read(statement.sql).find_all(exp.Table)} & set(led)


def _read(sql: str) -> exp.Expr:
    """The statement as a tree. ``$1,$`` would be read as the beginning of a quotation."""
    return sqlglot.parse_one(re.sub(r"\$(\d+)", r":v\1", sql), read="postgres")


def _faults(query: exp.Expr, led: Collection[str], outer: frozenset[Alias]) -> Iterator[str]:
    if isinstance(query, exp.Insert):
        yield from _insert_faults(query, led)
        known = set(outer)
    else:
        sources = dict(_sources(query))
        ours = {alias for alias, table in sources.items() if table in led}
        known = _bound(query, ours, outer - set(sources)) | (set(sources) - ours)
        yield from (f"{sources[alias]} (as {alias}) without its city" for alias in sorted(ours - known))
        if isinstance(query, exp.Update):
            yield from (f"{sources[alias]} is moved to another city" for alias in ours if _sets_city(query))
    for inner in _inner(query):
        yield from _faults(inner, led, frozenset(known))


def _insert_faults(insert: exp.Insert, led: Collection[str]) -> Iterator[str]:
    into = insert.this
    table, columns = (into.this, into.expressions) if isinstance(into, exp.Schema) else (into, [])
    if table.name not in led:
        return
    if COLUMN not in {column.name for column in columns}:
        yield f"{table.name}: a row without its city"
    conflict = insert.args.get("conflict")
    if conflict is None:
        return
    keys = {key.name for key in conflict.args.get("conflict_keys") or () for key in key.find_all(exp.Identifier)}
    if keys and COLUMN not in keys:
        yield f"{table.name}: a conflict about {sorted(keys)}, without the city"
    if any(one.this.name == COLUMN for one in conflict.expressions if isinstance(one, exp.EQ)):
        yield f"{table.name} is moved to another city"


def _sets_city(update: exp.Update) -> bool:
    return any(one.this.name == COLUMN for one in update.expressions if isinstance(one, exp.EQ))


def _sources(query: exp.Expr) -> Iterator[tuple[Alias, str]]:
    """What the query itself reads, by alias; a query in brackets has no name."""
    begun = [query.this] if isinstance(query, exp.Update | exp.Delete) else []
    named = [query.args.get(name) for name in ("from_", "from")]
    begun += [one.this for one in named if one is not None]
    begun += [one.this for one in query.args.get("joins") or ()]
    begun += query.args.get("using") or []
    for source in begun:
        for joined in (source, *(join.this for join in source.args.get("joins") or ())):
            yield joined.alias_or_name, joined.name if isinstance(joined, exp.Table) else ""


def _bound(query: exp.Expr, ours: set[Alias], known: frozenset[Alias]) -> set[Alias]:
    """Those of ``ours`` whose city equals a value, or the city of what is ``known`` or bound."""
    equal = [pair for condition in _conditions(query) for pair in _city_pairs(condition, ours)]
    bound: set[Alias] = set(known)
    while True:
        news = {
            mine
            for mine, other, only in equal
            if mine not in bound and (other is None or other in bound) and only in (None, mine)
        }
        if not news:
            return bound
        bound |= news


def _conditions(query: exp.Expr) -> Iterator[tuple[exp.Expr, Alias | None]]:
    """What must hold: all of WHERE and of inner joins; an outer join binds the table that it adds, and no other."""
    where = query.args.get("where")
    if where is not None:
        yield from ((one, None) for one in _all_of(where.this))
    for join in query.args.get("joins") or ():
        if on := join.args.get("on"):
            only = join.this.alias_or_name if join.side else None
            yield from ((one, only) for one in _all_of(on))


def _all_of(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from itertools.chain(_all_of(condition.left), _all_of(condition.right))
    else:
        yield condition


def _city_pairs(
    condition: tuple[exp.Expr, Alias | None], ours: set[Alias]
) -> Iterator[tuple[Alias, Alias | None, Alias | None]]:
    """``(alias, the other alias or None for a value, the only alias that it may bind)``."""
    said, only = condition
    if not isinstance(said, exp.EQ):
        return
    for mine, other in ((said.left, said.right), (said.right, said.left)):
        alias = _city_of(mine, ours)
        if alias is not None and _is_value(other):
            yield alias, None, only
        elif alias is not None and (another := _city_of(other, ours)) is not None:
            yield alias, another, only


def _city_of(side: exp.Expr, ours: set[Alias]) -> Alias | None:
    if not isinstance(side, exp.Column) or side.name != COLUMN:
        return None
    return side.table or (next(iter(ours)) if len(ours) == 1 else None)


def _is_value(side: exp.Expr) -> bool:
    while isinstance(side, exp.Cast | exp.Paren):
        side = side.this
    return isinstance(side, exp.Placeholder | exp.Literal)


def _inner(query: exp.Expr) -> Iterator[exp.Expr]:
    """The queries within ``query``, not those within them."""
    begun: list[Any] = list(query.iter_expressions())
    while begun:
        one = begun.pop()
        if isinstance(one, exp.Query) and not isinstance(one, exp.Subquery | exp.Table):
            yield one
        else:
            begun += one.iter_expressions()


def _city_numbers(tree: exp.Expr) -> set[int]:
    """Which of the values are cities that a column is compared with."""
    numbers = set()
    for said in tree.find_all(exp.EQ):
        sides = (said.left, said.right)
        if any(isinstance(side, exp.Column) and side.name == COLUMN for side in sides):
            numbers |= {int(one.name.removeprefix("v")) - 1 for side in sides for one in side.find_all(exp.Placeholder)}
    return numbers


def broken(heard: Iterable[Statement], led: Collection[str], exempt: Callable[[Statement], bool]) -> list[str]:
    """Every statement that breaks the rule, once, with what is wrong."""
    seen: dict[str, str] = {}
    for one in heard:
        if not exempt(one) and (wrong := faults(one, led)):
            seen.setdefault(str(one), "; ".join(wrong))
    return [f"{wrong}\n    {statement}" for statement, wrong in seen.items()]
