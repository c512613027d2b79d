"""`sigap check`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import uvloop
from rich.console import Console

from config import understanding
from config.check_accounts import look_at_accounts
from config.check_address import look_at_address, look_at_clock, look_at_port
from config.check_cities import look_at_cities
from config.check_folder import look_at_folder
from config.check_lines import look_at_states
from config.database import Database
from config.database_problems import explain, shown
from config.findings import Finding, graves, show
from config.schema import NewerDatabase, missing_migrations
from config.settings import BadSettings, Settings, read_settings, unknown_settings
from knowledge_base.city import City, CityDataError, load_cities, load_phrases


def run(out: Console) -> int:
    """Look at everything, print it, and return how many grave problems there are."""
    try:
        wanted = read_settings()
    except BadSettings as bad:
        findings = [Finding("settings", problem) for problem in bad.problems]
    else:
        findings = uvloop.run(look(wanted))
    for one in findings:
        show(one, out)
    return graves(findings)


async def look(settings: Settings) -> list[Finding]:
    """Everything, part by part; nothing is changed."""
    findings = [
        Finding("settings", sentence, "correct or unset it: it has no effect") for sentence in unknown_settings()
    ]
    cities = _look_at_city_data(settings, findings)
    findings += look_at_accounts(settings)
    findings += look_at_folder(settings)
    findings += _look_at_model(settings)
    findings += await _look_at_database(settings)
    findings += await look_at_port(settings)
    findings += await look_at_address(settings)
    findings += await look_at_clock(settings)
    findings += _untested_numbers(cities)
    return findings


def _look_at_city_data(settings: Settings, findings: list[Finding]) -> dict[str, City]:
    try:
        cities = load_cities(settings.cities)
        for slug in settings.cities:
            load_phrases(slug)
    except CityDataError as error:
        findings.append(Finding("city data", f"\n{error}", "correct the lines named above"))
        return {}
    findings.append(Finding(f"city data of {', '.join(settings.cities)}"))
    return cities


def _look_at_model(settings: Settings) -> list[Finding]:
    try:
        stale = understanding.is_stale(settings.cities, settings.model)
    except OSError as error:
        return [Finding("language model", f"{settings.model} ({error.strerror})", "set SIGAP_MODELS to a folder")]
    problem = "not trained, or older than its phrases" if stale else None
    return [Finding("language model", problem, "run: sigap nlu train (start does it too)", grave=False)]


async def _look_at_database(settings: Settings) -> list[Finding]:
    name = f"database {shown(settings)}"
    if not settings.database_url and not (settings.data / "sigap.db").exists():
        return [Finding(name, "not made yet", "run: sigap migrate, or sigap run", grave=False)]
    try:
        database = Database(settings.url)
        try:
            return await _look_into(database, name, settings)
        finally:
            await database.close()
    except Exception as error:  # whatever the driver raises, the technician reads it here
        problem, mend = explain(error) or (f"{type(error).__name__}: {error}", "check SIGAP_DATABASE_URL")
        return [Finding(name, problem, mend)]


async def _look_into(database: Database, name: str, settings: Settings) -> list[Finding]:
    try:
        missing = await missing_migrations(database)
    except NewerDatabase as newer:
        return [Finding(name, newer.what, newer.mend)]
    if missing:
        return [Finding(name, f"lacks migrations {', '.join(missing)}", "run: sigap migrate")]
    lines = await database.read(partial(look_at_states, settings=settings, now=datetime.now(UTC)))
    return [Finding(name), *await look_at_cities(database, settings), *lines]


def _untested_numbers(cities: dict[str, City]) -> list[Finding]:
    found = []
    for city in cities.values():
        phones = [phone for agency in city.agencies for phone in agency.phones]
        if untested := sum(1 for phone in phones if not phone.tested):
            told = f"{untested} of {len(phones)} agency numbers nobody has dialled yet"
            mend = "dial each, then set tested and confirmed_on in its agencies.yml"
            found.append(Finding(city.name, told, mend, grave=False))
    return found
