"""A PostgreSQL database in a dump, and back: by PostgreSQL's own tools, pg_dump, pg_restore and psql.

Putting back is one transaction: what was there stands in a schema of its own afterwards, whole, or nothing has changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy.engine import URL

from config.findings import Mendable
from config.processes import LIFE

_PIECE: Final = 1 << 20
_LINES: Final = ("--no-psqlrc", "--no-align", "--tuples-only")
_SCRIPT: Final = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
# Whose a table is, and who else may read it, is decided on each machine: that user may not exist on the next one.
_RESTORE: Final = ("--schema=public", "--no-owner", "--no-privileges", "--file=-")
# Whoever starts meanwhile waits for its first sign of life, and so takes no message that would be lost to sight.
_KEEP_OUT: Final = "LOCK TABLE public.process IN ACCESS EXCLUSIVE MODE"
_OF_DUMP: Final = "use another backup"
_OF_DATABASE: Final = "mend that and try again: the database is as it was"
# What the tools say, and what to do about it. The first that fits counts; {0} is what the pattern caught.
_MENDS: Final = (
    (
        r"server version: (\d+)",
        "is older than the server ({0})",
        "apt install postgresql-client-{0} (from apt.postgresql.org where the distribution has none)",
    ),
    (
        r"unsupported version (\S+)",
        "is older than the pg_dump that made this backup (dump format {0})",
        "apt install the postgresql-client of that version: apt.postgresql.org has them all",
    ),
    (
        r"parameter \"(transaction_timeout)\"",
        "is newer than the server, which knows no {0}",
        "use the postgresql-client of the server's version",
    ),
    (
        r"must be owner of|permission denied for (?:schema|database)",
        "may not move what is there aside",
        "make Sigap's user the owner of the database, on PostgreSQL 15 or newer: ALTER DATABASE … OWNER TO …",
    ),
    (
        r"lock timeout",
        "waited in vain for whoever uses the database",
        "stop Sigap and every other program on it, then try again",
    ),
)
_UNREACHED: Final = re.compile(r"connection to server|could not translate|authentication failed")


class ToolFailed(Mendable):
    """One of PostgreSQL's own tools is missing, too old, or has refused."""


def dump(url: URL, copy: Path) -> None:
    """Everything of Sigap's, as of one moment; never what a restore has moved aside. Raises ToolFailed."""
    _run(url, _OF_DATABASE, "pg_dump", "--format=custom", "--schema=public", "--no-owner", f"--file={copy}")


def rows_in(copy: Path) -> dict[str, int]:
    """How many rows a dump holds, by table: all of it is read. Raises ToolFailed where that cannot be."""
    counts: dict[str, int] = {}
    table = ""
    with _script(copy) as script:
        for line in script:
            if table and line != b"\\.\n":
                counts[table] += 1
            elif table:
                table = ""
            elif line.startswith(b"COPY public."):
                table = line.removeprefix(b"COPY public.").split(b" ")[0].decode().strip('"')
                counts[table] = 0
    return counts


def tables(url: URL) -> set[str]:
    """What stands in the database where Sigap keeps its own."""
    return set(_ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))


def living(url: URL, pause: Callable[[float], object]) -> list[str]:
    """The processes that work on the database. Looks for as long as one may be silent and not yet count as dead."""
    before = _beats(url)
    for _ in range(int(LIFE) + 1 if before else 0):
        pause(1.0)
        if moved := [name for name, beats in _beats(url).items() if before.get(name) != beats]:
            return moved
    return []


def _beats(url: URL) -> dict[str, str]:
    lines = (line.partition("|") for line in _ask(url, "SELECT name, beats FROM process"))
    return {name: beats for name, _, beats in lines}


def clearing(there: set[str], aside: str) -> list[str]:
    """Statements that move what is ``there`` to the schema ``aside``: none, where there is nothing."""
    if not there:
        return []
    lock = [_KEEP_OUT] if "process" in there else []
    make_anew = ["CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC"]
    return ["SET LOCAL lock_timeout = '10s'", *lock, f"ALTER SCHEMA public RENAME TO {aside}", *make_anew]


def put(url: URL, copy: Path, first: Sequence[str]) -> None:
    """Restore a dump, after the statements ``first``. Raises ToolFailed, and then nothing changed."""
    with (
        tempfile.TemporaryFile() as said,
        _start(url, "psql", *_SCRIPT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said) as psql,
    ):
        with suppress(BrokenPipeError):  # psql gave up, and has said why
            _tell(psql, copy, first)
        if psql.wait():
            raise _complaint("psql", said, _OF_DATABASE)


def _tell(psql: subprocess.Popen[bytes], copy: Path, first: Sequence[str]) -> None:
    """Only who has heard all of the dump hears the COMMIT; whatever ends before takes everything back."""
    assert psql.stdin is not None  # noqa: S101 - we asked for a pipe
    with psql.stdin as ear:
        ear.write("".join(f"{statement};\n" for statement in ("BEGIN", *first)).encode())
        with _script(copy) as script:
            while piece := script.read(_PIECE):
                ear.write(piece)
        ear.write(b"\nCOMMIT;\n")


@contextmanager
def _script(copy: Path) -> Iterator[IO[bytes]]:
    """What psql would be told to do. Raises ToolFailed at the end where that was not all."""
    with (
        tempfile.TemporaryFile() as said,
        _start(None, "pg_restore", *_RESTORE, str(copy), stdout=subprocess.PIPE, stderr=said) as tool,
    ):
        assert tool.stdout is not None  # noqa: S101 - we asked for a pipe
        try:
            yield tool.stdout
        except BaseException:
            tool.kill()
            raise
        if tool.wait():
            raise _complaint("pg_restore", said, _OF_DUMP)


def _ask(url: URL, query: str) -> list[str]:
    return _run(url, _OF_DATABASE, "psql", *_LINES, f"--command={query}").splitlines()


def _run(url: URL, mend: str, tool: str, *words: str) -> str:
    with (
        tempfile.TemporaryFile() as said,
        _start(url, tool, *words, stdout=subprocess.PIPE, stderr=said) as running,
    ):
        told, _ = running.communicate()
        if running.returncode:
            raise _complaint(tool, said, mend)
        return str(told.decode())


def _start(url: URL | None, tool: str, *words: str, **ends: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "LC_ALL": "C", **(_where(url) if url is not None else {})}
    try:
        return subprocess.Popen([tool, *words], env=environment, **ends)  # noqa: S603 - words of our own
    except FileNotFoundError:
        raise ToolFailed(
            f"{tool} is not installed", "apt install postgresql-client, of the server's version or newer"
        ) from None


def _where(url: URL) -> Mapping[str, str]:
    """Where the server is: in the environment, since every user sees what a command was called with."""
    where = {"PGHOST": url.host or url.query.get("host"), "PGPORT": url.port, "PGUSER": url.username}
    given = where | {"PGPASSWORD": url.password, "PGDATABASE": url.database}
    return {name: str(value) for name, value in given.items() if value}


def _complaint(tool: str, said: IO[bytes], mend: str) -> ToolFailed:
    said.seek(0)
    text = said.read().decode(errors="replace").strip() or "ended without a word"
    for pattern, problem, cure in _MENDS:
        if found := re.search(pattern, text):
            caught = found.groups()
            return ToolFailed(f"{tool} {problem.format(*caught)}", cure.format(*caught))
    lines = text.splitlines()
    first = next((line for line in lines if re.search(r"error|fatal", line, re.IGNORECASE)), lines[-1])
    unreached = _UNREACHED.search(text)
    return ToolFailed(f"{tool}: {first}", "check SIGAP_DATABASE_URL and that the server runs" if unreached else mend)
