"""Many at once: a sheet's drafts are checked together, each published for itself, and nobody's emergency waits."""

from __future__ import annotations

from typing import Any

from handoff.console.ports import ConsolePorts
from tests.handoff.browser import Browser
from tests.handoff.conftest import LogIn
from tests.handoff.rehearsing import Rehearsing
from tests.handoff.test_knowledge import ANSWERS, BODY

CAUGHT = "rumah kebakaran lapor kemana"


def rehearsing_of(desk: ConsolePorts) -> Rehearsing:
    assert isinstance(desk.rehearsal, Rehearsing)
    return desk.rehearsal


async def written(author: Browser, count: int, **more: Any) -> list[str]:
    slugs = []
    for number in range(count):
        body = {**BODY, "title": f"Topik {number}", "variants": [f"apa kabar topik nomor {number}"], **more}
        slugs.append((await author.post(ANSWERS, {"title": body["title"], "body": body})).json()["slug"])
    await bulk(author, slugs, "submit")
    return slugs


async def bulk(browser: Browser, slugs: list[str], do: str, **more: Any) -> dict[str, Any]:
    answer = await browser.post(f"{ANSWERS}/bulk", {"slugs": slugs, "do": do, **more})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def test_many_drafts_are_checked_once_and_published(log_in: LogIn, desk: ConsolePorts) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slugs = await written(author, 20)
    said = await bulk(admin, slugs, "publish")
    assert (sorted(said["done"]), said["refused"], said["report"]) == (sorted(slugs), [], None)
    assert rehearsing_of(desk).checked == 1
    shown = (await admin.get(f"{ANSWERS}/{slugs[0]}")).json()
    assert (shown["published"]["version"], shown["draft"]) == (1, None)


async def test_one_that_catches_an_emergency_stays_behind(log_in: LogIn) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    good = await written(author, 2)
    [bad] = await written(author, 1, variants=[CAUGHT])
    said = await bulk(admin, [*good, bad], "publish")
    assert sorted(said["done"]) == sorted(good)
    assert [one["slug"] for one in said["refused"]] == [bad]
    assert (await admin.get(f"{ANSWERS}/{bad}")).json()["published"] is None


async def test_what_would_change_is_read_before(log_in: LogIn, desk: ConsolePorts) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slugs = await written(author, 2)
    rehearsing_of(desk).changes = [{"text": "urus ktp", "from": "ktp", "to": slugs[0]}]
    asked = await bulk(admin, slugs, "publish")
    assert (asked["done"], asked["report"]["changed"][0]["to"]) == ([], slugs[0])
    assert sorted((await bulk(admin, slugs, "publish", seen_report=True))["done"]) == sorted(slugs)


async def test_nobody_publishes_their_own(log_in: LogIn) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    own = await written(admin, 1)
    others = await written(author, 1, title="Lain")
    said = await bulk(admin, [*own, *others], "publish")
    assert (said["done"], [one["slug"] for one in said["refused"]]) == (others, own)
    assert (await bulk(author, own, "publish"))["done"] == []


async def test_what_comes_back_is_checked_too(log_in: LogIn, desk: ConsolePorts) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slugs = await written(author, 2)
    await bulk(admin, slugs, "publish")
    await bulk(author, slugs, "withdraw")
    before = rehearsing_of(desk).checked
    assert sorted((await bulk(admin, slugs, "restore"))["done"]) == sorted(slugs)
    assert rehearsing_of(desk).checked == before + 1
