"""After an upgrade the language model is trained anew beside the service, which goes on with the one it has.

Whoever upgrades a city's 112 must not shut it for the minutes of a training.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from config.model_in_use import ModelInUse
from config.settings import Settings

log = logging.getLogger(__name__)

GENTLY = 10  # nice: messages go first
COMMAND = (sys.executable, "-m", "config.command", "nlu", "train")


async def renew(wanted: Settings, model: ModelInUse, command: tuple[str, ...] = COMMAND) -> None:
    """Train from the phrases as they are now, in a process of its own, then answer by what came of it."""
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
        return
    await model.built_in_renewed()
    log.info("the new language model answers")
