"""The city as it stands now: what staff publish stands over the files, and nothing that they write can break it."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from bots.town import Towns
from config.clock import VirtualClock
from knowledge_base import entries
from knowledge_base.city import City, load_city
from knowledge_base.live_city import Told, city_with, load_entries
from knowledge_base.seed import seed_city
from knowledge_base.tables import entry
from tests.knowledge_base.small_city import write_city
from tests.knowledge_base.store import NOW, RINA, SARI, TOPIC, Store
from tests.knowledge_base.test_entries import LANDMARK, POST


async def alone(store: Store, kind: str, slug: str, body: dict[str, Any]) -> None:
    """Published by one person."""
    one = await store.save(body, kind=kind, slug=slug, by=SARI)
    await store.do(entries.publish, store.city, kind, slug, SARI, NOW, one.revision)


async def live(store: Store) -> City:
    return city_with(store.city, await store.do(load_entries, "kota"))


async def test_a_city_that_nobody_touched_is_the_files_own(store: Store) -> None:
    assert await live(store) is store.city


async def test_what_is_published_stands_over_the_files_in_every_kind(store: Store) -> None:
    await store.through(await store.body(answer="Gratis.", hours=[{"days": [1], "opens": "08:00", "closes": "15:00"}]))
    await store.through({"text": "Masih ada orang di dalam? 1 ya, 2 tidak"}, "wording", "ask_trapped")
    await store.through(await store.body("category", "kebakaran", name="Api"), "category", "kebakaran")
    await store.through(await store.body("card", "kartu_api", steps=["Keluar."]), "card", "kartu_api")
    await alone(store, "agency", "damkar", POST)
    await alone(store, "landmark", "pasar_mardika", LANDMARK)
    await alone(store, "quick_reply", "mana", {"title": "Di mana", "text": "Di mana? {code}", "keys": "mana"})
    await alone(store, "holiday", "2026-11-23", {"name": "Hari jadi kota"})
    city = await live(store)
    assert [one.answer for one in city.articles] == ["Gratis."]
    assert city.articles[0].hours[0].closes == "15:00"
    assert city.wording["ask_trapped"].startswith("Masih")
    assert city.categories["kebakaran"].name == "Api"
    card, agency, holiday = city.card("kartu_api"), city.agency("damkar"), city.holiday(date(2026, 11, 23))
    assert card is not None
    assert (card.steps, card.approved_by, card.approved_at(date(2026, 11, 22))) == (("Keluar.",), "sari", True)
    assert agency is not None
    assert agency.note == "Pos pindah."
    assert holiday is not None
    assert [one.name for one in city.landmarks] == ["Pasar Passo", "Pantai Natsepa", "Pasar Mardika"]
    assert [one.keys for one in city.quick_replies] == ["mana"]


async def test_what_is_withdrawn_is_gone_and_comes_back(store: Store) -> None:
    for kind, slug in (("article", TOPIC), ("card", "kartu_api"), ("landmark", "pasar_passo")):
        await store.do(entries.withdraw, "kota", kind, slug, RINA, NOW)
    city = await live(store)
    assert (city.articles, city.cards, [one.slug for one in city.landmarks]) == ((), (), ["pantai_natsepa"])
    await store.do(entries.restore, "kota", "article", TOPIC, SARI, NOW)
    assert (await live(store)).articles == store.city.articles


def test_what_does_not_fit_the_program_leaves_what_was_there(kota: City) -> None:
    broken = [
        Told("article", TOPIC, 2, {"title": "Tanpa jawaban"}),
        Told("category", "kebakaran", 2, None),
        Told("wording", "first", 2, None),
        Told("unheard_of", "x", 1, {}),
    ]
    assert city_with(kota, broken) is kota


def test_only_the_parts_that_change_are_new(kota: City) -> None:
    body = {"title": "Biaya", "answer": "Gratis.", "sms": "Gratis.", "ask": "Kominfo"}
    city = city_with(kota, [("article", TOPIC, body)])
    assert city.articles[0].answer == "Gratis."
    assert city.landmarks is kota.landmarks
    assert city.categories is kota.categories
    assert city_with(city, [("article", TOPIC, body)]) is city


async def test_only_what_changed_is_read_again(store: Store) -> None:
    known = {(one.kind, one.slug): one.version for one in await store.do(load_entries, "kota")}
    assert await store.do(load_entries, "kota", known) == []
    await store.through(await store.body(answer="Gratis."))
    assert [one.slug for one in await store.do(load_entries, "kota", known)] == [TOPIC]


async def test_every_town_takes_over_what_is_published(store: Store) -> None:
    cities = {"kota": store.city}
    told: list[City] = []
    towns = Towns(store.database, VirtualClock(), cities, {}, lambda _: 1)
    towns.on_city(told.append)
    await towns.refresh()
    assert (cities["kota"], told) == (store.city, [])
    towns.wake.clear()
    await store.through(await store.body(answer="Gratis, {city}."))
    assert towns.wake.is_set(), "woken by the commit itself"
    await towns.refresh()
    assert told == [cities["kota"]]
    assert towns["kota"].words.answers[TOPIC].answer == "Gratis, {city}."
    await store.do(entries.withdraw, "kota", "article", TOPIC, RINA, NOW)
    await towns.refresh()
    assert TOPIC not in towns["kota"].book.topics


async def test_the_towns_read_no_body_while_nothing_changes(store: Store) -> None:
    """A body that is changed behind the store's back goes unnoticed: nobody looked."""
    cities = {"kota": store.city}
    towns = Towns(store.database, VirtualClock(), cities, {}, lambda _: 1)
    await towns.refresh()
    before = cities["kota"]
    body = {"title": "x", "answer": "Diam-diam.", "sms": "x", "ask": "x"}
    await store.do(lambda connection: connection.execute(entry.update().values(body=body)) and None)
    await towns.refresh()
    assert cities["kota"] is before


async def test_a_card_counts_from_the_day_on_which_it_is_approved(store: Store) -> None:
    clock = VirtualClock()
    towns = Towns(store.database, clock, {"kota": store.city}, {}, lambda _: 1)
    await towns.refresh()
    before = towns["kota"].book
    await towns.refresh()
    assert towns["kota"].book is before
    clock.advance(24 * 3600)
    await towns.refresh()
    assert towns["kota"].book is not before, "a new day: approvals are looked at again"


async def test_seeding_leaves_a_persons_edit_alone_and_names_it(store: Store, tmp_path: Path) -> None:
    await store.through(await store.body(answer="Gratis."))
    changed = ("kota/agencies.yml", "Damkar Kota", "Damkar Baru")
    newer = load_city("kota", write_city(tmp_path / "newer", replacing=changed))
    done = await store.do(partial(seed_city, now=NOW), newer)
    assert (done.added, done.renewed, done.left_alone) == ([], ["agency damkar"], [f"article {TOPIC}"])
    assert (await store.published()).body["answer"] == "Gratis."
    assert (await store.published("agency", "damkar")).version == 2
    again = await store.do(partial(seed_city, now=NOW), newer)
    assert (again.added, again.renewed) == ([], [])
