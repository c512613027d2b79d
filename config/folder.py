"""The data folder: made for one user alone, since it holds what people wrote in their worst hour."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

PRIVATE = 0o077  # what is taken away from every new file: nobody but its owner reads


class NoFolder(ValueError):
    """The data folder cannot be used. The text says why, and how to mend it."""


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
    nearest = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    try:
        _try_in(nearest)
    except OSError as error:
        raise _refusal(folder, error) from None


def _try_in(folder: Path) -> None:
    """Permissions alone do not tell: a disk may be mounted for reading only, /proc takes no folder from anybody."""
    Path(tempfile.mkdtemp(prefix=".sigap-try-", dir=folder)).rmdir()


def _refusal(folder: Path, error: OSError) -> NoFolder:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return NoFolder(f"{folder} is a file, or lies in one: set SIGAP_DATA to a folder")
    mend = "make room" if error.errno == 28 else f"chown {folder} to the user who runs sigap, or set SIGAP_DATA"
    return NoFolder(f"{folder} cannot be written ({error.strerror}): {mend}")


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
