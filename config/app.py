"""The web process: /in/* for providers, the console, the citizen's page, /health and /metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bots import citizen_page
from bots.rehearsal import Rehearsal
from bots.webhooks import Webhooks
from config import metrics
from config.accounts import sms_numbers
from config.model_parse import model_parse
from config.wiring import System
from config.witness import is_no_store
from config.worker import Worker
from handoff.console.api import console_app
from handoff.console.ports import ConsolePorts
from handoff.passwords import Passwords
from sms_gateway.lines import readable
from sms_gateway.segments import parts as sms_cost

log = logging.getLogger(__name__)

NOTING = 2.0  # seconds
COUNTING = 10.0  # seconds between two counts of what waits to be sent, where no worker counts anyway
DESCRIPTION = "The chat and SMS side of an Indonesian city's emergency number 112. Ids are strings, times UTC."


def build_app(system: System, *, with_worker: bool, closing: asyncio.Event | None = None) -> FastAPI:
    """The ASGI application of a system; ``with_worker`` runs the background work in the same process.

    Whoever serves it sets ``closing`` once it is to end: the citizens' pages that wait for news go home then.
    """
    worker = Worker(system)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await system.start()
        keeping_up = None
        if with_worker:
            worker.start()
        else:  # this process too must hear what is published, and note what it hears
            keeping_up = asyncio.create_task(_keep_up(system), name="keeping up")
        yield
        if keeping_up is None:
            await worker.stop()
        else:
            keeping_up.cancel()
            await asyncio.gather(keeping_up, return_exceptions=True)
        await system.stop()

    app = FastAPI(title="Sigap 112", version="0.1.0", description=DESCRIPTION, lifespan=lifespan)
    webhooks = Webhooks(system.channels, system.accounts, system.inbox)
    app.add_middleware(Deliveries, webhooks=webhooks)
    app.include_router(console_app(_console_ports(system)))
    app.router.routes.extend(citizen_page.routes(_citizen_ports(system, webhooks, closing or asyncio.Event())))
    asked = system.settings.nlu
    if asked.parse_token:
        app.include_router(model_parse(system.understander, asked.parse_token, tuple(system.cities)))
    _add_health(app, system)
    app.add_exception_handler(Exception, stumble)
    return app


async def _keep_up(system: System) -> None:
    """What a process without background work must do all the same, until cancelled."""
    async with asyncio.TaskGroup() as loops:
        loops.create_task(system.towns.run(), name="towns")
        # When lines were heard, and reports that came before their message was noted.
        noting = _again_and_again(NOTING, system.inbox.note_hearing, system.reports.settle)
        loops.create_task(noting, name="noting")
        # Where every worker is dead, only those who are left can tell a monitor.
        loops.create_task(_again_and_again(COUNTING, system.outbox.count), name="counting")


async def _again_and_again(pause: float, *steps: Callable[[], Awaitable[object]]) -> None:
    while True:
        for step in steps:
            try:
                await step()
            except Exception:
                log.exception("what was heard or waits could not be noted; tried again")
        await asyncio.sleep(pause)


class Deliveries:
    """Providers' deliveries, ``/in/<channel>/<account>``, go past the router, which would try every page before them.

    Those of the web channel do not: the citizen's page has a guard of its own there.
    """

    def __init__(self, app: ASGIApp, webhooks: Webhooks) -> None:
        self._app = app
        self._webhooks = webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a delivery; hand everything else on."""
        answer: ASGIApp = self._app
        if scope["type"] == "http" and scope["path"].startswith("/in/") and scope["method"] in ("GET", "POST"):
            channel, _, account = scope["path"].removeprefix("/in/").partition("/")
            if channel != "web" and account and "/" not in account:
                scope["path_params"] = {"channel": channel, "account": account}
                answer = await self._webhooks(Request(scope, receive))
        await answer(scope, receive, send)


def _console_ports(system: System) -> ConsolePorts:
    settings = system.settings
    return ConsolePorts(
        database=system.database,
        clock=system.clock,
        cities=system.cities,
        live=system.live,
        passwords=Passwords(),
        media_folder=settings.media,
        windows=system.windows,
        templates={key: name for key, one in system.accounts.items() if (name := one.credentials.get("template"))},
        sms_parts=lambda text: sms_cost(readable(text)).parts,
        tile_url=settings.tile_url or None,
        attribution=settings.tile_attribution,
        secure_cookies=settings.public_url.startswith("https://"),
        allowed_origins=frozenset({settings.public_url.rstrip("/")} - {""}),
        rehearsal=Rehearsal(system.database, system.clock, system.understander, sms_numbers(system.accounts.values())),
    )


def _citizen_ports(system: System, webhooks: Webhooks, closing: asyncio.Event) -> citizen_page.Ports:
    return citizen_page.Ports(
        database=system.database,
        inbox=system.inbox,
        cities=system.cities,
        accounts={key: one for key, one in system.accounts.items() if one.channel == "web"},
        media_folder=system.settings.media,
        clock=system.clock,
        urgent=system.understander.urgent,
        webhook=webhooks,
        closing=closing,
    )


async def stumble(_: Request, error: Exception) -> Response:
    """What a page is told where we broke: 503 where the database did, and it may ask again."""
    if is_no_store(error):
        return JSONResponse({"error": "no_store", "detail": "The database is out of reach just now: try again."}, 503)
    return JSONResponse({"error": "broken", "detail": "Sigap broke on this; its log says where."}, 500)


def _add_health(app: FastAPI, system: System) -> None:
    @app.head("/health", include_in_schema=False)
    @app.get("/health", tags=["machines"], summary="Live, ready, and how each part fares")
    async def health() -> JSONResponse:
        parts = await system.health.parts()
        ready = all(part["ok"] for part in parts if part["needed"])
        body = {"live": True, "ready": ready, "parts": parts}
        return JSONResponse(body, 200 if ready else 503)

    @app.get("/metrics", tags=["machines"], summary="Counters and timings in Prometheus' form")
    async def metrics_page() -> Response:
        return Response(metrics.page(), media_type="text/plain; version=0.0.4")
