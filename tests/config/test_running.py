"""A Sigap that runs: what it says at the start, and that other commands find their way beside it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from benchmarks.setting import free_port
from tests.served import Served, served

pytestmark = pytest.mark.slow


def environment(sigap: Served, **more: str) -> dict[str, str]:
    port = sigap.address.rpartition(":")[2]
    own = {"SIGAP_DATA": str(sigap.data), "SIGAP_PORT": port, "SIGAP_CITIES": "kendari,ambon", "COLUMNS": "300"}
    return {**os.environ, **own, **more}


async def command(sigap: Served, *words: str, said: str = "", **settings: str) -> tuple[int, str]:
    """Exit code and output of another `sigap` beside the one that runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.command", *words),
        env=environment(sigap, **settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    shown, _ = await process.communicate(said.encode())
    return process.returncode or 0, shown.decode()


async def log_in(http: aiohttp.ClientSession, sigap: Served, password: str) -> int:
    body = {"username": "petugas", "password": password}
    async with http.post(f"{sigap.address}/api/login", json=body) as answer:
        return answer.status


async def test_a_running_sigap_and_the_commands_beside_it(tmp_path: Path) -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
    async with served(tmp_path) as sigap, aiohttp.ClientSession(cookie_jar=jar) as http:
        for page in ("/", "/kendari", "/petugas", "/petugas/", "/health"):
            async with http.head(sigap.address + page) as answer:
                assert answer.status in (200, 503), page  # 503: the staff app is not built in this checkout
                assert await answer.read() == b""

        code, told = await command(sigap, "chat", "--city", "kendari", said="tolong kebakaran di mandonga\n")
        assert code == 0, told
        assert "112> " in told
        assert "another sigap" not in told

        code, told = await command(sigap, "check")
        assert f"ok    port {sigap.address.rpartition(':')[2]} on 127.0.0.1: Sigap runs" in told
        assert code == 0, told

        code, told = await command(sigap, "chat", said="halo\n", SIGAP_PORT=str(free_port()))
        assert (code, "SIGAP_PORT of the one that runs" in told) == (2, True), told

        assert await log_in(http, sigap, sigap.password) == 200
        async with http.get(f"{sigap.address}/api/me") as answer:
            assert answer.status == 200
        code, told = await command(sigap, "user", "password", "petugas")
        assert code == 0
        async with http.get(f"{sigap.address}/api/me") as answer:
            assert answer.status == 401, "whoever knew the old password is out"
        assert await log_in(http, sigap, sigap.password) == 401
        assert await log_in(http, sigap, told.split()[-1]) == 200


async def start(folder: Path, port: int) -> str:
    """What `sigap run` says until its pages answer."""
    async with served(folder, port) as sigap:
        return sigap.password


async def test_whoever_missed_the_first_password_is_told_how_to_get_another(tmp_path: Path) -> None:
    port = free_port()
    assert await start(tmp_path, port), "the first start gives a password"
    async with served(tmp_path, port) as sigap, aiohttp.ClientSession() as http:
        assert sigap.password == ""
        assert "sigap user password petugas" in sigap.said
        _, told = await command(sigap, "user", "password", "petugas")
        assert await log_in(http, sigap, told.split()[-1]) == 200
    async with served(tmp_path, port) as sigap:
        assert "sigap user password" not in sigap.said, "somebody has come in"


async def test_ready_is_said_only_once_it_answers(tmp_path: Path) -> None:
    async with served(tmp_path, wait=False) as sigap, aiohttp.ClientSession() as http:
        async with http.get(f"{sigap.address}/health") as answer:
            assert answer.status == 200
        assert await log_in(http, sigap, sigap.password) == 200, "and the password works at once"
