"""A city that comes later, and one that goes: nothing of it is swallowed in silence."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from benchmarks.setting import free_port
from config.clock import SystemClock
from config.database import Database
from config.opening import join_others, prepare
from config.settings import Settings
from handoff import operators
from handoff.passwords import Passwords
from tests.config.conftest import Sigap
from tests.config.test_command import refused
from tests.schema import migrated_file

BOTH = {"SIGAP_CITIES": "kendari,ambon"}


@pytest.fixture
def kendari(sigap: Sigap) -> Sigap:
    """A database that knows kendari alone, with somebody who answers there."""
    assert sigap("migrate").exit_code == sigap("seed").exit_code == 0
    assert sigap("user", "add", "siti", "--role", "supervisor").exit_code == 0
    return sigap


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_city_that_was_never_seeded_is_not_served(kendari: Sigap, command: str) -> None:
    told = kendari(command, SIGAP_PORT=str(free_port()), **BOTH)
    refused(told, "ambon: never seeded into this database: run sigap seed with SIGAP_CITIES=kendari,ambon")


def test_a_city_without_anybody_is_named_until_somebody_gets_it(kendari: Sigap) -> None:
    told = kendari("check", SIGAP_PORT=str(free_port()), **BOTH)
    assert "city ambon: never seeded" in told.output
    assert told.exit_code == 1
    assert "operators: nobody may answer a case of ambon" in told.output
    assert "sigap user cities NAME kendari,ambon" in told.output
    assert kendari("seed", **BOTH).exit_code == 0
    given = kendari("user", "cities", "Siti", "kendari,ambon", **BOTH)
    assert "siti sees kendari, ambon." in given.output
    told = kendari("check", SIGAP_PORT=str(free_port()), **BOTH)
    assert "never seeded" not in told.output
    assert "ok    operators" in told.output


def test_cities_are_given_to_accounts_that_exist_and_only_if_served(kendari: Sigap) -> None:
    refused(kendari("user", "cities", "siti", "jakarta"), "'jakarta' is not served here")
    refused(kendari("user", "cities", "budi", "kendari"), "sigap user list")


def test_whoever_gets_another_city_logs_in_again_and_it_is_on_record(kendari: Sigap, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data" / "sigap.db") as database:
        (their,) = database.execute("SELECT id FROM operator").fetchone()
        columns = [row[1] for row in database.execute("PRAGMA table_info(session)")]
        row = {name: their if name == "operator_id" else "2026-01-01" for name in columns}
        marks = ", ".join("?" for _ in row)
        database.execute(f"INSERT INTO session ({', '.join(row)}) VALUES ({marks})", [*row.values()])  # noqa: S608
    assert kendari("user", "cities", "siti", "ambon,kendari", **BOTH).exit_code == 0
    with sqlite3.connect(tmp_path / "data" / "sigap.db") as database:
        assert database.execute("SELECT count(*) FROM session").fetchone() == (0,)
        noted = database.execute("SELECT city, detail FROM audit_event WHERE verb = 'person_changed'").fetchall()
    assert sorted(city for city, _ in noted) == ["ambon", "kendari"]
    assert json.loads(noted[0][1])["cities"] == ["ambon", "kendari"]


def test_open_cases_of_a_city_that_nobody_serves_are_named(kendari: Sigap, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data" / "sigap.db") as database:
        needed = [row[1] for row in database.execute("PRAGMA table_info(incident)") if row[3]]
        row: dict[str, object] = dict.fromkeys(needed, 1) | {"city": "ambon", "status": "waiting"}
        marks = ", ".join("?" for _ in row)
        database.execute(f"INSERT INTO incident ({', '.join(row)}) VALUES ({marks})", [*row.values()])  # noqa: S608
    told = kendari("check", SIGAP_PORT=str(free_port()))
    assert "wrong city ambon: 1 open case, and no Sigap serves it" in told.output
    assert told.exit_code == 1
    told = kendari("check", SIGAP_PORT=str(free_port()), **BOTH)
    assert "no Sigap serves it" not in told.output, "it is served"
    with sqlite3.connect(tmp_path / "data" / "sigap.db") as database:
        database.execute(
            "INSERT INTO process (name, started_at, said_at, beats, tells) VALUES ('x', '', '', 1, ?)",
            [json.dumps({"works": ["ambon"]})],
        )
    told = kendari("check", SIGAP_PORT=str(free_port()))
    assert "no Sigap serves it" not in told.output, "another process does"


async def test_a_start_names_a_city_that_nobody_answers_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = Settings(data=tmp_path, cities=("kendari", "ambon"))
    database = Database(f"sqlite:///{migrated_file(tmp_path / 'sigap.db')}")
    await prepare(wanted, database)
    assert "nobody may" not in capsys.readouterr().err, "the first account is made by the start itself"
    passwords = Passwords()
    await operators.add(
        *(database, passwords, SystemClock()), username="siti", name="Siti", role="operator", cities=["kendari"]
    )
    passwords.close()
    for begin in (prepare, join_others):
        await begin(wanted, database)
        assert "nobody may answer a case of ambon" in capsys.readouterr().err
    await database.close()
