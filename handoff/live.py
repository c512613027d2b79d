"""What changed -> open consoles. Who is at the desk, and who looks at what, here and at other processes.

A console is told at once, then at most every 80 ms. One that cannot keep up, or falls silent, is cut off with a code
that makes its page come back and take everything anew: nobody works on a picture that is old without knowing it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from config.clock import Clock
from config.database import Change, Database, Priority
from config.processes import Processes
from handoff import news, sessions
from handoff.console import views
from handoff.console.frames import HealthFrame, Hello, Ping, ViewersFrame
from handoff.console.part_names import part_detail, part_name
from handoff.console.shapes import Health, Person
from handoff.news import Audience, Key, News
from handoff.open_console import NOT_LOGGED_IN, RESTART, TOO_SLOW, Console
from handoff.operators import Operator
from handoff.seats import DESK, Seat, read_seat, seat_of
from handoff.sessions import Session
from handoff.tables import conversation

log = logging.getLogger(__name__)

BEAT = 10.0  # seconds between two signs of life
SILENT = timedelta(seconds=30)  # a page that answers no ping for so long is not there any more
TOGETHER = 0.08  # seconds: what happens within them is told together
FAR = 1.0  # seconds between two lists of conversations that only the bot serves
MOST_FAR = 100  # of them in one list: as many as a page shows

HealthCheck = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]


class Live:
    """All open consoles of this process. ``run`` must run; nothing is told without it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        windows: views.Windows,
        health: HealthCheck | None = None,
        processes: Processes | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._windows = windows
        self._health = health
        self._consoles: set[Console] = set()
        self._changes: dict[Change, None] = {}
        self._far: dict[Key, None] = {}
        self._something = asyncio.Event()
        self._something_far = asyncio.Event()
        self._doubt = asyncio.Event()
        self._last_health: str | None = None
        self._kept_awake = clock.now()
        self._processes = processes
        self._seated_elsewhere: tuple[Seat, ...] = ()
        if processes is not None:
            processes.tell(DESK, self._desk)
            processes.on_news(self._hear_desks)
        database.on_commit(self._hear)
        database.on_gap(lambda: self._end_all(RESTART))  # their pages come back and take everything anew

    # the desk ---------------------------------------------------------------------------------------------------

    def join(self, session: Session) -> Console:
        """Somebody opened the console: from here on nothing is missed. The first frame is the hello."""
        console = Console(session, self._clock.now())
        console.tell(Hello(server_time=self._clock.now()).model_dump_json())
        if self._last_health is not None:
            console.tell(self._last_health)
        self._consoles.add(console)
        self._say()
        return console

    def leave(self, console: Console) -> None:
        """The page is gone."""
        self._consoles.discard(console)
        self._tell_viewers(console.viewing)
        self._say()

    def present(self, city: str) -> int:
        """How many people are at the desk who answer for this city, at whichever process."""
        here = list(self._consoles)  # asked from the writer's thread too, while pages come and go
        own = {one.operator.id for one in here if one.operator.answers and city in one.operator.cities}
        return len(own | {one.id for one in self._seated_elsewhere if city in one.answers_for})

    def viewers(self, city: str, conversation_id: int) -> list[Person]:
        """Who looks at a conversation now."""
        key = (city, conversation_id)
        people = {one.id: one.person for one in self._seated_elsewhere if one.viewing == key}
        people |= {one.operator.id: one.me for one in self._consoles if one.viewing == key}
        return [people[key] for key in sorted(people)]

    def _say(self) -> None:
        if self._processes is not None:
            self._processes.say()

    def _desk(self) -> list[Any]:
        """Who sits here, for the other processes."""
        return [list(astuple(seat)) for seat in sorted({seat_of(one) for one in self._consoles}, key=repr)]

    def _hear_desks(self) -> None:
        before = self._seated_elsewhere
        desks = self._processes.others(DESK) if self._processes is not None else []
        self._seated_elsewhere = tuple(read_seat(one) for desk in desks for one in desk)
        looked_at = {one.viewing for one in {*before} ^ {*self._seated_elsewhere}}
        for key in looked_at:
            self._tell_viewers(key)

    def follow(self, session: Session, city: str, conversation_id: int) -> None:
        """This session's pages are about to read a transcript: what is said from now on must reach them."""
        for console in self._consoles:
            if console.session.token_hash == session.token_hash:
                console.follow((city, conversation_id))

    async def view(self, console: Console, key: Key | None) -> None:
        """The page shows a conversation, or none; what its operator may not see is not shown."""
        if key is not None and not await self._database.read(partial(_visible, console.operator, key)):
            key = None
        before, console.viewing = console.viewing, key
        if key is not None:
            console.follow(key)
        for each in {before, key} - {None}:
            self._tell_viewers(each)
        self._say()

    async def _look_away(self, keys: Collection[Key]) -> None:
        """A case may have turned out to be for few: whoever may not see it any more looks at it no longer."""
        for key in {*keys} & {one.viewing for one in self._consoles if not one.operator.answers}:
            for console in [one for one in self._consoles if one.viewing == key]:
                if not await self._database.read(partial(_visible, console.operator, key)):
                    console.viewing = None
            self._tell_viewers(key)
            self._say()

    def _tell_viewers(self, key: Key | None) -> None:
        if key is None:
            return
        people = self.viewers(*key)
        frame = ViewersFrame(city=key[0], conversation_id=str(key[1]), viewers=people).model_dump_json()
        for console in self._consoles:
            if console.viewing == key:
                console.tell(frame)

    # news -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tell consoles what changes, until cancelled; then close them, so that their pages come back."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell_changes(), name="live news")
                tasks.create_task(self._tell_far(), name="live lists")
                tasks.create_task(self._beat(), name="live beat")
                tasks.create_task(self._check_doubts(), name="live sessions")
        finally:
            self._end_all(RESTART)

    def _hear(self, changes: Sequence[Change]) -> None:
        if not self._consoles:
            return
        self._changes.update(dict.fromkeys(changes))
        self._something.set()
        if any(change.what == "session" for change in changes):
            self._doubt.set()

    async def _tell_changes(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            await self._guarded(self._flush)
            await self._clock.sleep(TOGETHER)

    async def _flush(self) -> None:
        changes, self._changes = self._changes, {}
        await self._look_away({(one.city, one.parent) for one in changes if one.what == "incident" and one.parent})
        audience = self._audience()
        told = await self._database.read(
            lambda connection: news.load(connection, list(changes), audience, self._windows)
        )
        self._tell(told.news)
        if told.far:
            for key in told.far:
                self._far.pop(key, None)
                self._far[key] = None
            self._something_far.set()

    def _audience(self) -> Audience:
        return Audience(
            cities=frozenset(city for one in self._consoles for city in one.operator.cities),
            followed=frozenset(key for one in self._consoles for key in one.follows),
            operators=frozenset(one.operator.id for one in self._consoles),
        )

    async def _tell_far(self) -> None:
        while True:
            await self._something_far.wait()
            self._something_far.clear()
            await self._guarded(self._flush_far)
            await self._clock.sleep(FAR)

    async def _flush_far(self) -> None:
        newest, self._far = list(self._far)[-MOST_FAR:], {}
        self._tell(await self._database.read(lambda connection: news.conversations(connection, newest, self._windows)))

    def _tell(self, told: Sequence[News]) -> None:
        for console in list(self._consoles):
            for one in told:
                if console.wants(one):
                    console.tell(one.frame)

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        """A step that fails leaves consoles with an old picture: they must come back and take a new one."""
        try:
            await step()
        except Exception:
            log.exception("open consoles could not be told; they start anew")
            self._end_all(RESTART)

    # signs of life ----------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(BEAT)
            await self._guarded(self._sign_of_life)

    async def _sign_of_life(self) -> None:
        now = self._clock.now()
        for console in list(self._consoles):
            if now - console.heard_at > SILENT:
                console.end(TOO_SLOW)
            console.tell(Ping(server_time=now).model_dump_json())
        await self._look_after_sessions(now)
        await self._tell_health()

    async def _look_after_sessions(self, now: datetime) -> None:
        """End the pages of those who logged out or were shut out, elsewhere too; keep the others awake."""
        hashes = {console.session.token_hash for console in self._consoles}
        if not hashes:
            return
        held = await self._database.read(lambda connection: sessions.still_hold(connection, hashes, now))
        for console in list(self._consoles):
            if console.session.token_hash in hashes - held:
                console.end(NOT_LOGGED_IN)
        if held and now - self._kept_awake >= sessions.SEEN_EVERY:
            self._kept_awake = now
            await self._database.write(
                lambda connection: sessions.keep_awake(connection, held, now), Priority.BACKGROUND
            )

    async def _check_doubts(self) -> None:
        while True:
            await self._doubt.wait()
            self._doubt.clear()
            await self._guarded(lambda: self._look_after_sessions(self._clock.now()))

    async def _tell_health(self) -> None:
        if self._health is None:
            return
        try:
            parts = [_in_words(part) for part in await self._health()]
        except Exception:
            log.exception("the health check itself failed")
            parts = [Health(name="kesehatan", ok=False, detail="Pemeriksaan layanan gagal. Beri tahu teknisi.")]
        frame = HealthFrame(parts=parts).model_dump_json()
        if frame != self._last_health:
            self._last_health = frame
            for console in list(self._consoles):
                console.tell(frame)

    def _end_all(self, code: int) -> None:
        for console in list(self._consoles):
            console.end(code)


def _in_words(part: Mapping[str, Any]) -> Health:
    name, detail = part_name(part["name"]), part_detail(part["name"], part["detail"])
    return Health.model_validate({**part, "name": name, "detail": detail})


def _visible(operator: Operator, key: Key, connection: Connection) -> bool:
    city, conversation_id = key
    row = connection.execute(
        select(views.is_restricted.label("restricted")).where(
            conversation.c.city == city, conversation.c.id == conversation_id
        )
    ).first()
    return row is not None and operator.may_see(city, row.restricted)
