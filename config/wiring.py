"""Builds everything, once, in order. What is built last is stopped first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

import aiohttp

from bots.backlog import Backlog
from bots.channel import Account, Channel, Ports, discover
from bots.inbox import Inbox
from bots.looks import Looks
from bots.media import MediaJobs
from bots.outbox import Outbox
from bots.pictures import Pictures
from bots.pressure import SHEDS, Pressure
from bots.reports import Reports
from bots.second_opinion import SecondOpinion
from bots.town import Towns
from bots.turn import Turns
from bots.web_sweep import PhotoSweep
from config import understanding
from config.accounts import accounts_of, lines_of, sms_numbers
from config.clock import Clock, SystemClock
from config.database import Database
from config.folder import hold_folder
from config.health import Health, clock_parts, line_parts, worker_parts
from config.lag import measure_lag
from config.media_folder import MediaFolder
from config.model_in_use import ModelInUse, open_files
from config.processes import WORKS, Processes, new_name
from config.settings import Settings
from config.training import Training
from config.witness import Witness
from handoff.live import Live
from knowledge_base.city import City, load_cities
from knowledge_base.learning.grouping import Grouping
from nlu.understand import Understander
from sms_gateway.database_store import DatabaseStore
from sms_gateway.lines import Lines, open_gateway

Loop = Callable[[], Coroutine[Any, Any, None]]
Wrap = Callable[[dict[str, Channel]], dict[str, Channel]]


@dataclass(slots=True)
class System:
    """A whole, running Sigap: what the web process, the worker, the stories and the benchmarks all stand on."""

    settings: Settings
    clock: Clock
    database: Database
    cities: dict[str, City]
    understander: Understander
    channels: dict[str, Channel]
    accounts: dict[tuple[str, str], Account]
    towns: Towns
    turns: Turns
    inbox: Inbox
    reports: Reports
    outbox: Outbox
    backlog: Backlog
    looks: Looks
    media: MediaJobs
    photos: PhotoSweep
    live: Live
    processes: Processes
    pressure: Pressure
    health: Health
    windows: dict[str, float | None]  # channel -> hours in which free text may be sent
    gateway: Lines
    model: ModelInUse
    training: Training
    grouping: Grouping
    http: aiohttp.ClientSession
    alone: IO[str] | None = None  # the lock of the data folder
    running: list[asyncio.Task[None]] = field(default_factory=list)
    beside: list[Loop] = field(default_factory=list)  # done once, beside the service

    async def start(self) -> None:
        """Begin to take messages."""
        await self.database.join(self.cities)
        await self.processes.begin(alone=self.alone is not None)
        await self.towns.refresh()
        self.inbox.start()
        lag = partial(measure_lag, self.pressure)
        loops: tuple[Loop, ...] = (
            self.backlog.rescue,
            self.live.run,
            self.processes.run,
            self.model.run,
            lag,
            *self.beside,
        )
        self.running = [asyncio.create_task(run(), name="system") for run in loops]

    async def stop(self) -> None:
        """Finish what is under way and let go of everything."""
        await self.inbox.stop()
        await self.media.stop()
        await self.outbox.drain()
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        await self.processes.end()
        await self.http.close()
        await self.database.close()
        if self.alone is not None:
            self.alone.close()


async def build(
    settings: Settings,
    understander: Understander,
    *,
    clock: Clock | None = None,
    cities: dict[str, City] | None = None,
    wrap: Wrap | None = None,
    present: Callable[[str], int | None] | None = None,
) -> System:
    """Join all parts; nothing runs before ``System.start``.

    ``wrap`` lets stories stand between us and the providers, ``present`` says how many operators
    are at a city's desk.
    """
    clock = clock or SystemClock()
    cities = cities or load_cities(settings.cities)
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Witness(settings.url)
    alone = hold_folder(settings.data) if database.is_sqlite else None
    http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, limit_per_host=128))
    adapters = discover()
    accounts = accounts_of(settings, adapters)
    gateway = open_gateway(clock, http, DatabaseStore(database), lines_of(accounts.values()))
    channels: dict[str, Channel] = {name: adapter(Ports(http, clock, gateway)) for name, adapter in adapters.items()}
    if wrap is not None:
        channels = wrap(channels)
    windows = {name: channel.limits.window_hours for name, channel in channels.items()}
    health = Health(database, list(cities), list(accounts))
    health.watch(partial(line_parts, gateway))
    processes = Processes(database, clock, new_name())
    live = Live(database, clock, windows, health.parts, processes)
    towns = Towns(
        database,
        clock,
        cities,
        sms_numbers(accounts.values()),
        present or live.present,
        example_cards=settings.example_cards,
    )
    if isinstance(understander, Understander):
        towns.on_city(understanding.follower(understander, cities))
    asked = settings.nlu
    second = SecondOpinion(http, asked.rasa_url, asked.rasa_role) if asked.rasa_url else None
    turns = Turns(database, clock, understander, towns, second)
    reports = Reports(database, clock)
    files, stamp = open_files(database, settings.model), understanding.data_stamp(settings.cities)
    zone = next(iter(cities.values())).timezone
    outbox = Outbox(
        database,
        clock,
        channels,
        accounts,
        processes.name,
        Pictures(database, settings.media),
        alive=lambda: alone is not None or processes.alive,
        senders=lambda city: processes.place(WORKS, city)[1],
    )
    processes.on_death(outbox.free)
    pressure = _shared_pressure(processes)
    health.watch(pressure.parts)
    if not database.is_sqlite:
        health.watch(MediaFolder(settings.media, processes).parts)
        health.watch(partial(clock_parts, processes))
        health.watch(partial(worker_parts, processes, list(cities)))
    share = partial(processes.place, WORKS)
    return System(
        settings=settings,
        clock=clock,
        database=database,
        cities=cities,
        understander=understander,
        channels=channels,
        accounts=accounts,
        towns=towns,
        turns=turns,
        inbox=Inbox(turns, reports, understander, clock, pressure, lambda city: len(processes.who(WORKS, city))),
        reports=reports,
        outbox=outbox,
        backlog=Backlog(database, clock, turns, accounts, share, pressure),
        looks=Looks(database, clock, towns),
        media=MediaJobs(database, clock, channels, accounts, settings.media, pressure=pressure),
        photos=PhotoSweep(database, clock, settings.media, cities),
        live=live,
        processes=processes,
        pressure=pressure,
        health=health,
        windows=windows,
        gateway=gateway,
        model=ModelInUse(database, understander, cities, files, stamp, understanding.open_understander),
        training=Training(
            database,
            clock,
            settings.cities,
            files,
            processes.name,
            stamp,
            zone,
            busy=partial(pressure.sheds, "learning"),
        ),
        grouping=Grouping(database, clock, cities, processes.name),
        http=http,
        alone=alone,
    )


def _shared_pressure(processes: Processes) -> Pressure:
    """What this process puts off, the others know; what they put off, it knows."""
    pressure = Pressure()
    processes.tell(SHEDS, pressure.own)
    processes.on_news(lambda: pressure.hear_others(processes.others(SHEDS)))
    pressure.on_change(processes.say)
    return pressure
