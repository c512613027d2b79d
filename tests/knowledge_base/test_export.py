"""A city out of the database into files, and from them into an empty database: the same city, whatever was edited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert, select

from config.database import Database, metadata
from config.schema import migrate
from knowledge_base import entries
from knowledge_base.city import City, CityDataError, load_city, load_phrases
from knowledge_base.export import Exported, find, write
from knowledge_base.kinds import KINDS, checked
from knowledge_base.learning.phrases import of_examples
from knowledge_base.live_city import city_with
from knowledge_base.phrases import CITIES
from knowledge_base.picture_files import seed_pictures
from knowledge_base.seed import seed_city, seed_examples
from knowledge_base.tables import entry, example, picture
from tests.knowledge_base.small_city import write_city
from tests.knowledge_base.store import NOW, RINA, SARI, TOPIC, Store
from tests.knowledge_base.test_entries import LANDMARK
from tests.knowledge_base.test_live_city import alone

COLUMNS = ("kind", "slug", "title", "body", "owner", "review_on")
ARTICLE: dict[str, Any] = {
    "answer": "Gratis.\n\n  Menjorok: ya # bukan komentar\n- butir",
    "variants": ["bayar kah?", "null", "- 112", "gratis: ya"],
    "tests": ["apa telepon 112 bayar"],
    "ambonese": "Seng bayar.",
    "local": [{"kecamatan": ["Baguala"], "answer": "Di Passo gratis.", "sms": None}],
    "links": [{"label": "Laman", "url": "https://contoh.go.id/112?a=1&b=2"}],
    "phones": [{"number": "0911-5550001", "label": "Kantor", "confirmed_on": "2026-11-01"}],
    "hours": [{"days": [1, 2], "opens": "08:00", "closes": "24:00"}],
    "hours_note": "Jumat istirahat",
    "closed_on_holidays": False,
    "picture": "77",
    "owner": "rina",
    "review_on": "2027-01-31",
}


async def _rows(database: Database, city: str) -> dict[tuple[str, str], Any]:
    def read(connection: Connection) -> dict[tuple[str, str], Any]:
        found = connection.execute(select(entry).where(entry.c.city == city)).mappings()
        return {
            (row["kind"], row["slug"]): ({name: row[name] for name in COLUMNS}, row["withdrawn_at"] is not None)
            for row in found
        }

    return await database.read(read)


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    await migrate(database)
    yield database
    await database.close()


async def exported(database: Database, city: City, folder: Path, root: Path) -> Exported:
    return write(await database.read(partial(find, city=city)), city.slug, folder, root)


async def test_edits_of_every_kind_survive_the_way_through_files(
    store: Store, empty: Database, files: Path, tmp_path: Path
) -> None:
    await store.through(await store.body(**ARTICLE))
    await store.through({**await store.body(), "title": "Baru: “kutip”", "variants": []}, "article", "baru")
    await store.through({"text": "Telepon: {voice}? #1"}, "wording", "first")
    await store.through({"text": "Ada gas? 1 ya, 2 tidak"}, "wording", "ask_gas")
    asked = [{"fact": "gas", "wording": "ask_gas", "answer": "yes_no", "yes_is": 1}]
    store.city = load_live(store.city, "wording", "ask_gas", {"text": "Ada gas? 1 ya, 2 tidak"})
    await store.through(await store.body("category", "kebakaran", questions=asked), "category", "kebakaran")
    await store.through(
        await store.body("card", "kartu_api", steps=["Keluar: sekarang.", "Tutup"]), "card", "kartu_api"
    )
    sop = {
        "title": "SOP api",
        "kind": "sop",
        "owner": "Damkar",
        "categories": ["kebakaran"],
        "body": "**P1**\n\n1. a\n---",
    }
    await store.through(sop, "card", "sop_api")
    await alone(store, "agency", "damkar", await store.body("agency", "damkar", note="Pos pindah.", phones=[]))
    await alone(store, "agency", "bpbd", {"name": "BPBD", "kind": "disaster"})
    await alone(
        store,
        "landmark",
        "pasar_passo",
        {**LANDMARK, "name": "Pasar Lama, Passo", "aliases": ["pasar lama passo", "plama"]},
    )
    await alone(
        store,
        "landmark",
        "laut",
        {"name": "Laut Galala", "kind": "laut", "lat": -3.6, "lon": 128.0001, "outside": True},
    )
    await alone(
        store, "quick_reply", "mana", {"title": "Di mana", "text": "Di mana?\n{code}", "keys": "112", "order": 5}
    )
    await alone(store, "holiday", "--11-23", {"name": "Hari jadi"})
    await alone(store, "holiday", "2026-12-24", {"name": "Cuti bersama"})
    for kind, slug in (("article", "baru"), ("agency", "bpbd"), ("landmark", "laut"), ("card", "kartu_api")):
        await store.do(entries.withdraw, "kota", kind, slug, RINA, NOW)
    await store.do(entries.withdraw, "kota", "quick_reply", "mana", SARI, NOW)
    await store.do(entries.withdraw, "kota", "holiday", "--11-23", SARI, NOW)
    await store.database.write(_keep_picture)

    await exported(store.database, load_city("kota", files), tmp_path / "out", files)
    again = load_city("kota", tmp_path / "out")
    await empty.write(partial(seed_city, city=again, now=NOW))
    await empty.write(partial(seed_pictures, city="kota", now=NOW, who="berkas", root=tmp_path / "out"))

    assert await _rows(empty, "kota") == await _rows(store.database, "kota")
    kept = await empty.read(lambda connection: connection.execute(select(picture.c.id, picture.c.data)).all())
    assert [tuple(row) for row in kept] == [(77, b"\x89PNG")]


def load_live(city: City, kind: str, slug: str, body: dict[str, Any]) -> City:
    return city_with(city, [(kind, slug, body)])


def _keep_picture(connection: Connection) -> None:
    row = {"city": "kota", "id": 77, "mime": "image/png", "data": b"\x89PNG", "added_by": "rina", "at": NOW}
    connection.execute(insert(picture), row)


@pytest.mark.parametrize("slug", ["ambon", "kendari"])
async def test_both_cities_come_back_as_they_are(slug: str, empty: Database, tmp_path: Path) -> None:
    city = load_city(slug)
    await empty.write(partial(seed_city, city=city, now=NOW))
    await exported(empty, city, tmp_path / "out", CITIES)
    again = load_city(slug, tmp_path / "out")
    assert again.articles == city.articles
    assert again.landmarks == city.landmarks
    assert (again.wording, again.categories, again.fillings) == (city.wording, city.categories, city.fillings)
    assert (again.agencies, set(again.cards)) == (city.agencies, set(city.cards))
    assert (again.quick_replies, again.holidays) == (city.quick_replies, city.holidays)
    done = await empty.write(partial(seed_city, city=again, now=NOW))
    assert (done.added, done.renewed, done.left_alone) == ([], [], [])


async def test_what_an_export_brings_is_not_seeded_away_at_the_next_start(
    store: Store, empty: Database, files: Path, kota: City, tmp_path: Path
) -> None:
    await store.through(await store.body(answer="Gratis."))
    await exported(store.database, kota, tmp_path / "out", files)
    again = load_city("kota", tmp_path / "out")
    await empty.write(partial(seed_city, city=again, now=NOW, own=kota))
    done = await empty.write(partial(seed_city, city=kota, now=NOW))
    assert (done.renewed, done.left_alone) == ([], [f"article {TOPIC}"])


async def test_accepted_examples_become_phrases_once(store: Store, files: Path, kota: City, tmp_path: Path) -> None:
    (files / "_shared/phrases").mkdir()
    (files / "_shared/phrases/iseng.yml").write_text("nlu:\n- intent: iseng\n  examples: |\n    - wkwk\n")

    def accept(connection: Connection) -> None:
        for number, (text, intent) in enumerate(
            (("rumah: terbakar", "darurat_kebakaran"), ("WKWK", "darurat_medis")), 1
        ):
            row = {"city": "kota", "id": number, "text": text, "intent": intent, "severity": 1, "was": {}, "at": NOW}
            connection.execute(
                insert(example),
                {**row, "source": "typed", "state": "accepted", "proposed_by": "sari", "decided_at": NOW},
            )

    await store.database.write(accept)
    done = await exported(store.database, kota, tmp_path / "out", files)
    assert [line.split(" (")[0] for line in done.left_out] == ["WKWK"]
    phrases = [one for one in load_phrases("kota", tmp_path / "out") if one.city == "kota"]
    assert [(one.text, one.intent, one.metadata) for one in phrases] == [
        ("rumah: terbakar", "darurat_kebakaran", {"severity": 1})
    ]
    await store.do(
        lambda connection: connection.execute(example.update().values(text="api besar", intent="iseng")) and None
    )
    await exported(store.database, kota, tmp_path / "again", tmp_path / "out")
    texts = [one.text for one in load_phrases("kota", tmp_path / "again")]
    assert texts == ["wkwk", "rumah: terbakar", "api besar"]


async def test_accepted_examples_come_back_accepted(
    store: Store, empty: Database, files: Path, kota: City, tmp_path: Path
) -> None:
    told = [
        ("rumah: terbakar", "darurat_kebakaran", 1, "accepted"),
        ("got mampet", "keluhan", None, "accepted"),
        ("wkwk", "iseng", None, "rejected"),
        ("anak jatuh", "darurat_medis", 1, "accepted"),
    ]

    def keep(connection: Connection) -> None:
        about = {"city": "kota", "was": {}, "at": NOW, "source": "case", "proposed_by": "sari", "decided_at": NOW}
        for number, (text, intent, severity, state) in enumerate(told, 1):
            row = {"id": number, "text": text, "intent": intent, "severity": severity, "state": state}
            connection.execute(insert(example), {**about, **row})

    await store.database.write(keep)
    await exported(store.database, kota, tmp_path / "out", files)
    seeding = partial(seed_examples, city="kota", now=NOW, root=tmp_path / "out")
    assert await empty.write(seeding) == 2, "of a child nothing is taken up"
    assert await empty.write(seeding) == 0, "once"
    back = await empty.read(partial(of_examples, city="kota"))
    assert sorted((one.text, one.intent, one.metadata) for one in back) == [
        ("got mampet", "keluhan", {}),
        ("rumah: terbakar", "darurat_kebakaran", {"severity": 1}),
    ]
    sources = await empty.read(lambda connection: set(connection.scalars(select(example.c.source))))
    assert sources == {"typed"}
    await exported(empty, kota, tmp_path / "again", files)
    assert (tmp_path / "again/kota/phrases/contoh.yml").read_text() != ""
    await empty.write(lambda connection: connection.execute(example.update().values(state="rejected")) and None)
    assert await empty.write(seeding) == 0, "an admin's no stays"


async def test_the_programs_own_files_bring_no_examples(empty: Database) -> None:
    assert await empty.write(partial(seed_examples, city="ambon", now=NOW)) == 0


async def test_a_folder_that_has_the_city_is_not_written_over(
    store: Store, files: Path, kota: City, tmp_path: Path
) -> None:
    await exported(store.database, kota, tmp_path / "out", files)
    with pytest.raises(CityDataError, match="there already"):
        await exported(store.database, kota, tmp_path / "out", files)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)
with TemporaryDirectory() as _folder:
    KOTA = load_city("kota", write_city(Path(_folder)))


@settings(deadline=None, max_examples=40)
@given(answer=TEXT, variants=st.lists(TEXT, max_size=3), reply=TEXT, name=TEXT, step=TEXT, sop=TEXT)
def test_whatever_the_words_are_they_come_back(
    answer: str, variants: list[str], reply: str, name: str, step: str, sop: str
) -> None:
    """What the checks let through stands in the files as it was."""
    place = {"name": name, "kind": "x", "lat": -3.7, "lon": 128.2}
    card = {"title": "Kartu", "owner": "a", "categories": ["kebakaran"]}
    wanted: dict[tuple[str, str], dict[str, Any]] = {
        ("article", "a"): {"title": "a", "answer": answer, "sms": "a", "ask": "a", "variants": variants},
        ("quick_reply", "a"): {"title": "a", "text": reply},
        ("landmark", "a"): place,
        ("card", "a"): {**card, "kind": "card", "steps": [step]},
        ("card", "b"): {**card, "kind": "sop", "body": sop},
        ("wording", "ask_a"): {"text": reply},
    }
    kept = {}
    for (kind, slug), body in wanted.items():
        good, faults = checked(kind, slug, body, KOTA)
        if not faults:
            kept[kind, slug] = good
    engine = create_engine("sqlite://")
    with TemporaryDirectory() as folder, engine.begin() as connection:
        root = write_city(Path(folder) / "in")
        metadata.create_all(connection)
        seed_city(connection, KOTA, NOW)
        for (kind, slug), body in kept.items():
            what = KINDS[kind]
            row = {"city": "kota", "kind": kind, "slug": slug, "title": what.title(slug, body), "body": body}
            connection.execute(
                insert(entry), {**row, "words": "", "version": 1, "updated_at": NOW, "updated_by": "rina"}
            )
        write(find(connection, KOTA), "kota", Path(folder) / "out", root)
        again = load_city("kota", Path(folder) / "out")
        done = seed_city(connection, again, NOW)
    engine.dispose()
    assert (done.added, done.renewed) == ([], [])
