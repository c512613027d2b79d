"""Whether each city can be answered for: known to the database, with people who see its cases, and served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, exists, func, select

from config.database import Database
from config.findings import Finding
from config.processes import WORKS, process
from config.settings import Settings
from handoff import operators
from handoff.operators import Operator
from handoff.tables import incident
from knowledge_base.tables import entry

ADD = "run: sigap user add NAME --role operator"


async def look_at_cities(database: Database, settings: Settings) -> list[Finding]:
    """What is missing of the cities served, and what is left of those that are served no longer."""
    new = await unseeded(database, settings.cities)
    mend = "run: sigap seed" + (" (sigap run does it too)" if database.is_sqlite else "")
    found = [Finding(f"city {city}", "never seeded", mend, grave=not database.is_sqlite) for city in new]
    found += await look_at_people(database, settings.cities)
    left = await database.read(lambda connection: _left_open(connection, settings.cities))
    return found + [
        Finding(
            f"city {city}",
            f"{cases} open case{'' if cases == 1 else 's'}, and no Sigap serves it",
            f"set SIGAP_CITIES={','.join((*settings.cities, city))} until they are closed",
        )
        for city, cases in left
    ]


async def unseeded(database: Database, cities: Sequence[str]) -> list[str]:
    """Those of ``cities`` of which the database knows nothing yet."""

    def look(connection: Connection) -> list[str]:
        return [city for city in cities if not connection.scalar(select(exists().where(entry.c.city == city)))]

    return await database.read(look)


async def look_at_people(database: Database, cities: tuple[str, ...]) -> list[Finding]:
    """Whether somebody may log in, and answer a case of each city."""
    people = [one for one in await operators.everyone(database) if one.disabled_at is None]
    return list(_look_at(people, cities))


def _look_at(people: list[Operator], cities: tuple[str, ...]) -> Iterator[Finding]:
    if not people:
        yield Finding("operators", "nobody may log in", "run: sigap user add NAME")
        return
    answered = {city for one in people if one.answers for city in one.cities}
    bare = [city for city in cities if city not in answered]
    if len(bare) == len(cities):
        yield Finding("operators", "nobody may answer a case", ADD)
    elif bare:
        give = f"sigap user cities NAME {','.join(cities)}"
        yield Finding("operators", f"nobody may answer a case of {', '.join(bare)}", f"{ADD}, or {give}")
    else:
        yield Finding("operators")


def _left_open(connection: Connection, cities: tuple[str, ...]) -> list[tuple[str, int]]:
    """Open cases by city, of those that neither we serve nor a process that works now."""
    served = set(cities)
    for tells in connection.scalars(select(process.c.tells)):
        served.update(tells.get(WORKS, ()))
    # Cities that nobody names any more can only be found by looking at all of them.
    query = select(incident.c.city, func.count()).where(incident.c.status != "closed").group_by(incident.c.city)
    return [(city, cases) for city, cases in connection.execute(query.order_by(incident.c.city)) if city not in served]
