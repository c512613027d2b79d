"""What a database complains of: only a connection that failed is told as one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from config.database import Database
from config.database_problems import explain

UNREACHED = "cannot be reached"


def told(url: str, *statements: str) -> tuple[str, str]:
    """What is told of the first statement that fails."""

    def job(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    async def run() -> tuple[str, str] | None:
        database = Database(url)
        try:
            await database.write(job)
        except Exception as error:
            return explain(error)
        finally:
            await database.close()
        return None

    found = asyncio.run(run())
    assert found is not None
    return found


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statements", "problem", "mend"),
    [
        (("CREATE TABLE a (i int)", "CREATE TABLE a (i int)"), "migrations do not know", "sigap restore"),
        (("CREATE ROLE weak", "SET ROLE weak", "CREATE TABLE b (i int)"), "does not let its user", "OWNER TO"),
        (("SET TRANSACTION READ ONLY", "CREATE TABLE b (i int)"), "for reading only", "SIGAP_DATABASE_URL"),
        (("SET LOCAL statement_timeout = 20", "SELECT pg_sleep(1)"), "waiting", "try again"),
        (("SELECT 1 / 0",), "refuses (division by zero)", "no setting is wrong"),
    ],
    ids=["there already", "forbidden", "read only", "locked", "anything else"],
)
def test_what_a_server_answers_is_no_failed_connection(
    empty_postgres_url: str, statements: tuple[str, ...], problem: str, mend: str
) -> None:
    found = told(empty_postgres_url, *statements)
    assert (problem in found[0], mend in found[1]) == (True, True), found
    assert UNREACHED not in found[0]


@pytest.mark.postgres
def test_a_connection_that_is_cut_is_one_that_failed(empty_postgres_url: str) -> None:
    problem, mend = told(empty_postgres_url, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert (problem.startswith(UNREACHED), "SIGAP_DATABASE_URL" in mend) == (True, True), problem


def test_so_is_one_that_nobody_answers() -> None:
    for url in ("postgresql://x:y@127.0.0.1:1/z", f"postgresql://x@/z?host={Path('nowhere').absolute()}"):
        assert told(url, "SELECT 1")[0].startswith(UNREACHED), make_url(url)


def test_a_timeout_is_one_and_a_fault_of_ours_is_no_complaint() -> None:
    assert (explain(TimeoutError()) or ("",))[0] == f"{UNREACHED} (TimeoutError)"
    assert explain(KeyError("ours")) is None
