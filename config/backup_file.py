"""A backup's file: a tar of ``manifest.json``, then the database, then the media folder.

Never compressed: media are so already, and what is cut off is found at once. Who reads one has checked all of it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.engine import make_url

from config import backup_postgres, media_folder
from config.findings import Mendable
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


def engine_of(wanted: Settings) -> Engine:
    return "sqlite" if make_url(wanted.url).get_backend_name() == "sqlite" else "postgresql"


def media_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ITS_OWN]


def pack(half: Path, manifest: Manifest, copy: Path, media: Path, files: list[Path]) -> None:
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


def checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def opened(file: Path, near: Path) -> Iterator[tuple[Manifest, Path]]:
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
    if not database.exists() or checksum(database) != manifest.sealed:
        raise BadBackup(f"{file} is damaged: its database is not what was written", "use another backup")
    files = [path for path in (folder / MEDIA).rglob("*") if path.is_file()]
    if len(files) != manifest.files:
        raise BadBackup(f"{file} is damaged: {len(files)} of {manifest.files} media files", "use another backup")
    rows = _count_file(database) if manifest.engine == "sqlite" else count_dump(database)
    if rows != manifest.rows:
        raise BadBackup(f"{file} is damaged: it holds {rows}, not {manifest.rows}", "use another backup")


def _count_file(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as opened:
        return count_sqlite(opened)


def count_sqlite(database: sqlite3.Connection) -> dict[str, int]:
    [(said,)] = database.execute("PRAGMA integrity_check(1)").fetchall()
    if said != "ok":
        raise BadBackup(f"the database is damaged ({said})", "restore the last good backup")
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    counts = (f"SELECT count(*) FROM {name}" for name in COUNTED if name in there)  # noqa: S608 - names of our own
    named = [name for name in COUNTED if name in there]
    return {name: database.execute(query).fetchone()[0] for name, query in zip(named, counts, strict=True)}


def count_dump(copy: Path) -> dict[str, int]:
    """Of the dump, not of the database, which has moved on; and who counts has read it."""
    held = backup_postgres.rows_in(copy)
    return {name: held[name] for name in COUNTED if name in held}
