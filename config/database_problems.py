"""What a database complains of, as a technician reads it: what is wrong, and how to mend it."""

from __future__ import annotations

import re

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from config.settings import Settings

# What the drivers say, and what to do about it. The first that fits counts.
_MENDS: tuple[tuple[str, str, str], ...] = (
    (
        r"not a database|malformed|disk image",
        "is damaged, or no database at all",
        "move the file aside and put the last backup in its place",
    ),
    (
        r"no such table|no such column|relation .* does not exist|UndefinedTable|UndefinedColumn",
        "has not been made yet, or is of an older version",
        "run: sigap migrate (sigap run does it too)",
    ),
    (
        r"(?:relation|table|column|type|schema) \S+ (?:of relation \S+ )?already exists",
        "holds what its migrations do not know of",
        "restore a backup into it: sigap restore FILE --replace moves what is there aside",
    ),
    (
        r"Can't locate revision",
        "was made by a newer Sigap",
        "install that version again: an older one must not write here",
    ),
    (r"disk is full|No space left", "has no room to write", "make room on that disk"),
    (
        r"unable to open|readonly|Permission denied",
        "cannot be opened for writing",
        "chown it to the user who runs sigap",
    ),
    (
        r"permission denied|must be owner of",
        "does not let its user do that",
        "make that user its owner: ALTER DATABASE … OWNER TO …",
    ),
    (
        r"read-only transaction",
        "is a copy for reading only",
        "name the server that is written to in SIGAP_DATABASE_URL",
    ),
    (
        r"too many (?:clients|connections)|remaining connection slots",
        "has no connection left",
        "raise PostgreSQL's max_connections: 14 a process at least",
    ),
    (
        r"lock timeout|statement timeout|deadlock detected",
        "kept us waiting for what another holds",
        "let the backup, migration or other program on it finish, then try again",
    ),
    (r"is locked", "is held by another program", "let the backup or the other sigap finish, then try again"),
    (r"password|authentication|role .* does not exist", "refuses the user", "correct SIGAP_DATABASE_URL"),
    (r"database .* does not exist", "does not exist", "make it: createdb NAME"),
    (
        r"Can't load plugin|Could not parse|names '|invalid literal|Unexpected URL",
        "has no address that we understand",
        "write SIGAP_DATABASE_URL as sqlite:///… or postgresql://user:password@host/name",
    ),
)
_OF_DRIVERS = (OSError, TimeoutError, SQLAlchemyError)
_UNREACHED = ("cannot be reached", "check SIGAP_DATABASE_URL and that the server runs")
_REFUSED = ("refuses", "it is reached, so no setting is wrong: keep this line for whoever looks after the program")
_OF_CONNECTIONS = ("08", "57P")  # what SQLSTATE begins with where a connection failed, or the server starts or ends


def shown(settings: Settings) -> str:
    """The database as it may be named on a screen: without user and password."""
    return re.sub(r"//[^/]*@", "//", settings.url)


def explain(error: Exception) -> tuple[str, str] | None:
    """What is wrong and how to mend it; None for what is no database's complaint but a fault of ours."""
    vendor = type(error).__module__.partition(".")[0]
    a_drivers = isinstance(error, _OF_DRIVERS) or vendor in ("asyncpg", "alembic")
    if not a_drivers and not isinstance(error, ValueError):  # that is how an address is refused
        return None
    said = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = str(said)
    for pattern, problem, mend in _MENDS:
        if re.search(pattern, f"{type(error).__name__} {text}"):
            return problem, mend
    if not a_drivers:
        return None
    problem, mend = _UNREACHED if _is_unreached(error, said) else _REFUSED
    return f"{problem} ({(text or type(error).__name__).splitlines()[0]})", mend


def _is_unreached(error: Exception, said: BaseException) -> bool:
    """Whether it was the connection that failed; anything else was said by a server that answers."""
    if isinstance(said, OSError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True  # asyncio's TimeoutError is an OSError too
    state = getattr(said, "sqlstate", None)
    if state is None:
        return type(said).__name__ == "InterfaceError"  # asyncpg's own, of a connection that was closed
    return str(state).startswith(_OF_CONNECTIONS)
