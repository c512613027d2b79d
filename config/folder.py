"""The data folder: made for one user alone, since it holds what people wrote in their worst hour."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from pathlib import Path
from typing import IO, Final

from config.findings import Mendable

PRIVATE: Final = 0o077  # what is taken away from every new file: nobody but its owner reads
LOCK: Final = "sigap.lock"


class NoFolder(Mendable):
    """The data folder cannot be used."""


class AlreadyRunning(RuntimeError):
    """Another process works on the same embedded database."""


def hold_folder(folder: Path) -> IO[str]:
    """The lock of a data folder, held until it is closed or the process ends. Raises AlreadyRunning.

    Two processes on one SQLite database would each send what the other has claimed (record 0011).
    """
    lock = (folder / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise AlreadyRunning(
            f"another sigap works in {folder}: stop it, set SIGAP_DATA to another folder, or use PostgreSQL"
        ) from error
    return lock


def is_held(folder: Path) -> bool:
    """Whether another process works in the folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        hold_folder(folder).close()
    except AlreadyRunning:
        return True
    return False


def keep_to_ourselves() -> None:
    """Whatever this process makes from now on is its user's own: database, media, model."""
    os.umask(PRIVATE)


def make_folder(folder: Path) -> None:
    """Make the folder if there is none, and try to write in it. Raises NoFolder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _try_in(folder)
    except OSError as error:
        raise _refusal(folder, error) from None


def try_folder(folder: Path) -> None:
    """Whether the folder can be used, or made; nothing stays behind. Raises NoFolder."""
    try:
        _try_in(nearest(folder))
    except OSError as error:
        raise _refusal(folder, error) from None


def nearest(folder: Path) -> Path:
    """The folder, or the one that is there already and in which it would be made."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())


def _try_in(folder: Path) -> None:
    """Permissions alone do not tell: a disk may be mounted for reading only, /proc takes no folder from anybody."""
    Path(tempfile.mkdtemp(prefix=".sigap-try-", dir=folder)).rmdir()


def _refusal(folder: Path, error: OSError) -> NoFolder:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return NoFolder(f"{folder} is a file, or lies in one", "set SIGAP_DATA to a folder")
    mend = "make room" if error.errno == 28 else f"chown {folder} to the user who runs sigap, or set SIGAP_DATA"
    return NoFolder(f"{folder} cannot be written ({error.strerror})", mend)


def readable_by_others(folder: Path) -> list[Path]:
    """What in the folder other users of the machine may open: the folder itself, the database, media, the model."""
    if not folder.exists():
        return []
    return [path for path in (folder, *sorted(folder.rglob("*"))) if _is_wide(path)]


def _is_wide(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.lstat().st_mode) & PRIVATE) and not path.is_symlink()
    except OSError:  # gone meanwhile: a WAL file, a photo that was half fetched
        return False
