"""From settings to a database that is ready and a system that stands on it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from config import understanding
from config.check_accounts import look
from config.check_cities import look_at_people, unseeded
from config.clock import SystemClock
from config.database import Database
from config.findings import Mendable
from config.folder import NoFolder
from config.renewal import LOCK, renew
from config.schema import migrate, missing_migrations
from config.settings import BadSettings, Settings
from config.terminal import err, working
from config.wiring import System, Wrap, build
from handoff import operators
from knowledge_base.boundaries import BoundaryFile, keep_boundaries, load_boundaries, read_boundaries
from knowledge_base.city import City, load_cities
from knowledge_base.export import Exported, find, write
from knowledge_base.phrases import CITIES
from knowledge_base.picture_files import seed_pictures
from knowledge_base.seed import FILES, seed_city, seed_examples
from nlu.boundaries import Boundaries

FEW = 5  # edited entries that a start names one by one


class NotReady(Mendable):
    """The database is not as a process that neither migrates nor seeds needs it."""


async def open_system(wanted: Settings, wrap: Wrap | None = None) -> System:
    """The whole system over a trained model, trained now if there is none that this program can read.

    One whose data have changed since serves on while a new one is trained (see config.renewal).
    """
    cities = load_cities(wanted.cities)
    name_doubts(wanted)
    try:
        with one_at_a_time(wanted.model.parent):
            stale = understanding.is_stale(wanted.cities, wanted.model)
            if stale and not understanding.is_readable(wanted.model):
                with working("Melatih pemahaman bahasa (sekali saja) ..."):
                    understanding.train_model(wanted.cities, wanted.model)
                stale = False
        understander = understanding.open_understander(cities, wanted.model)
    except OSError as error:
        mend = "make it writable for the user who runs sigap, or set SIGAP_MODELS"
        raise NoFolder(f"model folder {wanted.model.parent} ({error.strerror})", mend) from None
    system = await build(wanted, understander, cities=cities, wrap=wrap)
    kept = await system.database.read(partial(load_boundaries, cities=wanted.cities))
    understander.use_boundaries(Boundaries((one.city, one.code, one.geometry) for one in kept))
    if stale:
        system.beside.append(partial(renew, wanted, system.model))
    return system


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Of several processes that begin together one trains; the others wait, and find its model."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def name_doubts(wanted: Settings) -> None:
    """Say which accounts cannot work as they are: the others go on. Raises BadSettings where a channel is none."""
    try:
        findings = look(wanted)
    except ValueError as problem:
        raise BadSettings([str(problem)]) from None
    for one in findings:
        if one.problem is not None:
            err.print(f"{one.what}: {one.problem} -> {one.mend}", style="yellow", markup=False, highlight=False)


async def prepare(wanted: Settings, database: Database) -> None:
    """The newest schema, and the cities' data in it."""
    await migrate(database)
    await seed(wanted, database, most=FEW)
    if await operators.everyone(database):  # else the first is made as soon as it can come in
        await name_bare(wanted, database)


async def insist_on_ready(wanted: Settings, database: Database) -> None:
    """Several processes must not migrate and seed under one another's feet. Raises NotReady.

    A city that was never seeded has no answers, and perhaps nobody who may see its cases.
    """
    if missing := await missing_migrations(database):
        raise NotReady(
            f"the database lacks {', '.join(missing)}", "run sigap migrate && sigap seed, then start this again"
        )
    if new := await unseeded(database, wanted.cities):
        mend = f"run sigap seed with SIGAP_CITIES={','.join(wanted.cities)} and sigap check, then start this again"
        raise NotReady(f"{', '.join(new)}: never seeded into this database", mend)


async def join_others(wanted: Settings, database: Database) -> None:
    """Before a web process or a worker begins. Raises NotReady."""
    await insist_on_ready(wanted, database)
    await name_bare(wanted, database)


async def name_bare(wanted: Settings, database: Database) -> None:
    """Say of which cities nobody may answer a case: what is written there is kept, and seen by nobody."""
    for one in await look_at_people(database, wanted.cities):
        if one.problem is not None:
            told = f"{one.what}: {one.problem} -> {one.mend}"
            err.print(told, style="yellow", markup=False, highlight=False, soft_wrap=True)


async def seed(wanted: Settings, database: Database, *, root: Path = CITIES, most: int | None = None) -> list[str]:
    """The cities' data; what staff edited is left alone and named, at most ``most``. Returns the cities' slugs.

    ``root``: a folder that `export` wrote, for those cities that it holds.
    """
    now = SystemClock().now()
    ours = load_cities(wanted.cities) if root != CITIES else {}
    there = [slug for slug in wanted.cities if (root / slug).is_dir()] or wanted.cities
    for city in load_cities(there, root).values():
        done = await database.write(partial(seed_city, city=city, now=now, own=ours.get(city.slug)))
        await database.write(partial(seed_pictures, city=city.slug, now=now, who=FILES, root=root))
        await database.write(partial(seed_examples, city=city.slug, now=now, root=root))
        for name in done.left_alone[:most]:
            err.print(f"{city.slug}: {name} was edited by hand and is left as it is")
        if most is not None and len(done.left_alone) > most:
            err.print(f"{city.slug}: and {len(done.left_alone) - most} more; sigap seed names them all")
    return list(there)


async def export(city: City, folder: Path, database: Database) -> Exported:
    """A city back into files. Raises CityDataError where the folder has it already."""
    found = await database.read(partial(find, city=city))
    return write(found, city.slug, folder)


async def seed_boundaries(wanted: Settings, path: Path, database: Database) -> BoundaryFile:
    """A file's kelurahan polygons in place of those that its cities had. Raises CityDataError, and changes nothing."""
    found = read_boundaries(path, load_cities(wanted.cities))
    await database.write(partial(keep_boundaries, boundaries=found.boundaries, now=SystemClock().now()))
    return found
