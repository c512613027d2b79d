"""After an upgrade the language model is trained anew beside the service, which goes on with the one it has.

Whoever upgrades a city's 112 must not shut it for the minutes of a training.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sys
from typing import IO, Final

from config import understanding
from config.model_in_use import ModelInUse
from config.settings import Settings

log = logging.getLogger(__name__)

LOCK: Final = "training.lock"  # in the model folder
LOOK_AGAIN: Final = 2.0  # seconds
GENTLY = 10  # nice: messages go first
COMMAND = (sys.executable, "-m", "config.command", "nlu", "train")


async def renew(wanted: Settings, model: ModelInUse, command: tuple[str, ...] = COMMAND) -> None:
    """Train from the phrases as they are now, in a process of its own, then answer by what came of it.

    Of several processes over one model folder one trains; the others answer by what it made.
    """
    wanted.model.parent.mkdir(parents=True, exist_ok=True)
    with (wanted.model.parent / LOCK).open("w") as lock:
        while not _taken(lock):  # noqa: ASYNC110 - a lock of the file system tells nobody when it is free
            await asyncio.sleep(LOOK_AGAIN)
        if not understanding.is_stale(wanted.cities, wanted.model) or await _trained(wanted, command):
            await model.built_in_renewed()
            log.info("the new language model answers")


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


async def _trained(wanted: Settings, command: tuple[str, ...]) -> bool:
    log.info("the language model is older than its phrases; a new one is trained beside the service")
    environment = os.environ | {
        "SIGAP_MODELS": str(wanted.model.parent),
        "SIGAP_DATA": str(wanted.data),
        "SIGAP_CITIES": ",".join(wanted.cities),
    }
    process = await asyncio.create_subprocess_exec(
        "nice",
        "-n",
        str(GENTLY),
        *command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        log.error("the language model could not be trained anew; the old one serves", extra={"code": code})
    return code == 0
