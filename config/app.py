"""The web process: /in/* for providers, the console, the citizen's page, /health and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bots import citizen_page
from bots.webhooks import Webhooks
from config import metrics
from config.wiring import System
from config.worker import Worker
from handoff.console.api import console_app
from handoff.console.ports import ConsolePorts
from handoff.passwords import Passwords
from sms_gateway.lines import readable
from sms_gateway.segments import parts as sms_cost

Webhook = Callable[[Request], Awaitable[Response]]

DESCRIPTION = "The chat and SMS side of an Indonesian city's emergency number 112. Ids are strings, times UTC."


def build_app(system: System, *, with_worker: bool, closing: asyncio.Event | None = None) -> FastAPI:
    """The ASGI application of a system; ``with_worker`` runs the background work in the same process.

    Whoever serves it sets ``closing`` once it is to end: the citizens' pages that wait for news go home then.
    """
    worker = Worker(system)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await system.start()
        if with_worker:
            worker.start()
        yield
        if with_worker:
            await worker.stop()
        await system.stop()

    app = FastAPI(title="Sigap 112", version="0.1.0", description=DESCRIPTION, lifespan=lifespan)
    webhook = _plain(Webhooks(system.channels, system.accounts, system.inbox))
    app.include_router(console_app(_console_ports(system)))
    app.router.routes.extend(citizen_page.routes(_citizen_ports(system, webhook, closing or asyncio.Event())))
    # After the citizen's page, which guards /in/web/<account>: the first route that fits answers.
    app.router.routes.append(
        Route("/in/{channel}/{account}", webhook, methods=["GET", "POST"], include_in_schema=False)
    )
    _add_health(app, system)
    return app


def _plain(webhooks: Webhooks) -> Webhook:
    async def webhook(request: Request) -> Response:
        return await webhooks(request)

    return webhook


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
        sms_parts=lambda text: sms_cost(readable(text)).parts,
        tile_url=settings.tile_url or None,
        attribution=settings.tile_attribution,
        secure_cookies=settings.public_url.startswith("https://"),
        allowed_origins=frozenset({settings.public_url.rstrip("/")} - {""}),
    )


def _citizen_ports(system: System, webhook: Webhook, closing: asyncio.Event) -> citizen_page.Ports:
    return citizen_page.Ports(
        database=system.database,
        inbox=system.inbox,
        cities=system.cities,
        accounts={key: one for key, one in system.accounts.items() if one.channel == "web"},
        media_folder=system.settings.media,
        clock=system.clock,
        urgent=system.understander.urgent,
        webhook=webhook,
        closing=closing,
    )


def _add_health(app: FastAPI, system: System) -> None:
    @app.get("/health", tags=["machines"], summary="Live, ready, and how each part fares")
    async def health() -> JSONResponse:
        parts = await system.health.parts()
        ready = all(part["ok"] for part in parts if part["needed"])
        body = {"live": True, "ready": ready, "parts": parts}
        return JSONResponse(body, 200 if ready else 503)

    @app.get("/metrics", tags=["machines"], summary="Counters and timings in Prometheus' form")
    async def metrics_page() -> Response:
        return Response(metrics.page(), media_type="text/plain; version=0.0.4")
