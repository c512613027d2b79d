"""`sigap restore`: a backup in the place of database and media. Nothing is touched before all of it was read.

A backup of SQLite goes into PostgreSQL too: that is how a city moves there.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from config import backup_postgres
from config.backup_file import DATABASE, ITS_OWN, MEDIA, BadBackup, Engine, Manifest, engine_of, opened
from config.carrying_over import carry_over
from config.disk import sync_folder
from config.folder import hold_folder, make_folder
from config.settings import Settings


def restore(
    wanted: Settings,
    file: Path,
    *,
    replace: bool,
    say: Callable[[str], object] = print,
    pause: Callable[[float], object] = time.sleep,
) -> Manifest:
    """Put a backup in the place of the settings' database and media folder.

    Raises BadBackup where the file is damaged, somebody works on the database, or there is one already; with
    ``replace`` that one is moved aside, and ``say`` is told where to. ``pause`` sleeps for seconds.
    """
    make_folder(wanted.data)
    with opened(file, wanted.data) as (manifest, folder):
        if engine_of(wanted) == "postgresql":
            _put_postgres(wanted, manifest.engine, folder, replace, say, pause)
        elif manifest.engine == "sqlite":
            _put_sqlite(wanted, folder, replace, say)
        else:
            raise BadBackup(f"{file} is of a PostgreSQL database", "set SIGAP_DATABASE_URL to one")
    return manifest


def look_into(file: Path) -> Manifest:
    """Read the whole file, open its database and count: whether it could be restored. Raises BadBackup."""
    with tempfile.TemporaryDirectory(prefix="sigap-look-") as passing, opened(file, Path(passing)) as (manifest, _):
        return manifest


def _holds(folder: Path) -> bool:
    """Whether anything but a folder's own id lies there."""
    return folder.is_dir() and any(path.name != ITS_OWN for path in folder.iterdir())


def _put_sqlite(wanted: Settings, folder: Path, replace: bool, say: Callable[[str], object]) -> None:
    place = Path(make_url(wanted.url).database or "")
    with hold_folder(wanted.data):
        there = [path for path in (place, wanted.media) if path.is_file() or _holds(path)]
        if there and not replace:
            raise BadBackup(f"{there[0]} is there already", "use --replace: what is there is moved aside, not deleted")
        aside = f".before-{_stamp():%Y%m%d-%H%M%S}"
        for path in (*there, *(Path(f"{place}{ending}") for ending in ("-wal", "-shm"))):
            if path.exists():
                path.rename(f"{path}{aside}")
                say(f"{path} is now {path}{aside}")
        _put_media(wanted, folder)
        shutil.move(folder / DATABASE["sqlite"], place)
        sync_folder(place.parent)


def _put_postgres(
    wanted: Settings,
    engine: Engine,
    folder: Path,
    replace: bool,
    say: Callable[[str], object],
    pause: Callable[[float], object],
) -> None:
    url = make_url(wanted.url)
    there = backup_postgres.tables(url)
    if there and not replace:
        raise BadBackup(
            "the database has tables already",
            "use --replace: what is there is moved aside; or restore into an empty one",
        )
    if _holds(wanted.media) and not replace:
        raise BadBackup(f"{wanted.media} is not empty", "use --replace, or set SIGAP_DATA")
    if "process" in there and (names := backup_postgres.living(url, pause)):
        raise BadBackup(f"Sigap is at work on this database ({', '.join(names)})", "stop every web and worker first")
    aside = f"before_{_stamp():%Y%m%d_%H%M%S}"
    first = backup_postgres.clearing(there, aside)
    if engine == "sqlite":
        with hold_folder(wanted.data):  # whoever still hears there would be left behind
            carry_over(folder / DATABASE[engine], url, first)
    else:
        backup_postgres.put(url, folder / DATABASE[engine], first)
    if there:
        say(f"What was in the database is now in its schema {aside}.")
        address = url._replace(drivername="postgresql", password=None).render_as_string()
        say(f"When nobody needs that any more: psql '{address}' -c 'DROP SCHEMA {aside} CASCADE'")
    _put_media(wanted, folder)


def _stamp() -> datetime:
    return datetime.now().astimezone()


def _put_media(wanted: Settings, folder: Path) -> None:
    if not (folder / MEDIA).exists():
        return
    try:
        shutil.copytree(folder / MEDIA, wanted.media, dirs_exist_ok=True)
    except (OSError, shutil.Error) as problem:
        raise BadBackup(
            f"not all media could be put into {wanted.media} ({problem.strerror or 'some files failed'})",
            "make room there and let it be written, then restore once more with --replace",
        ) from None
