"""Logging in: lock-out, one-time passwords, the page's token, sessions that end."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Literal

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import func, select

from config.clock import VirtualClock
from config.database import Database
from handoff import operators
from handoff.console.api import console_app
from handoff.console.guard import COOKIE
from handoff.console.ports import ConsolePorts
from handoff.logins import source_of
from handoff.operators import AccountProblem
from handoff.passwords import Passwords, is_weak, one_time
from handoff.tables import login_source, operator, session
from tests.handoff.browser import Browser
from tests.handoff.conftest import PASSWORD, LogIn


async def test_login_gives_what_the_page_needs(log_in: LogIn) -> None:
    browser = await log_in("sari")
    me = (await browser.get("/me")).json()
    assert me["operator"]["username"] == "sari"
    assert me["csrf"] == browser.csrf
    assert me["server_time"] == "2026-01-05T03:00:00Z"
    city = me["cities"][0]
    assert [city["slug"] for city in me["cities"]] == ["ujung"]
    assert city["bounds"] == [[-3.8, 128.0], [-3.6, 128.3]]
    assert {"code": "99.71.01.2001", "level": "kelurahan", "parent": "99.71.01"}.items() <= city["areas"][2].items()
    assert city["agencies"][0]["phones"][1]["label"] == "Pos Pantai: jaga"
    assert "palsu" in [one["slug"] for one in city["close_reasons"]]
    assert me["map"]["tile_url"].startswith("https://")


async def test_cookie_is_out_of_reach_of_scripts_and_other_sites(app: FastAPI, log_in: LogIn) -> None:
    await log_in("sari")
    browser = Browser(app)
    answer = await browser.log_in("SARI ", PASSWORD)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_tokens_are_kept_as_hashes(log_in: LogIn, database: Database) -> None:
    browser = await log_in("sari")
    kept = str(await database.read(lambda connection: connection.scalar(select(session.c.token_hash))))
    assert kept != browser.http.cookies[COOKIE]
    assert len(kept) == 64


async def test_wrong_password_and_unknown_name_say_the_same(app: FastAPI, log_in: LogIn) -> None:
    await log_in("sari")
    stranger = Browser(app, "198.51.100.1")
    wrong = await stranger.log_in("sari", "salah salah salah")
    unknown = await stranger.log_in("tidak-ada", "salah salah salah")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 401
    assert wrong.json()["error"] == "bad_login"


async def test_guessing_locks_longer_each_time(app: FastAPI, log_in: LogIn, clock: VirtualClock) -> None:
    await log_in("sari")
    guesser = Browser(app, "198.51.100.1")
    for _ in range(5):
        assert (await guesser.log_in("sari", "salah salah salah")).status_code == 401
    locked = await guesser.log_in("sari", PASSWORD)
    assert locked.status_code == 423
    assert locked.json()["retry_after"] == 30
    assert locked.headers["retry-after"] == "30"
    clock.advance(31)
    assert (await guesser.log_in("sari", "salah salah salah")).status_code == 401
    assert (await guesser.log_in("sari", PASSWORD)).json()["retry_after"] == 60
    clock.advance(61)
    assert (await guesser.log_in("sari", PASSWORD)).status_code == 200


async def test_lock_is_kept_in_the_database_and_hits_the_guesser_alone(
    app: FastAPI, log_in: LogIn, database: Database
) -> None:
    await log_in("sari", address="192.0.2.10")
    guesser = Browser(app, "198.51.100.1")
    for _ in range(5):
        await guesser.log_in("sari", "salah salah salah")
    rows = await database.read(lambda connection: connection.execute(select(login_source)).all())
    assert {row.source: row.failures for row in rows} == {"192.0.2.10": 0, "198.51.100.1": 5}
    assert (await Browser(app, "192.0.2.10").log_in("sari", PASSWORD)).status_code == 200


async def test_many_places_guess_together_and_the_known_place_still_enters(app: FastAPI, log_in: LogIn) -> None:
    await log_in("sari", address="192.0.2.10")
    for number in range(20):
        await Browser(app, f"198.51.100.{number}").log_in("sari", "salah salah salah")
    assert (await Browser(app, "203.0.113.5").log_in("sari", PASSWORD)).status_code == 423
    assert (await Browser(app, "192.0.2.10").log_in("sari", PASSWORD)).status_code == 200


async def test_parallel_guesses_count_one_by_one(app: FastAPI, log_in: LogIn) -> None:
    await log_in("sari")
    guesser = Browser(app, "198.51.100.1")
    answers = await asyncio.gather(*(guesser.log_in("sari", f"salah salah {n}") for n in range(16)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [423] * 11


class Stuck(PasswordHasher):
    """Checks nothing until it is released: a processor that somebody keeps busy."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.released = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's own name
        self.released.wait(60)
        return super().verify(hash, password)


async def test_flood_of_logins_is_turned_away(desk: ConsolePorts) -> None:
    hasher = Stuck()
    app = FastAPI()
    app.include_router(console_app(replace(desk, passwords=Passwords(hasher))))
    tries = [
        asyncio.create_task(Browser(app, f"198.51.100.{n}").log_in(f"nama{n}", "salah salah"))
        for n in range(Passwords.WAITING + 10)
    ]
    firsts = zip(range(10), asyncio.as_completed(tries, timeout=60), strict=False)
    assert {(await one).status_code for _, one in firsts} == {503}
    hasher.released.set()
    assert {(await one).status_code for one in tries} == {401, 503}


def test_a_household_is_one_source() -> None:
    assert source_of("2001:db8:1:2:3:4:5:6") == source_of("2001:db8:1:2::9")
    assert source_of("::ffff:192.0.2.10") == "192.0.2.10"
    assert source_of(None) == source_of("testclient") == "unknown"


def _writes(app: FastAPI) -> list[str]:
    paths = app.openapi()["paths"]
    return [path for path, calls in paths.items() if "post" in calls]


async def test_every_write_needs_the_page_token_and_our_own_page(app: FastAPI, log_in: LogIn) -> None:
    browser = await log_in("sari")
    writes = _writes(app)
    assert len(writes) > 12
    for path in (template.replace("{city}", "ujung").replace("{key}", "1") for template in writes):
        foreign = await browser.http.post(path, json={}, headers={"Origin": "https://jahat.test"})
        assert (foreign.status_code, foreign.json()["error"]) == (403, "origin"), path
        if path == "/api/login":
            continue
        bare = await browser.http.post(path, json={})
        assert (bare.status_code, bare.json()["error"]) == (403, "csrf"), path
        wrong = await browser.http.post(path, json={}, headers={b"X-CSRF-Token": b"\xe9" * 32})
        assert wrong.json()["error"] == "csrf", path


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "null"}, 403),
        ({"Origin": "http://konsol.test:81"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://112.ujung.test"}, 200),
        ({"Origin": "http://konsol.test"}, 200),
    ],
)
async def test_login_from_another_site(app: FastAPI, log_in: LogIn, headers: dict[str, str], status: int) -> None:
    await log_in("sari")
    answer = await Browser(app).http.post(
        "/api/login", json={"username": "sari", "password": PASSWORD}, headers=headers
    )
    assert answer.status_code == status


async def test_nothing_is_read_without_a_session(app: FastAPI) -> None:
    stranger = Browser(app)
    paths = [path for path, calls in app.openapi()["paths"].items() if "get" in calls]
    assert len(paths) > 8
    for path in paths:
        answer = await stranger.http.get(path.replace("{city}", "ujung").replace("{key}", "1"))
        assert (answer.status_code, answer.json()["error"]) == (401, "login"), path


async def test_one_time_password_must_be_changed_before_anything_else(app: FastAPI, desk: ConsolePorts) -> None:
    added = await operators.add(
        desk.database, desk.passwords, desk.clock, username="Baru", name="Baru", role="operator", cities=["ujung"]
    )
    browser = Browser(app)
    assert (await browser.log_in("baru", added.password)).json()["operator"]["must_change_password"] is True
    assert (await browser.get("/queue")).json()["error"] == "must_change_password"
    socket = await browser.socket()
    assert await socket.closed() == 4403
    weak = await browser.post("/password", {"old": added.password, "new": "pendek"})
    assert (weak.status_code, weak.json()["error"]) == (422, "weak_password")
    wrong = await browser.post("/password", {"old": "bukan yang ini", "new": "hujan di bulan juni"})
    assert wrong.json()["error"] == "wrong_password"
    changed = await browser.post("/password", {"old": added.password, "new": "hujan di bulan juni"})
    assert changed.status_code == 204
    assert (await browser.get("/queue")).status_code == 200
    assert (await Browser(app).log_in("baru", added.password)).status_code == 401
    assert (await Browser(app).log_in("baru", "hujan di bulan juni")).status_code == 200


async def test_new_password_ends_the_other_sessions(log_in: LogIn) -> None:
    here, there = await log_in("sari"), await log_in("sari")
    assert (await here.post("/password", {"old": PASSWORD, "new": "hujan di bulan juni"})).status_code == 204
    assert (await here.get("/me")).status_code == 200
    assert (await there.get("/me")).status_code == 401


async def test_session_ends_when_idle_and_after_a_shift(log_in: LogIn, clock: VirtualClock) -> None:
    browser = await log_in("sari")
    clock.advance(3600 * 1.9)
    assert (await browser.get("/me")).status_code == 200
    clock.advance(3600 * 2.1)
    assert (await browser.get("/me")).status_code == 401
    busy = await log_in("sari")
    for _ in range(11):
        clock.advance(3600)
        assert (await busy.get("/me")).status_code == 200
    clock.advance(3601)
    assert (await busy.get("/me")).status_code == 401


async def test_logout_and_disabled_accounts_end_sessions(log_in: LogIn, desk: ConsolePorts, app: FastAPI) -> None:
    browser = await log_in("sari")
    assert (await browser.post("/logout")).status_code == 204
    assert (await browser.get("/me")).status_code == 401
    again = await log_in("sari")
    await operators.disable(desk.database, desk.clock, "sari")
    assert (await again.get("/me")).status_code == 401
    assert (await Browser(app).log_in("sari", PASSWORD)).status_code == 401


async def test_logging_in_twice_in_one_browser_leaves_one_session(log_in: LogIn, database: Database) -> None:
    browser = await log_in("sari")
    await browser.log_in("sari", PASSWORD)
    count = await database.read(lambda connection: connection.scalar(select(func.count()).select_from(session)))
    assert count == 1


@pytest.mark.parametrize(
    "wrong",
    [{"username": "Tidak Sah"}, {"role": "raja"}, {"cities": []}, {"name": "  "}, {"username": "sari"}],
)
async def test_accounts_that_cannot_be(log_in: LogIn, desk: ConsolePorts, wrong: dict[str, object]) -> None:
    await log_in("sari")
    asked = {"username": "tono", "name": "Tono", "role": "operator", "cities": ["ujung"], **wrong}
    with pytest.raises(AccountProblem):
        await operators.add(desk.database, desk.passwords, desk.clock, **asked)  # type: ignore[arg-type]
    with pytest.raises(AccountProblem):
        await operators.disable(desk.database, desk.clock, "siapa")


async def test_passwords_are_argon2_and_one_time_ones_differ(log_in: LogIn, database: Database) -> None:
    await log_in("sari")
    kept = str(await database.read(lambda connection: connection.scalar(select(operator.c.password_hash))))
    assert kept.startswith("$argon2id$")
    made = {one_time() for _ in range(50)}
    assert len(made) == 50
    assert not any(is_weak(one) for one in made)


def test_weak_passwords() -> None:
    assert is_weak("aaaaaaaaaaaaaaa")
    assert is_weak("sari sari sari", "sari")
    assert not is_weak("kopi susu panas", "sari", "Sari Dewi")


async def test_hostile_bodies_are_refused_politely(app: FastAPI) -> None:
    browser = Browser(app)
    large = await browser.http.post("/api/login", json={"username": "x", "password": "y" * 70_000})
    assert (large.status_code, large.json()["error"]) == (413, "too_large")
    for body in (b"{", b'{"username": "\\ud800", "password": "\\u0000"}', b"[" * 50_000, b"[]", b'{"username": 5}'):
        answer = await browser.http.post("/api/login", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, body[:20]
        assert answer.json()["detail"]


def test_every_call_is_documented(app: FastAPI) -> None:
    calls = [route for route in app.openapi()["paths"].values() for route in route.values()]
    assert all(call["summary"] and call["tags"] for call in calls)
    assert all("401" in call["responses"] for call in calls)
    assert not any(isinstance(route, APIRoute) and route.path.startswith("/petugas") for route in app.routes)
