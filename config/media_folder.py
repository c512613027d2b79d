"""Whether all processes keep photos and voice in one folder: what one fetched another must be able to show.

The folder has an id of its own, in a file that whoever comes first makes. Processes tell one another the id that they
find; where these differ some operators open a photo and find none.
"""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path
from typing import Any, Final

from config.processes import Processes

MEDIA: Final = "media"  # the part of what processes tell
FILE: Final = ".folder"
NAME: Final = "media folder"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
DIFFERENT: Final = "processes keep media in different folders: share one folder (docs/operations.md)"


def folder_id(folder: Path) -> str:
    """The folder's id, made if it has none yet; whoever else makes it at the same moment, there is one. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    file, mine = folder / FILE, secrets.token_hex(8)
    if not file.exists():
        half = folder / f"{FILE}-{mine}"
        try:
            half.write_text(mine)
            os.link(half, file)  # whole or not at all, and never over another's; over NFS too
        except FileExistsError:
            pass
        finally:
            half.unlink(missing_ok=True)
    return file.read_text().strip()


def _mend(error: OSError) -> str:
    if error.errno in _FULL:
        return "make room on that disk, then start sigap again"
    return "make it writable for the user who runs sigap"


class MediaFolder:
    """This process's media folder, for /health."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self._processes = processes
        self._fault, self._id = "", ""
        try:
            self._id = folder_id(folder)
        except OSError as error:
            self._fault = f"{folder} cannot be used ({error.strerror}): {_mend(error)}"
        else:
            processes.tell(MEDIA, lambda: self._id)

    def parts(self) -> list[dict[str, Any]]:
        """One part: well while all living processes tell the same id."""
        differ = bool(self._id) and {self._id, *self._processes.others(MEDIA)} != {self._id}
        fault = self._fault or (DIFFERENT if differ else "")
        return [{"name": NAME, "ok": not fault, "needed": False, "detail": fault or "one folder"}]
