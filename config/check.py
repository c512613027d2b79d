"""`sigap check`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
from rich.console import Console

from bots.channel import discover
from config import understanding
from config.database import Database
from config.schema import missing_migrations
from config.settings import Settings
from config.wiring import accounts_of
from handoff import operators
from knowledge_base.city import City, CityDataError, load_cities, load_phrases

LEAST_SPACE = 2 * 1024**3  # bytes free in the data folder
LONGEST_DRIFT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``problem`` None: in order. ``mend`` says what to do."""

    what: str
    problem: str | None = None
    mend: str = ""
    grave: bool = True  # false: worth knowing, no reason to fail


async def report(settings: Settings, out: Console) -> int:
    """Look at everything, print it, and return how many grave problems there are."""
    findings: list[Finding] = []
    cities = _city_data(settings, findings)
    _accounts(settings, findings)
    _folder(settings, findings)
    _model(settings, findings)
    await _database(settings, findings)
    await _address(settings, findings)
    for one in findings:
        if one.problem is None:
            out.print(f"[green]ok[/green]    {one.what}")
        else:
            out.print(
                f"[{'red' if one.grave else 'yellow'}]{'wrong' if one.grave else 'note '}[/] {one.what}: {one.problem}"
            )
            out.print(f"      -> {one.mend}", markup=False)
    _untested_numbers(cities, out)
    return sum(1 for one in findings if one.problem is not None and one.grave)


def _city_data(settings: Settings, findings: list[Finding]) -> dict[str, City]:
    try:
        cities = load_cities(settings.cities)
        for slug in settings.cities:
            load_phrases(slug)
    except CityDataError as error:
        findings.append(Finding("city data", f"\n{error}", "correct the lines named above"))
        return {}
    findings.append(Finding(f"city data of {', '.join(settings.cities)}"))
    return cities


def _accounts(settings: Settings, findings: list[Finding]) -> None:
    wanted = {
        "telegram": ("token", "webhook_secret"),
        "whatsapp": ("token", "app_secret", "verify_token", "phone_number_id"),
    }
    try:
        accounts = accounts_of(settings, discover())
    except ValueError as error:
        findings.append(Finding("accounts", str(error), "correct it in sigap.toml or SIGAP_ACCOUNTS"))
        return
    for account in accounts.values():
        name = f"account {account.channel}/{account.name} of {account.city}"
        missing = [key for key in wanted.get(account.channel, ()) if not account.credentials.get(key)]
        if account.channel == "telegram" and account.credentials.get("mode") == "poll":
            missing = [key for key in missing if key != "webhook_secret"]
        if missing:
            findings.append(Finding(name, f"{', '.join(missing)} missing", "add it to this account in sigap.toml"))
        else:
            findings.append(Finding(name))


def _folder(settings: Settings, findings: list[Finding]) -> None:
    folder = settings.data
    if folder.exists() and not os.access(folder, os.W_OK):
        findings.append(Finding(f"data folder {folder}", "not writable", "chown it to the user who runs sigap"))
        return
    free = shutil.disk_usage(folder if folder.exists() else Path()).free
    problem = None if free >= LEAST_SPACE else f"only {free // 2**20} MB free"
    findings.append(Finding(f"data folder {folder}", problem, "make room: a full disk stops the emergency line"))


def _model(settings: Settings, findings: list[Finding]) -> None:
    stale = understanding.is_stale(settings.cities, settings.model)
    problem = "not trained, or older than its phrases" if stale else None
    findings.append(Finding("language model", problem, "run: sigap nlu train (start does it too)", grave=False))


async def _database(settings: Settings, findings: list[Finding]) -> None:
    name = f"database {settings.url.split('@')[-1]}"
    if settings.url.startswith("sqlite") and not (settings.data / "sigap.db").exists() and not settings.database_url:
        findings.append(Finding(name, "not made yet", "run: sigap migrate, or sigap run", grave=False))
        return
    database = None
    try:
        database = Database(settings.url)
        missing = await missing_migrations(database)
        problem = f"lacks migrations {', '.join(missing)}" if missing else None
        findings.append(Finding(name, problem, "run: sigap migrate"))
        if not missing and not await operators.everyone(database):
            findings.append(Finding("operators", "there is none", "run: sigap user add NAME"))
    except Exception as error:  # whatever the driver raises, the technician reads it here
        findings.append(Finding(name, str(error).splitlines()[0], "check SIGAP_DATABASE_URL and that the server runs"))
    finally:
        if database is not None:
            await database.close()


async def _address(settings: Settings, findings: list[Finding]) -> None:
    """The address under which providers reach us, and by its Date header, the clock."""
    if not settings.public_url:
        findings.append(
            Finding(
                "public address", "SIGAP_PUBLIC_URL is not set", "set it before providers are connected", grave=False
            )
        )
        return
    if not settings.public_url.startswith("https://"):
        findings.append(
            Finding("public address", "is not https", "put Caddy or nginx before it: providers insist on it")
        )
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=8)) as http,
            http.get(f"{settings.public_url.rstrip('/')}/health") as answer,
        ):
            problem = None if answer.status == 200 else f"/health answers {answer.status}"
            findings.append(
                Finding(f"public address {settings.public_url}", problem, "is `sigap run` up behind the proxy?")
            )
            _clock(answer.headers.get("Date"), findings)
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        findings.append(Finding(f"public address {settings.public_url}", reason, "check DNS, proxy and certificate"))


def _clock(date: str | None, findings: list[Finding]) -> None:
    if date is None:
        return
    drift = abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
    problem = f"{drift:.0f} s away from the proxy's" if drift > LONGEST_DRIFT else None
    findings.append(Finding("clock", problem, "run NTP on both machines (timedatectl set-ntp true)"))


def _untested_numbers(cities: dict[str, City], out: Console) -> None:
    for city in cities.values():
        phones = [phone for agency in city.agencies for phone in agency.phones]
        untested = sum(1 for phone in phones if not phone.tested)
        if untested:
            out.print(
                f"[yellow]note [/] {city.name}: {untested} of {len(phones)} agency numbers nobody has dialled yet"
            )
            out.print("      -> dial each, then set tested and confirmed_on in its agencies.yml", markup=False)
