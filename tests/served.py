"""A real `sigap run` in a process of its own, on a free port and a fresh data folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.setting import free_port
from tests.understanders import CITIES, trained_model

COMMAND = (sys.executable, "-c", "from config.cli import app; app()", "run")


@dataclass
class Served:
    """Where it listens, and the first operator's one-time password."""

    address: str
    password: str
    data: Path
    process: asyncio.subprocess.Process
    said: str = ""  # the greeting


@asynccontextmanager
async def served(data: Path, port: int | None = None, *, wait: bool = True, **settings: str) -> AsyncIterator[Served]:
    """Serve until the block ends. A second call on the same ``data`` and ``port`` is a restart.

    Without ``wait`` the block begins with the greeting, ready or not.
    """
    port = port or free_port()
    _lend_model(data)
    environment = {
        **os.environ,
        "SIGAP_DATA": str(data),
        "SIGAP_PORT": str(port),
        "SIGAP_CITIES": ",".join(CITIES),
        "SIGAP_LOG_LEVEL": "WARNING",
        "COLUMNS": "200",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        *COMMAND, env=environment, stdout=asyncio.subprocess.PIPE, stderr=None
    )
    try:
        said = await _greeting(process)
        password = re.search(r"/ (\S+) \(sekali pakai\)", said)
        address = f"http://127.0.0.1:{port}"
        if wait:
            await _until_up(address)
        yield Served(address, password[1] if password else "", data, process, said)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _lend_model(data: Path) -> None:
    folder = data / "models"
    if not folder.exists():
        shutil.copytree(trained_model().parent, folder)


async def _greeting(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(60):
        while "Petugas:" not in said:
            line = await process.stdout.readline()
            assert line, f"sigap run ended: {said}"
            said += line.decode()
        # The password, where there is one, is the line after.
        try:
            async with asyncio.timeout(0.5):
                said += (await process.stdout.readline()).decode()
        except TimeoutError:
            pass
    return said


async def _until_up(address: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with http.get(f"{address}/health") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)
