"""What two people could publish and nobody may: a life-critical sentence, kind or place turned into its opposite."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge_base.city import load_city
from knowledge_base.kinds import KINDS, body_of, checked
from knowledge_base.live_city import city_with

AMBON = load_city("ambon")

TURNED = [
    ("calling", "Petugas sedang dipanggil.", "{voice} tidak boleh hilang"),
    ("calling", "Petugas sedang dipanggil. Jangan telepon {voice} (gratis).", "jangan telepon"),
    ("calling", "Petugas sedang meluncur. Telepon {voice} (gratis).", "“meluncur”"),
    ("received", "Pesan masuk, bantuan dalam perjalanan.", "“dalam perjalanan”"),
    ("noted_more", "Sudah dicatat juga. Sudah dibuka petugas.", "“belum”"),
    ("waiting", "Belum dibuka petugas. Balas TIDAK. Kalau bisa bicara, telepon {voice} (gratis).", "YA"),
    ("silent_reply", "Polisi di sini. Bisa balas? 1 ya, 2 tidak", "“polisi”"),
    ("silent_where", "Ini 112. Di mana?", "“112”"),
    ("silent_hurt", "Ada yang luka? Balas ya atau tidak", "Angka 1, 2"),
    ("silent_hurt", "Ada yang luka? 1 tidak, 2 ya", "terbalik"),
    ("ask_in_water", "Ada orang di air? 2 ya, 1 tidak", "terbalik"),
    ("ask_line_down", "Kabelnya putus? 1 ya, 2 tidak. Jauhi kabel minimal 1 meter.", "Angka 10"),
    ("ask_electrocuted", "Ada yang kesetrum? 1 ya, 2 tidak. Sentuh selama masih menempel listrik.", "“jangan”"),
    ("calling_no_call", "Petugas sedang dipanggil. Silakan menelepon.", "“menelepon”"),
    ("calling_no_call", "Petugas sedang dipanggil. Telp 112.", "“telp, 112”"),
    ("waiting_gentle", "Belum dibuka petugas. Telpon saja? Balas YA.", "“telpon”"),
    ("received_gentle", "Pesan masuk. Hubungi kami.", "“hubungi”"),
    ("menu_no_call", "Halo, telepon {voice}", "{voice}"),
    ("button_yes", "1 Tidak", "berarti “ya”"),
    ("button_yes", "Ya", "Angka 1"),
    ("button_no", "2 Ya", "terbalik"),
    ("button_no", "2 Jangan", "berarti “tidak”"),
    ("ask_gas_baru", "Ada gas? 1 tidak, 2 ya", "terbalik"),
]
SAID_BETTER = [
    ("calling", "Petugas sudah kami panggil. Kalau aman, telepon {voice} (gratis)."),
    ("calling_no_call", "Petugas sedang dipanggil. Tidak perlu menelepon, tulis saja."),
    ("calling_empty_no_call", "BELUM DIBUKA PETUGAS. Mintalah orang di dekat Anda menelepon {voice}."),
    ("silent_reply", "Bisa membalas? 1 ya, 2 tidak"),
    ("waiting_gentle", "Belum dibuka petugas. Masih mau bicara dengan petugas? Kalau ya, balas YA."),
    ("ask_danger", "Ada yang dalam bahaya? Balas 1 = ya, 2 = tidak, atau tulis apa yang terjadi."),
    ("received_gentle", "Terima kasih, pesan Anda masuk."),
]


def _said(kind: str, slug: str, body: dict[str, Any]) -> list[str]:
    return [one.text for one in checked(kind, slug, body, AMBON)[1]]


@pytest.mark.parametrize(("key", "text", "why"), TURNED)
def test_no_sentence_is_turned_round(key: str, text: str, why: str) -> None:
    said = _said("wording", key, {"text": text})
    assert any(why in one for one in said), said


@pytest.mark.parametrize(("key", "text"), SAID_BETTER)
def test_a_sentence_may_be_said_better(key: str, text: str) -> None:
    assert _said("wording", key, {"text": text}) == []


def test_the_files_sentence_counts_whatever_was_published_before() -> None:
    slipped = city_with(AMBON, [("wording", "calling", {"text": "Petugas dipanggil."})])
    _, faults = checked("wording", "calling", {"text": "Petugas kami panggil."}, slipped)
    assert ["{voice}" in one.text for one in faults] == [True]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"default_severity": 3}, "default_severity"),
        ({"questions": []}, "questions"),
        ({"questions": [{"fact": "trapped", "wording": "ask_people_inside"}]}, "questions"),
        ({"agencies": {"first": ["psc119"], "also": ["damkar"]}}, "agencies.first"),
    ],
)
def test_no_kind_of_emergency_waits_longer_than_the_files_have_it(change: dict[str, Any], field: str) -> None:
    body = body_of(KINDS["category"], AMBON.categories["kebakaran"])
    assert [one.field for one in checked("category", "kebakaran", body | change, AMBON)[1]] == [field]
    slower = city_with(AMBON, [("category", "kebakaran", body | change)])
    assert [one.field for one in checked("category", "kebakaran", body | change, slower)[1]] == [field]


def test_more_agencies_and_more_urgent_may_be() -> None:
    body = body_of(KINDS["category"], AMBON.categories["medis"])
    more = {"default_severity": 1, "agencies": {"first": ["damkar", "psc119"], "also": []}}
    assert checked("category", "medis", body | more, AMBON)[1] == []


@pytest.mark.parametrize(
    "name",
    [
        *("rumah", "Tolong", "kebakaran", "112", "rmh", "rumahnya", "toloong", "jalan", "lorong", "saya", "api", "xyz"),
        *("minta tolong", "rumah saya", "depan rumah", "gedung kebakaran", "jalan raya", "rt 3", "2 orang", "9119"),
    ],
)
def test_everyday_words_name_no_place(name: str) -> None:
    place = {"name": "Toko Sinar Galala", "kind": "toko", "lat": -3.69, "lon": 128.18}
    assert [one.field for one in checked("landmark", "baru", place | {"aliases": [name]}, AMBON)[1]] == ["aliases.0"]
    assert [one.field for one in checked("landmark", "baru", place | {"name": name}, AMBON)[1]] == ["name"]


@pytest.mark.parametrize("name", ["galala", "Pasar Tagalaya", "Toko 20000", "SMA 5 Lateri", "lampu merah batu koneng"])
def test_names_of_places_are_taken(name: str) -> None:
    place = {"name": "Toko Sinar Galala", "kind": "toko", "lat": -3.69, "lon": 128.18, "aliases": [name]}
    assert checked("landmark", "baru", place, AMBON)[1] == []


@pytest.mark.parametrize("number", ["0809-1-112", "0900 123", "+62 809 1234", "11"])
def test_numbers_that_cost_or_lead_nowhere_are_refused(number: str) -> None:
    phone = {"number": number, "label": "Pos", "confirmed_on": "2026-11-01", "source": "Damkar"}
    body = {"name": "Damkar", "kind": "fire", "phones": [phone], "posts": [{"name": "Pos", "phones": [phone]}]}
    fields = [one.field for one in checked("agency", "damkar", body, AMBON)[1]]
    assert fields == ["phones.0.number", "posts.0.phones.0.number"]
    free = phone | {"number": "0800-1-112"}
    assert checked("agency", "damkar", body | {"phones": [free], "posts": []}, AMBON)[1] == []
