"""How long the event loop serves nobody: its worst lag is on /metrics, and counts as being behind."""

from __future__ import annotations

import asyncio

from bots.pressure import Pressure
from config import metrics

EVERY = 0.25  # seconds
KEPT = 10.0  # seconds over which the worst lag is shown


async def measure_lag(pressure: Pressure) -> None:
    """Go on measuring, until cancelled."""
    loop = asyncio.get_running_loop()
    kept: list[tuple[float, float]] = []
    while True:
        begun = loop.time()
        await asyncio.sleep(EVERY)
        now = loop.time()
        lag = max(0.0, now - begun - EVERY)
        kept = [one for one in kept if now - one[0] < KEPT]
        kept.append((now, lag))
        metrics.loop_lag_seconds.set(max(lag for _, lag in kept))
        pressure.note(lag, most="media")  # answers are late only where messages are
