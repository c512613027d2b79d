"""What a web process and a worker say of themselves in the journal, once they are at it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from benchmarks.setting import free_port
from config.database import Database
from config.opening import prepare
from config.settings import Settings
from tests.understanders import CITIES, trained_model

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ["web", "worker"])
async def test_it_says_where_and_for_whom(tmp_path: Path, kind: str) -> None:
    settings = Settings(data=tmp_path, cities=CITIES)
    shutil.copytree(trained_model().parent, tmp_path / "models")
    database = Database(settings.url)
    await prepare(settings, database)
    await database.close()
    port = free_port()
    own = {"SIGAP_DATA": str(tmp_path), "SIGAP_CITIES": ",".join(CITIES), "SIGAP_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.command", kind), env=os.environ | own, stderr=asyncio.subprocess.PIPE
    )
    cities = ", ".join(CITIES)
    wanted = (
        rf"listens on http://127\.0\.0\.1:{port} for {cities}"
        if kind == "web"
        else rf"works for {cities} as \S+-{process.pid}-"
    )
    try:
        assert process.stderr is not None
        said = ""
        async with asyncio.timeout(60):
            while not re.search(wanted, said):
                line = await process.stderr.readline()
                assert line, said
                said += line.decode()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() in (0, -signal.SIGTERM), said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
