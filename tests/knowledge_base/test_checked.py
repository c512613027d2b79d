"""Whatever a clerk types: what would break the city is refused, field by field, in a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.city import City, load_cities, load_city
from knowledge_base.kinds import KINDS, checked
from knowledge_base.live_city import city_with
from knowledge_base.seed import from_files
from tests.knowledge_base.small_city import write_city
from tests.knowledge_base.test_entries import LANDMARK

ARTICLE = {"title": "Biaya", "answer": "Gratis.", "sms": "Gratis.", "ask": "Kominfo"}
CARD: dict[str, Any] = {
    "title": "Api",
    "kind": "card",
    "owner": "Damkar",
    "categories": ["kebakaran"],
    "steps": ["Keluar."],
}
CATEGORY: dict[str, Any] = {
    "name": "Api",
    "description": "Api",
    "default_severity": 1,
    "agencies": {"first": ["damkar"]},
}
REPLY = {"title": "Mana", "text": "Di mana?"}
SPAN = {"days": [1], "opens": "08:00", "closes": "15:00"}
NIGHT = {"days": [1], "opens": "22:00", "closes": "02:00"}

WRONG: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("article", "a", {"title": " "}, "title", "Isi dulu"),
    ("article", "a", {"answer": "Hubungi {nomor}."}, "answer", "{nomor} tidak dikenal"),
    ("article", "a", {"answer": "Rusak {"}, "answer", "tidak berpasangan"),
    ("article", "a", {"answer": "x" * 601}, "answer", "601 huruf, paling banyak 600"),
    ("article", "a", {"sms": "x" * 307}, "sms", "307 huruf, paling banyak 306"),
    ("article", "a", {"sms": "Gratis 👍"}, "sms", "“👍”"),
    ("article", "a", {"variants": ["Bayar?", " bayar?"]}, "variants.1", "baris 1"),
    ("article", "a", {"variants": ["boleh gratis"]}, "variants.0", "“Biaya lain”"),
    ("article", "a", {"local": [{"kecamatan": ["Sirimau"], "answer": "x"}]}, "local.0.kecamatan", "Sirimau"),
    ("article", "a", {"local": [{"kecamatan": [], "answer": "x"}]}, "local.0.kecamatan", "paling sedikit satu"),
    ("article", "a", {"links": [{"label": "x", "url": "contoh"}]}, "links.0.url", "https://"),
    ("article", "a", {"phones": [{"number": "0911", "label": "x"}]}, "phones.0.confirmed_on", "Isi dulu"),
    ("article", "a", {"hours": [{**SPAN, "opens": "8"}]}, "hours.0.opens", "08:00"),
    ("article", "a", {"hours": [{**SPAN, "closes": "08:00"}]}, "hours.0", "sama dengan jam buka"),
    ("article", "a", {"hours": [{**SPAN, "opens": "24:00"}]}, "hours.0.opens", "08:00"),
    ("article", "a", {"hours": [SPAN, SPAN]}, "", "bertumpuk"),
    ("article", "a", {"hours": [NIGHT, {**SPAN, "days": [2], "opens": "01:00"}]}, "", "bertumpuk"),
    ("article", "a", {"hours": [{**NIGHT, "days": [7]}, {**SPAN, "opens": "01:00"}]}, "", "bertumpuk"),
    ("article", "a", {"review_on": "besok"}, "review_on", "2026-12-25"),
    ("article", "A b", {}, "topic", "huruf kecil"),
    ("card", "k", {"steps": []}, "steps", "satu langkah"),
    ("card", "k", {"steps": ["x" * 161]}, "steps.0", "161 huruf"),
    ("card", "k", {"categories": ["banjir"]}, "categories", "“banjir”"),
    ("card", "k", {"send_when": ["banjir:air"]}, "send_when.0", "“banjir”"),
    ("card", "k", {"expires": "nanti"}, "expires", "2027-12-31"),
    ("card", "k", {"kind": "sop", "body": " "}, "body", "Isi dulu"),
    ("wording", "first", {"text": "Telepon {nomor}."}, "text", "Yang boleh: {voice}"),
    ("wording", "first", {"text": "Telepon {voice} 🔥"}, "text", "“🔥”"),
    ("wording", "unknown", {"text": "Halo"}, "", "tidak memakai kalimat"),
    ("wording", "first_sms", {"text": "Telepon {city}."}, "text", "{city} tidak dikenal"),
    ("category", "kebakaran", {"agencies": {"first": ["damkar", "bpbd"]}}, "agencies.first", "“bpbd”"),
    ("category", "kebakaran", {"default_severity": 2}, "default_severity", "paling sedikit P1"),
    ("category", "kebakaran", {"agencies": {}}, "agencies.first", "paling sedikit satu"),
    ("category", "kebakaran", {"cards": ["tidak_ada"]}, "cards", "“tidak_ada”"),
    ("category", "kebakaran", {"questions": [{"fact": "a", "wording": "ask_b"}]}, "questions.0.wording", "“ask_b”"),
    ("category", "kebakaran", {"default_severity": 4}, "default_severity", "1, 2, atau 3"),
    ("category", "kdrt", {"restricted": True}, "silent", "senyap"),
    ("agency", "damkar", {"name": "D", "kind": "api"}, "kind", "daftar"),
    (
        "agency",
        "damkar",
        {"name": "D", "kind": "fire", "posts": [{"name": "p", "kelurahan_kode": "1"}]},
        "posts.0.kelurahan_kode",
        "daftar",
    ),
    ("landmark", "x", {"name": "Pasar Passo"}, "name", "“Pasar Passo”"),
    ("landmark", "x", {"aliases": ["a;b"]}, "aliases.0", "titik koma"),
    ("landmark", "x", {"lat": -9.0}, "lat", "di luar"),
    ("landmark", "x", {"lon": None}, "", "belum lengkap"),
    ("landmark", "x", {"area_code": "81.71.03"}, "area_code", "daftar"),
    ("quick_reply", "x", {"text": "{nama}"}, "text", "{nama}"),
    ("quick_reply", "x", {"keys": "di mana"}, "keys", "huruf kecil"),
    ("holiday", "2026-02-30", {"name": "x"}, "date", "kalender"),
]
GOOD: dict[str, dict[str, Any]] = {
    "article": ARTICLE,
    "card": CARD,
    "category": CATEGORY,
    "landmark": LANDMARK,
    "quick_reply": REPLY,
}


def _city() -> City:
    with TemporaryDirectory() as folder:
        made = load_city("kota", write_city(Path(folder)))
    silent = {**CATEGORY, "restricted": True, "silent": True}
    other = {**ARTICLE, "title": "Biaya lain", "variants": ["Boleh  GRATIS"]}
    return city_with(made, [("category", "kdrt", silent), ("article", "lain", other)])


KOTA = _city()


@pytest.mark.parametrize(("kind", "slug", "changes", "field", "text"), WRONG)
def test_a_fault_names_its_field_and_what_to_do(
    kind: str, slug: str, changes: dict[str, Any], field: str, text: str
) -> None:
    _, faults = checked(kind, slug, {**GOOD.get(kind, {}), **changes}, KOTA)
    assert [(one.field, text in one.text) for one in faults] == [(field, True)], faults


@pytest.mark.parametrize("city", load_cities(["ambon", "kendari"]).values(), ids=lambda city: city.slug)
def test_everything_that_the_files_say_passes_and_stays_the_same(city: City) -> None:
    for one in from_files(city):
        body, faults = checked(one.kind, one.slug, one.body, city)
        assert faults == [], (one.kind, one.slug)
        approval = ("approved_by", "approved_on", "version", "example") if one.kind == "card" else ()
        assert [name for name, value in one.body.items() if body[name] != value and name not in approval] == []


def test_a_sentence_may_get_a_form_of_its_own_and_a_question_a_sentence() -> None:
    for key, text in (("first_sms", "Telp {voice}"), ("ask_gas_sms", "Ada gas?"), ("ask_gas", "Ada gas di {city}?")):
        assert checked("wording", key, {"text": text}, KOTA)[1] == []
    with_sms = city_with(KOTA, [("wording", "first_sms", {"text": "Pesan masuk."})])
    assert checked("wording", "first", {"text": "Pesan masuk 🔥 {voice}"}, with_sms)[1] == []


def test_a_night_ends_where_the_next_day_begins() -> None:
    touching = [{**NIGHT, "days": [1, 7]}, {**SPAN, "days": [1, 2], "opens": "02:00"}]
    assert checked("article", "a", {**ARTICLE, "hours": touching}, KOTA)[1] == []


def test_an_approval_cannot_be_typed() -> None:
    body, faults = checked(
        "card", "k", {**CARD, "approved_by": "saya", "approved_on": "2026-01-01", "version": 99}, KOTA
    )
    assert faults == []
    assert (body["approved_by"], body["approved_on"], body["version"]) == (None, None, 1)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)


@settings(deadline=None)
@given(kind=st.sampled_from(sorted(KINDS)), slug=st.text(min_size=1, max_size=10), data=st.data())
def test_whatever_is_typed_is_answered_and_what_passes_fits_the_program(
    kind: str, slug: str, data: st.DataObject
) -> None:
    fields = st.sampled_from(sorted(KINDS[kind].model.model_fields))
    typed = data.draw(st.dictionaries(st.one_of(fields, st.text(max_size=8)), JSON, max_size=5))
    body, faults = checked(kind, slug, {**GOOD.get(kind, {}), **typed}, KOTA)
    assert all(fault.text.strip() for fault in faults)
    KINDS[kind].title(slug, body)
    KINDS[kind].words(slug, body)
    KINDS[kind].owner(body)
    KINDS[kind].review_on(body)
    if not faults:
        again, more = checked(kind, slug, body, KOTA)
        assert (again, more) == (body, [])
        assert kind == "card" or city_with(KOTA, [(kind, slug, body)]) is not None
