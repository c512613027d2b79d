"""The city leads every key, and every statement names one city: what Citus asks of whatever it distributes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, UniqueConstraint

from config.database import metadata
from config.distribution import COLUMN, statements
from tests.city_rule import Statement, broken, touched
from tests.two_cities import whole_stories

LED = {name for name, table in metadata.tables.items() if COLUMN in table.c}

# Whole on every machine, for they serve several cities, or none.
OF_NO_CITY = {
    "operator": "people answer for several cities",
    "session": "of people",
    "login_source": "of people",
    "lease": "of processes",
    "process": "of processes",
    "trained_model": "one model serves every city",
    "model_part": "of a model",
}
# Slow statements that may ask every machine. Nothing that a citizen or an operator waits for stands here.
CROSS_CITY = {
    "knowledge_base/learning/models.py:changes_since": "what an admin's page says of the next model, for all cities",
    "knowledge_base/boundaries.py:load_boundaries": "once, when a process starts",
    "config/health.py:_states": "whether the database answers at all: any row of the smallest table",
}
# Written by staff's commands and pages that this file does not play.
NOT_PLAYED = {"boundary", "question_group", "sms_refused_pin", "picture"}

# Where everything that hurries asks the database: a story that leaves one of these out proves too little.
HOT = {
    *("bots/acts.py", "bots/claims.py", "bots/looks.py", "bots/media.py", "bots/outbox.py", "bots/reports.py"),
    *("bots/transcript.py", "bots/web_chats.py", "handoff/accounts.py", "handoff/audit.py", "handoff/conversations.py"),
    *(
        "handoff/incidents.py",
        "handoff/live.py",
        "handoff/news.py",
        "handoff/console/acts.py",
        "handoff/console/cases.py",
    ),
    *("handoff/console/calls.py", "handoff/console/media.py", "handoff/console/replies.py", "handoff/console/sight.py"),
    *("handoff/console/transcript.py", "handoff/console/views.py", "sms_gateway/database_store.py"),
}


def exempt(statement: Statement) -> bool:
    return statement.where in CROSS_CITY


# ---- the schema


def keys_of(table: Table) -> Iterator[tuple[str, list[str]]]:
    yield "primary key", [column.name for column in table.primary_key]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield str(constraint.name), [column.name for column in constraint.columns]
    for index in table.indexes:
        if index.unique:
            yield str(index.name), [column.name for column in index.columns]


@pytest.mark.parametrize("name", sorted(set(metadata.tables) - set(OF_NO_CITY)))
def test_the_city_leads_every_key(name: str) -> None:
    keys = dict(keys_of(metadata.tables[name]))
    assert {key: columns for key, columns in keys.items() if columns[0] != COLUMN} == {}


def test_tables_without_a_city_are_few_and_named() -> None:
    without = {name for name, table in metadata.tables.items() if COLUMN not in table.c}
    assert without <= set(OF_NO_CITY)
    assert set(OF_NO_CITY) & LED == set()
    assert set(statements()) == set(metadata.tables)


# ---- statements that break the rule are named

WRONG = {
    "SELECT 1 FROM message WHERE message.city IN ($1, $2)": "message",
    "SELECT 1 FROM message WHERE message.city = ANY ($1)": "message",
    "SELECT 1 FROM message WHERE message.city = $1 OR message.id = $2": "message",
    "SELECT 1 FROM message WHERE NOT message.city = $1": "message",
    "SELECT 1 FROM message WHERE (message.city, message.id) IN (($1, $2))": "message",
    "SELECT 1 FROM message WHERE message.id = $2 FOR UPDATE SKIP LOCKED": "message",
    "SELECT 1 FROM message JOIN contact ON contact.id = message.id WHERE message.city = $1": "contact",
    "SELECT 1 FROM message LEFT JOIN contact ON contact.city = $1 AND contact.city = message.city": "message",
    "SELECT 1 FROM message WHERE city = $1 AND EXISTS (SELECT 1 FROM contact WHERE contact.id = message.id)": "contact",
    "SELECT 1 FROM message WHERE message.city = $1 UNION ALL SELECT 1 FROM contact": "contact",
    "SELECT 1 FROM operator LEFT JOIN message ON message.operator_id = operator.id": "message",
    "WITH some AS (SELECT id FROM message) UPDATE contact SET name = $2 FROM some WHERE contact.city = $1": "message",
    "UPDATE contact SET name = $2 WHERE contact.id = $1": "contact",
    "UPDATE contact SET city = $1 WHERE contact.city = $1": "another city",
    "UPDATE contact SET name = (SELECT max(text) FROM message) WHERE contact.city = $1": "message",
    "DELETE FROM contact WHERE contact.id = $1": "contact",
    "DELETE FROM contact USING message WHERE contact.city = $1 AND message.id = contact.id": "message",
    "INSERT INTO contact (id) VALUES ($1)": "contact",
    "INSERT INTO contact (city, id) SELECT city, id FROM message": "message",
    "INSERT INTO contact (city, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING": "contact",
    "INSERT INTO contact (city, id) VALUES ($1,$2) ON CONFLICT (city, id) DO UPDATE SET city = $1": "another city",
}
RIGHT = (
    "SELECT 1 FROM message WHERE message.city = $1::VARCHAR AND message.id = ANY ($2::BIGINT[]) FOR UPDATE SKIP LOCKED",
    "SELECT 1 FROM message, contact WHERE (message.city = $1 AND message.id = $2) AND contact.city = message.city",
    "SELECT 1 FROM message LEFT JOIN contact ON contact.city = message.city WHERE message.city = $1",
    "SELECT EXISTS (SELECT 1 FROM contact AS c WHERE c.city = message.city) FROM message WHERE message.city = $1",
    "SELECT 1 FROM (SELECT text FROM message WHERE message.city = $1) AS some",
    "UPDATE contact SET name = $2 FROM message WHERE contact.city = $1 AND message.city = contact.city",
    "DELETE FROM contact WHERE city = $1",
    "INSERT INTO contact (city, id) VALUES ($1,$2) ON CONFLICT (city, id) DO UPDATE SET name = excluded.name",
    "SELECT 1 FROM operator",
)


@pytest.mark.parametrize("sql", WRONG)
def test_a_statement_without_its_city_is_named(sql: str) -> None:
    (named,) = broken([Statement(sql, (("kendari", 1),), "bots/some.py:where")], LED, exempt)
    wrong, _, statement = named.partition("\n")
    assert WRONG[sql] in wrong
    assert statement.strip() == f"bots/some.py:where: {sql}"


def test_a_statement_that_names_two_cities_is_named() -> None:
    sql = "SELECT 1 FROM message, contact WHERE message.city = $1 AND contact.city = $2"
    assert "several cities" in broken([Statement(sql, (("kendari", "ambon"),), "x")], LED, exempt)[0]
    assert broken([Statement(sql, (("kendari", "kendari"), ("ambon", "ambon")), "x")], LED, exempt) == []


@pytest.mark.parametrize("sql", RIGHT)
def test_a_statement_that_names_its_city_is_let_through(sql: str) -> None:
    assert broken([Statement(sql, (("kendari", 1),), "x")], LED, exempt) == []


# ---- whole stories


@pytest.mark.postgres
@pytest.mark.slow
async def test_every_statement_of_whole_stories_names_one_city(postgres_url: str, tmp_path: Path) -> None:
    heard = await whole_stories(postgres_url, tmp_path)
    assert (wrong := broken(heard, LED, exempt)) == [], "\n".join(wrong)
    used = set().union(*(touched(one, LED) for one in heard))
    assert used >= LED - NOT_PLAYED, "a story is missing for these tables"
    assert {one.where.partition(":")[0] for one in heard} >= HOT, "a story is missing for these files"
    assert not any(name.startswith(tuple(HOT)) for name in CROSS_CITY)
