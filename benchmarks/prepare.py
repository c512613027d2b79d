"""A data folder as a city's first day of work leaves it: schema, answers, operators, trained model, known citizens."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.citizens import number_of
from benchmarks.consoles import PLACES, username
from benchmarks.setting import CITIES, PASSWORD, Setting, account_name, city_of
from config import understanding
from config.clock import SystemClock
from config.database import Database
from config.schema import migrate
from handoff import operators
from handoff.conversations import Sender, find_or_open
from handoff.passwords import Passwords
from knowledge_base.city import load_cities
from knowledge_base.seed import seed_city

AT_ONCE = 2000  # citizens opened in one commit


def trained_model() -> Path:
    """The model of this checkout's phrases; trained once a machine."""
    stamp = understanding.data_stamp(CITIES)[:16]
    path = Path(tempfile.gettempdir()) / f"sigap-test-model-{stamp}" / "understander"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if understanding.is_stale(CITIES, path):
            understanding.train_model(CITIES, path)
    return path


async def prepare(setting: Setting, known: int) -> None:
    """Fill an empty data folder. The first ``known`` invented citizens have written on another day."""
    models = setting.data / "models"
    shutil.copytree(trained_model().parent, models, dirs_exist_ok=True)
    database = Database(setting.database_url)
    try:
        await migrate(database)
        clock = SystemClock()
        for city in load_cities(CITIES).values():
            await database.write(partial(seed_city, city=city, now=clock.now()))
        for place in range(PLACES):
            await operators.add(
                database,
                Passwords(),
                clock,
                username=username(place),
                name=f"Meja {place}",
                role="operator",
                cities=CITIES,
                password=PASSWORD,
            )
        for start in range(0, known, AT_ONCE):
            await database.write(partial(_open, setting, range(start, min(known, start + AT_ONCE))))
    finally:
        await database.close()


def _open(setting: Setting, people: range, connection: Connection) -> None:
    now = SystemClock().now()
    by_city: dict[str, list[Sender]] = {}
    for person in people:
        account, chat = person % setting.accounts, number_of(person)
        sender = Sender("whatsapp", account_name(account), chat, f"Warga {chat[-3:]}", f"+{chat}")
        by_city.setdefault(city_of(account), []).append(sender)
    for city, senders in by_city.items():
        find_or_open(connection, city, senders, now)
