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


def shown(settings: Settings) -> str:
    """The database as it may be named on a screen: without user and password."""
    return re.sub(r"//[^/]*@", "//", settings.url)


def explain(error: Exception) -> tuple[str, str] | None:
    """What is wrong and how to mend it; None for what is no database's complaint but a fault of ours."""
    vendor = type(error).__module__.partition(".")[0]
    a_drivers = isinstance(error, _OF_DRIVERS) or vendor in ("asyncpg", "alembic")
    if not a_drivers and not isinstance(error, ValueError):  # that is how an address is refused
        return None
    text = str(error.orig if isinstance(error, DBAPIError) and error.orig else error)
    for pattern, problem, mend in _MENDS:
        if re.search(pattern, f"{type(error).__name__} {text}"):
            return problem, mend
    return (f"{_UNREACHED[0]} ({(text or vendor).splitlines()[0]})", _UNREACHED[1]) if a_drivers else None
