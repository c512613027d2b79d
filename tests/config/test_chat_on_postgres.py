"""`sigap chat` where several processes may work: it goes through the web that runs, and does nothing else."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.engine import make_url

from benchmarks.setting import free_port
from tests.config.conftest import Sigap, refused

pytestmark = pytest.mark.postgres


def ask(url: str, query: str) -> int:
    """A number from that database."""

    async def run() -> int:
        place = make_url(url)
        connection = await asyncpg.connect(host=str(place.query["host"]), user=place.username, database=place.database)
        found = await connection.fetchval(query)
        await connection.close()
        return int(found)

    return asyncio.run(run())


def test_it_does_not_migrate(sigap: Sigap, empty_postgres_url: str) -> None:
    told = sigap("chat", SIGAP_DATABASE_URL=empty_postgres_url, SIGAP_PORT=str(free_port()))
    refused(told, "run sigap migrate && sigap seed")
    assert ask(empty_postgres_url, "SELECT count(*) FROM pg_stat_user_tables") == 0


def test_it_does_not_seed(sigap: Sigap, postgres_url: str) -> None:
    refused(sigap("chat", SIGAP_DATABASE_URL=postgres_url, SIGAP_PORT=str(free_port())), "never seeded")
    assert ask(postgres_url, "SELECT count(*) FROM entry") == 0


def test_it_does_not_work_where_nobody_else_does(sigap: Sigap, postgres_url: str) -> None:
    on = {"SIGAP_DATABASE_URL": postgres_url, "SIGAP_PORT": str(free_port())}
    assert sigap("seed", **on).exit_code == 0
    refused(sigap("chat", **on), "start sigap web and sigap worker")


async def test_it_talks_to_the_web_that_runs(sigap: Sigap, postgres_url: str) -> None:
    asked: list[str] = []

    async def messages(request: web.Request) -> web.Response:
        asked.append(request.match_info["account"])
        return web.json_response({"messages": [{"id": "1", "from": "bot", "text": "Halo dari web."}]})

    app = web.Application()
    app.router.add_get("/in-web/{account}/messages", messages)
    async with TestServer(app) as server:
        on = {"SIGAP_DATABASE_URL": postgres_url, "SIGAP_PORT": str(server.port)}
        assert (await asyncio.to_thread(sigap, "seed", **on)).exit_code == 0
        told = await asyncio.to_thread(sigap, "chat", **on)
    assert told.exit_code == 0, told.output
    assert "112> Halo dari web." in told.output
    assert asked[0] == "kendari"
    assert await asyncio.to_thread(ask, postgres_url, "SELECT count(*) FROM process") == 0, "no worker was begun"
