"""One open console: what it may hear, what it wants to hear, what waits to be sent to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from handoff.console.shapes import Person
from handoff.news import Key, News
from handoff.sessions import Session

# Codes with which a socket is closed.
NOT_LOGGED_IN = 4401
MUST_CHANGE_PASSWORD = 4403
NO_DESK = 4404  # an author: nothing that happens at the desk is theirs
TOO_SLOW = 4408
RESTART = 1012


class Console:
    """One open page of one operator."""

    MOST_FRAMES = 500  # that wait to be sent
    MOST_FOLLOWED = 200  # conversations; a page fetches anew what it opens again

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.operator = session.operator
        self.frames: asyncio.Queue[str] = asyncio.Queue(self.MOST_FRAMES)
        self.ended = asyncio.Event()
        self.code = RESTART
        self.heard_at = now
        self.viewing: Key | None = None
        self._follows: dict[Key, None] = {}

    @property
    def me(self) -> Person:
        return Person(id=str(self.operator.id), name=self.operator.name)

    @property
    def follows(self) -> Iterable[Key]:
        return self._follows

    def follow(self, key: Key) -> None:
        """Tell of every message there from now on."""
        self._follows.pop(key, None)
        self._follows[key] = None
        while len(self._follows) > self.MOST_FOLLOWED:
            del self._follows[next(iter(self._follows))]

    def wants(self, one: News) -> bool:
        """Whether this console may and must hear of it."""
        if not self.operator.may_see(one.city, one.restricted):
            return False
        return one.talk is None or one.talk in self._follows or one.speaker == self.operator.id

    def tell(self, frame: str) -> None:
        """Queue a frame; a console whose queue is full is cut off."""
        if self.ended.is_set():
            return
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.end(TOO_SLOW)

    def end(self, code: int) -> None:
        """Have the socket closed with ``code``."""
        if not self.ended.is_set():
            self.code = code
            self.ended.set()
