"""`sigap backup` and `sigap restore`: everything that a city would miss, in one file, made beside a running Sigap.

The file is a tar: ``manifest.json`` first, then the database, then the media folder. A backup stands under its final
name only once it is whole and on the disk; a restore touches nothing before the whole file has been read and checked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.engine import make_url

from config import backup_postgres, media_folder
from config.findings import Mendable
from config.folder import hold_folder, make_folder
from config.settings import Settings

FORM: Final = 1  # of the file: raise it whenever an older program could not read it
MANIFEST: Final = "manifest.json"
MEDIA: Final = "media"
ITS_OWN: Final = media_folder.FILE  # a folder's id is no photo
COUNTED: Final = ("message", "incident", "audit_event", "entry")  # what a restore is compared by
_PIECE: Final = 1 << 20

Engine = Literal["sqlite", "postgresql"]
DATABASE: Final[Mapping[Engine, str]] = {"sqlite": "sigap.db", "postgresql": "sigap.dump"}


class BadBackup(Mendable):
    """A backup cannot be made, or not be used."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. ``rows`` by table; ``sealed`` is the database's SHA-256."""

    form: int
    engine: Engine
    made_at: str  # ISO, UTC
    cities: tuple[str, ...]
    sealed: str
    rows: Mapping[str, int] = field(default_factory=dict)
    files: int = 0  # of the media folder


_READER: Final = TypeAdapter(Manifest)


def back_up(wanted: Settings, file: Path, now: datetime) -> Manifest:
    """Write a backup to ``file``. Raises BadBackup where it is there already, or a database's own tool fails."""
    if file.exists():
        raise BadBackup(f"{file} is there already", "name another file: an old backup is never overwritten")
    with tempfile.TemporaryDirectory(prefix=".sigap-backup-", dir=_folder_of(file)) as passing:
        copy = Path(passing) / "database"
        engine = _engine(wanted)
        rows = _copy_sqlite(wanted, copy) if engine == "sqlite" else _dump_postgres(wanted, copy)
        files = _files(wanted.media)
        manifest = Manifest(FORM, engine, now.isoformat(), wanted.cities, _sum(copy), rows, len(files))
        half = Path(passing) / "half"
        _pack(half, manifest, copy, wanted.media, files)
        half.rename(file)
    _to_disk(file.parent)
    return manifest


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
    with _opened(file, wanted.data) as (manifest, folder):
        if manifest.engine != _engine(wanted):
            raise BadBackup(
                f"{file} is of a {manifest.engine} database", "set SIGAP_DATABASE_URL to one of the same kind"
            )
        if manifest.engine == "sqlite":
            _put_sqlite(wanted, folder, replace, say)
        else:
            _put_postgres(wanted, folder, replace, say, pause)
    return manifest


def look_into(file: Path) -> Manifest:
    """Read the whole file, open its database and count: whether it could be restored. Raises BadBackup."""
    with tempfile.TemporaryDirectory(prefix="sigap-look-") as passing, _opened(file, Path(passing)) as (manifest, _):
        return manifest


# Making -----------------------------------------------------------------------------------------------------------


def _folder_of(file: Path) -> Path:
    folder = file.absolute().parent
    if not folder.is_dir():
        raise BadBackup(f"{folder} is no folder", "make it, or name a file in one that is there")
    return folder


def _engine(wanted: Settings) -> Engine:
    return "sqlite" if make_url(wanted.url).get_backend_name() == "sqlite" else "postgresql"


def _copy_sqlite(wanted: Settings, copy: Path) -> dict[str, int]:
    """SQLite's own online backup: a copy of one moment, while others go on writing."""
    path = make_url(wanted.url).database or ""
    if not Path(path).exists():
        raise BadBackup(f"there is no database {path}", "run: sigap migrate, or sigap run; or set SIGAP_DATA")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the source was
        return _count_sqlite(target)


def _count_sqlite(database: sqlite3.Connection) -> dict[str, int]:
    [(said,)] = database.execute("PRAGMA integrity_check(1)").fetchall()
    if said != "ok":
        raise BadBackup(f"the database is damaged ({said})", "restore the last good backup")
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    counts = (f"SELECT count(*) FROM {name}" for name in COUNTED if name in there)  # noqa: S608 - names of our own
    named = [name for name in COUNTED if name in there]
    return {name: database.execute(query).fetchone()[0] for name, query in zip(named, counts, strict=True)}


def _dump_postgres(wanted: Settings, copy: Path) -> dict[str, int]:
    backup_postgres.dump(make_url(wanted.url), copy)
    rows = _count_dump(copy)
    if not rows:
        raise BadBackup("the database holds nothing of Sigap's", "run: sigap migrate; or set SIGAP_DATABASE_URL")
    return rows


def _count_dump(copy: Path) -> dict[str, int]:
    """Of the dump, not of the database, which has moved on; and who counts has read it."""
    held = backup_postgres.rows_in(copy)
    return {name: held[name] for name in COUNTED if name in held}


def _pack(half: Path, manifest: Manifest, copy: Path, media: Path, files: list[Path]) -> None:
    with half.open("wb") as target, tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        told = json.dumps(asdict(manifest), indent=1).encode()
        head = tarfile.TarInfo(MANIFEST)
        head.size = len(told)
        tar.addfile(head, io.BytesIO(told))
        tar.add(copy, DATABASE[manifest.engine], filter=_nobodys)
        for path in files:
            tar.add(path, f"{MEDIA}/{path.relative_to(media).as_posix()}", filter=_nobodys)
        tar.close()
        target.flush()
        os.fsync(target.fileno())


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whose file it is on the next machine is decided there."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Putting back -----------------------------------------------------------------------------------------------------


@contextmanager
def _opened(file: Path, near: Path) -> Iterator[tuple[Manifest, Path]]:
    """The file unpacked and checked, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".sigap-restore-", dir=near) as passing:
        folder = Path(passing)
        try:
            with tarfile.open(file, "r:") as tar:  # never compressed: else it tries each way, and tells of each
                tar.extractall(folder, filter="data")
            told = (folder / MANIFEST).read_bytes()
        except FileNotFoundError:
            raise BadBackup(
                f"{file} is not there, or holds no {MANIFEST}", "name a file that sigap backup made"
            ) from None
        except (tarfile.TarError, ValueError, OSError) as problem:
            told_first = str(problem).partition("\n")[0]
            raise BadBackup(f"{file} cannot be read ({told_first})", "use another backup") from None
        manifest = _manifest(file, told)
        _compare(file, manifest, folder)
        yield manifest, folder


def _manifest(file: Path, told: bytes) -> Manifest:
    try:
        manifest = _READER.validate_json(told)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise BadBackup(f"{file} has a broken {MANIFEST} ({first['loc']}: {first['msg']})", "use another") from None
    if manifest.form != FORM:
        raise BadBackup(f"{file} has form {manifest.form}, this program reads {FORM}", "use the program that made it")
    return manifest


def _compare(file: Path, manifest: Manifest, folder: Path) -> None:
    database = folder / DATABASE[manifest.engine]
    if not database.exists() or _sum(database) != manifest.sealed:
        raise BadBackup(f"{file} is damaged: its database is not what was written", "use another backup")
    files = [path for path in (folder / MEDIA).rglob("*") if path.is_file()]
    if len(files) != manifest.files:
        raise BadBackup(f"{file} is damaged: {len(files)} of {manifest.files} media files", "use another backup")
    rows = _count_file(database) if manifest.engine == "sqlite" else _count_dump(database)
    if rows != manifest.rows:
        raise BadBackup(f"{file} is damaged: it holds {rows}, not {manifest.rows}", "use another backup")


def _count_file(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as opened:
        return _count_sqlite(opened)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ITS_OWN]


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
        _to_disk(place.parent)


def _put_postgres(
    wanted: Settings, folder: Path, replace: bool, say: Callable[[str], object], pause: Callable[[float], object]
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
    backup_postgres.put(url, folder / DATABASE["postgresql"], there, aside)
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
