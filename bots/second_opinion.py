"""A Rasa server asked beside our own understander: with a deadline, a few at once, never waited for when it is down.

Our own answer stands whenever Rasa is late, down, or does not know.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

import aiohttp
import orjson

from bots.transcript import Turn
from config import metrics
from nlu import rasa
from nlu.rasa import Opinion, Role

log = logging.getLogger(__name__)

DEADLINE = 0.2  # seconds that a batch waits for all of its opinions together
AT_ONCE = 16  # questions under way
FAILURES = 5  # in a row, after which Rasa is left alone for a while
REST = 30.0  # seconds


class SecondOpinion:
    """Asks the Rasa server at ``url`` (its root, with ``?token=`` where it wants one)."""

    def __init__(self, http: aiohttp.ClientSession, url: str, role: Role = "second") -> None:
        root, _, token = url.partition("?")
        self._url = f"{root.rstrip('/')}/model/parse" + (f"?{token}" if token else "")
        self._http = http
        self._role = role
        self._room = asyncio.Semaphore(AT_ONCE)
        self._failures = 0
        self._rests_until = 0.0

    async def hear(self, turns: Sequence[Turn]) -> None:
        """Raise (or, as classifier, replace) what we understood of ``turns`` by what Rasa says in time."""
        asked = [one for one in turns if _is_open(one)]
        if not asked or time.monotonic() < self._rests_until:
            return
        tasks = {asyncio.create_task(self._ask(one.message.text)): one for one in asked}
        _, late = await asyncio.wait(tasks, timeout=DEADLINE)
        for task in late:
            task.cancel()
            self._count("late")
        for task, one in tasks.items():
            opinion = task.result() if task not in late else None
            if opinion is not None and one.understanding is not None:
                one.understanding = rasa.with_opinion(one.understanding, opinion, self._role)

    async def _ask(self, text: str) -> Opinion | None:
        try:
            async with self._room, self._http.post(self._url, data=orjson.dumps({"text": text})) as response:
                response.raise_for_status()
                opinion = rasa.read(orjson.loads(await response.read()))
        except (aiohttp.ClientError, orjson.JSONDecodeError, OSError) as error:
            log.warning("no second opinion", extra={"reason": type(error).__name__})
            self._count("failed")
            return None
        self._failures = 0
        metrics.second_opinions.labels("given" if opinion else "none").inc()
        return opinion

    def _count(self, how: str) -> None:
        metrics.second_opinions.labels(how).inc()
        self._failures += 1
        if self._failures >= FAILURES:
            self._failures = 0
            self._rests_until = time.monotonic() + REST


def _is_open(turn: Turn) -> bool:
    """Whether another's word could change anything: nothing lowers what we escalate."""
    return (
        turn.understanding is not None and turn.understanding.action != "escalate" and bool(turn.message.text.strip())
    )
