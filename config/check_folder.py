"""Whether the data folder can be written, has room, and is closed to the machine's other users."""

from __future__ import annotations

import shutil
from pathlib import Path

from config.findings import Finding
from config.folder import NoFolder, nearest, readable_by_others, try_folder
from config.settings import Settings

LEAST_SPACE = 2 * 1024**3  # bytes free in the data folder


def look_at_folder(settings: Settings) -> list[Finding]:
    """The data folder, and the models' where it stands elsewhere."""
    found = _look_at(settings.data, "data folder", "SIGAP_DATA")
    if settings.models is not None:
        found += _look_at(settings.models, "model folder", "SIGAP_MODELS")
    return found


def _look_at(folder: Path, name: str, setting: str) -> list[Finding]:
    what = f"{name} {folder}"
    try:
        try_folder(folder)
    except NoFolder as problem:
        return [Finding(what, problem.what, problem.mend.replace("SIGAP_DATA", setting))]
    free = shutil.disk_usage(nearest(folder)).free
    full = None if free >= LEAST_SPACE else f"only {free // 2**20} MB free"
    return [Finding(what, full, "make room: a full disk stops the emergency line"), *_modes(folder, what)]


def _modes(folder: Path, what: str) -> list[Finding]:
    wide = readable_by_others(folder)
    if not wide:
        return []
    told = f"other users of this machine may open {wide[0]}" + (f" and {len(wide) - 1} more" if wide[1:] else "")
    return [Finding(what, told, f"run: chmod -R go-rwx {folder}", grave=False)]
