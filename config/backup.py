"""`sigap backup`: everything that a city would miss, in one file, made beside a running Sigap.

A backup stands under its final name only once it is whole and on the disk.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from config import backup_postgres
from config.backup_file import (
    FORM,
    BadBackup,
    Manifest,
    checksum,
    count_dump,
    count_sqlite,
    engine_of,
    media_files,
    pack,
)
from config.disk import sync_folder
from config.settings import Settings


def back_up(wanted: Settings, file: Path, now: datetime) -> Manifest:
    """Write a backup to ``file``. Raises BadBackup where it is there already, or a database's own tool fails."""
    if file.exists():
        raise BadBackup(f"{file} is there already", "name another file: an old backup is never overwritten")
    with tempfile.TemporaryDirectory(prefix=".sigap-backup-", dir=_folder_of(file)) as passing:
        copy = Path(passing) / "database"
        engine = engine_of(wanted)
        rows = _copy_sqlite(wanted, copy) if engine == "sqlite" else _dump_postgres(wanted, copy)
        files = media_files(wanted.media)
        manifest = Manifest(FORM, engine, now.isoformat(), wanted.cities, checksum(copy), rows, len(files))
        half = Path(passing) / "half"
        pack(half, manifest, copy, wanted.media, files)
        half.rename(file)
    sync_folder(file.parent)
    return manifest


def _folder_of(file: Path) -> Path:
    folder = file.absolute().parent
    if not folder.is_dir():
        raise BadBackup(f"{folder} is no folder", "make it, or name a file in one that is there")
    return folder


def _copy_sqlite(wanted: Settings, copy: Path) -> dict[str, int]:
    """SQLite's own online backup: a copy of one moment, while others go on writing."""
    path = make_url(wanted.url).database or ""
    if not Path(path).exists():
        raise BadBackup(f"there is no database {path}", "run: sigap migrate, or sigap run; or set SIGAP_DATA")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the source was
        return count_sqlite(target)


def _dump_postgres(wanted: Settings, copy: Path) -> dict[str, int]:
    backup_postgres.dump(make_url(wanted.url), copy)
    rows = count_dump(copy)
    if not rows:
        raise BadBackup("the database holds nothing of Sigap's", "run: sigap migrate; or set SIGAP_DATABASE_URL")
    return rows
