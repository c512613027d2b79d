"""`sigap backup` and `sigap restore` on PostgreSQL: what was there is moved aside, and nobody is at work meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from click.testing import Result
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from config.database import Database
from config.findings import Mendable
from config.restore import restore
from config.schema import alembic_config
from config.settings import Settings
from tests.config.conftest import Sigap, done, refused

pytestmark = pytest.mark.postgres

Call = Callable[..., Result]


@pytest.fixture
def on_postgres(sigap: Sigap, empty_postgres_url: str, postgres_tools: None) -> Call:
    """``sigap`` on an empty database, with the tools of its server."""
    return partial(sigap, SIGAP_DATABASE_URL=empty_postgres_url)


@pytest.fixture
def seeded(on_postgres: Call) -> Call:
    for word in ("migrate", "seed"):
        done(on_postgres(word))
    return on_postgres


def ask(url: str, statement: str) -> list[str]:
    """What a statement of one column returns."""

    async def run() -> list[str]:
        where = make_url(url)
        connection = await asyncpg.connect(host=str(where.query["host"]), user=where.username, database=where.database)
        try:
            return [str(row[0]) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(run())


def schemas(url: str) -> list[str]:
    return ask(url, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information)' ORDER BY 1")


def migrate_to(url: str, revision: str) -> None:
    def upgrade(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async def run() -> None:
        database = Database(url)
        await database.write(upgrade)
        await database.close()

    asyncio.run(run())


def test_what_was_backed_up_comes_back_and_what_was_there_stands_aside(seeded: Call, empty_postgres_url: str) -> None:
    made = done(seeded("backup", "b.tar"))
    refused(seeded("restore", "b.tar"), "--replace")
    ask(empty_postgres_url, "DELETE FROM entry")
    told = done(seeded("restore", "b.tar", "--replace"))
    [aside, public] = schemas(empty_postgres_url)
    assert (public, f"DROP SCHEMA {aside} CASCADE" in told) == ("public", True), told
    assert ask(empty_postgres_url, f"SELECT count(*) FROM {aside}.entry") == ["0"]  # noqa: S608 - its name is ours
    assert int(ask(empty_postgres_url, "SELECT count(*) FROM entry")[0]) > 20
    again = done(seeded("backup", "c.tar"))
    assert again.replace("c.tar", "b.tar").split("(")[0] == made.split("(")[0]


def test_after_a_rollback_it_can_be_upgraded_again(on_postgres: Call, empty_postgres_url: str) -> None:
    migrate_to(empty_postgres_url, "0004")
    done(on_postgres("backup", "b.tar"))
    done(on_postgres("migrate"))
    ask(empty_postgres_url, "CREATE TABLE shift (operator bigint REFERENCES operator (id))")  # a version to come
    done(on_postgres("restore", "b.tar", "--replace"))
    assert ask(empty_postgres_url, "SELECT version_num FROM alembic_version") == ["0004"]
    assert ask(empty_postgres_url, "SELECT to_regclass('public.process')") == ["None"]
    done(on_postgres("migrate"))
    done(on_postgres("seed"))
    # What stands aside is in no later backup, so it is in nobody's way.
    done(on_postgres("backup", "c.tar"))
    ask(empty_postgres_url, "DROP SCHEMA public CASCADE")
    ask(empty_postgres_url, "CREATE SCHEMA public")
    done(on_postgres("restore", "c.tar"))
    done(on_postgres("migrate"))


def test_the_databases_owner_needs_no_superuser(on_postgres: Call, empty_postgres_url: str) -> None:
    url = make_url(empty_postgres_url)
    owner = f"owner_{url.database}"
    for statement in (f"CREATE ROLE {owner} LOGIN", f"ALTER DATABASE {url.database} OWNER TO {owner}"):
        ask(empty_postgres_url, statement)
    owners = {"SIGAP_DATABASE_URL": url.set(username=owner, password="geheim").render_as_string(hide_password=False)}
    done(on_postgres("migrate", **owners))
    done(on_postgres("backup", "b.tar", **owners))
    for _ in range(2):
        told = done(on_postgres("restore", "b.tar", "--replace", **owners))
        assert ("geheim" in told, f"{owner}@" in told, "*" in told) == (False, True, False)
        ask(empty_postgres_url, "SELECT pg_sleep(1)")  # names are of the second
    assert len(schemas(empty_postgres_url)) == 3


def test_a_restore_that_fails_changes_nothing(seeded: Call, empty_postgres_url: str) -> None:
    done(seeded("backup", "b.tar"))
    ask(
        empty_postgres_url,
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF tg_tag = 'CREATE INDEX' THEN RAISE 'the disk is full'; END IF; END $$",
    )
    ask(empty_postgres_url, "CREATE EVENT TRIGGER late ON ddl_command_end EXECUTE FUNCTION no()")
    refused(seeded("restore", "b.tar", "--replace"), "the disk is full", "as it was")
    assert schemas(empty_postgres_url) == ["public"]
    assert int(ask(empty_postgres_url, "SELECT count(*) FROM entry")[0]) > 20


@pytest.fixture
def beating(seeded: Call, empty_postgres_url: str) -> Callable[[float], list[str]]:
    """A process that is listed; called, it says that it lives."""
    done(seeded("backup", "b.tar"))
    ask(empty_postgres_url, "INSERT INTO process VALUES ('web-1', now(), now(), 7, '{}')")
    return lambda _: ask(empty_postgres_url, "UPDATE process SET beats = beats + 1")


def settings_for(url: str) -> Settings:
    return Settings(database_url=url, data=Path("data"))


def test_nobodys_work_is_pulled_away(beating: Callable[[float], list[str]], empty_postgres_url: str) -> None:
    with pytest.raises(Mendable, match=r"web-1.*stop every web and worker"):
        restore(settings_for(empty_postgres_url), Path("b.tar"), replace=True, pause=beating)
    assert schemas(empty_postgres_url) == ["public"]


@pytest.mark.usefixtures("beating")
def test_the_dead_hold_up_no_restore(empty_postgres_url: str) -> None:
    waited: list[float] = []
    restore(settings_for(empty_postgres_url), Path("b.tar"), replace=True, pause=waited.append)
    assert sum(waited) > 8.0, "as long as a living one may be silent"
    assert ask(empty_postgres_url, "SELECT count(*) FROM process") == ["0"]


def test_nothing_is_restored_beside_others_media(seeded: Call, empty_postgres_url: str) -> None:
    done(seeded("backup", "b.tar"))
    ask(empty_postgres_url, "DROP SCHEMA public CASCADE")
    ask(empty_postgres_url, "CREATE SCHEMA public")
    photo = Path("data/media/kendari/a.jpg")
    photo.parent.mkdir(parents=True)
    photo.touch()
    refused(seeded("restore", "b.tar"), "is not empty")
    assert ask(empty_postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == ["0"]


def test_media_that_find_no_place_are_told_in_a_line(seeded: Call) -> None:
    photo = Path("data/media/kendari/a.jpg")
    photo.parent.mkdir(parents=True)
    photo.touch()
    done(seeded("backup", "b.tar"))
    photo.unlink()
    photo.parent.rmdir()
    photo.parent.write_text("in the way")
    again = seeded("restore", "b.tar", "--replace")
    assert (again.exit_code, "not all media" in again.output) == (2, True), again.output


def test_a_dump_that_is_none_is_found_although_its_seal_fits(seeded: Call) -> None:
    done(seeded("backup", "b.tar"))
    with tarfile.open("b.tar") as tar:
        whole = tar.extractfile("sigap.dump")
        assert whole is not None
        dump = whole.read()
        manifest = json.loads((tar.extractfile("manifest.json") or io.BytesIO()).read())
    for number, told in enumerate((b"this is no dump", dump[: len(dump) // 2])):
        sealed = manifest | {"sealed": hashlib.sha256(told).hexdigest()}
        with tarfile.open(f"{number}.tar", "w") as tar:
            for name, content in (("manifest.json", json.dumps(sealed).encode()), ("sigap.dump", told)):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        refused(seeded("restore", f"{number}.tar", "--check"), "pg_restore", "use another backup")
    done(seeded("restore", "b.tar", "--check"))


def test_an_empty_database_is_no_backup(on_postgres: Call) -> None:
    refused(on_postgres("backup", "b.tar"), "sigap migrate")
    assert not Path("b.tar").exists()


@pytest.mark.parametrize(
    ("says", "word"),
    [
        (
            "pg_dump: error: aborting because of server version mismatch\n"
            "pg_dump: detail: server version: 17.2; pg_dump version: 15.18",
            "apt install postgresql-client-17",
        ),
        ('pg_dump: error: connection to server at "127.0.0.1" failed: refused', "check SIGAP_DATABASE_URL"),
        ("", "without a word"),
    ],
)
def test_a_tool_that_refuses_is_told_in_a_line(
    on_postgres: Call, monkeypatch: pytest.MonkeyPatch, says: str, word: str
) -> None:
    tool = Path("tools/pg_dump")
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\ncat >&2 <<END\n{says}\nEND\nexit 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent.absolute()), prepend=":")
    refused(on_postgres("backup", "b.tar"), word)


def test_a_tool_that_is_missing_is_named(on_postgres: Call) -> None:
    refused(on_postgres("backup", "b.tar", PATH="nowhere"), "apt install postgresql-client")
