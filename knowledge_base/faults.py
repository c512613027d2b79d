"""What is wrong with something that staff wrote: which field, and a sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class Fault:
    """``field`` as a path ("variants.2", "sms"; empty: the whole), ``text`` an operator's Indonesian."""

    field: str
    text: str


EMPTY = "Isi dulu bagian ini."
_BY_FIELD = {
    "confirmed_on": "Tulis tanggal saat nomor atau isi ini terakhir dipastikan.",
    "number": "Tulis nomor dengan angka, boleh dengan tanda hubung, misalnya 0911-351113.",
    "url": "Tulis alamat lengkapnya, diawali https://",
    "opens": "Tulis jam buka seperti 08:00.",
    "closes": "Tulis jam tutup seperti 15:00, paling akhir 24:00.",
    "days": "Pilih paling sedikit satu hari.",
    "kecamatan": "Pilih paling sedikit satu kecamatan.",
    "lat": "Titik peta tidak sah: klik tempatnya di peta.",
    "lon": "Titik peta tidak sah: klik tempatnya di peta.",
    "radius_m": "Jangkauan harus antara 10 dan 5000 meter.",
    "keys": "Kata pintas hanya huruf kecil dan angka, paling panjang 20.",
    "date": "Tulis tanggal seperti 2026-12-25, atau --12-25 untuk setiap tahun.",
    "default_severity": "Pilih 1, 2, atau 3.",
    "yes_is": "Pilih 1, 2, 3, atau kosongkan.",
    "expires": "Tulis hari terakhir berlakunya.",
}
_BY_TYPE = {
    "missing": EMPTY,
    "string_too_short": EMPTY,
    "string_type": "Isi dengan tulisan.",
    "string_too_long": "Terlalu panjang: paling banyak {max_length} huruf.",
    "too_short": "Isi paling sedikit satu.",
    "too_long": "Terlalu banyak: paling banyak {max_length}.",
    "literal_error": "Pilih salah satu dari daftar.",
    "extra_forbidden": "Bagian ini tidak dikenal: hapus.",
    "string_pattern_mismatch": "Bentuknya tidak sah: pakai huruf kecil, angka, dan garis bawah.",
    "bool_parsing": "Pilih ya atau tidak.",
}
_BY_PREFIX = {
    "date": "Tulis tanggal seperti 2026-12-25.",
    "int": "Isi dengan angka bulat.",
    "float": "Isi dengan angka.",
    "greater": "Angkanya terlalu kecil.",
    "less": "Angkanya terlalu besar.",
    "tuple": "Isi dengan daftar.",
    "model": "Isi bagian-bagiannya.",
}
# What the models' own checks say, as staff read it.
_SAID = {
    "lat and lon go together": "Titik peta belum lengkap: klik tempatnya di peta, atau kosongkan titiknya.",
    "closes must differ": "Jam tutup sama dengan jam buka. Untuk yang buka terus tulis 00:00 sampai 24:00.",
    "the same day stands twice": "Hari yang sama ada dua kali: hapus salah satu.",
    "hours: two openings": "Dua jadwal buka bertumpuk pada hari yang sama: gabungkan.",
    "expires must be later": "Hari terakhir berlaku harus sesudah hari persetujuan.",
    "is named more than once": "Instansi yang sama ada di dua daftar: simpan di satu saja.",
    "a restricted or silent": "Kategori terbatas atau senyap tidak boleh memakai pemberitahuan otomatis.",
    "a silent category": "Kategori senyap harus juga terbatas.",
    "the same fact is asked": "Hal yang sama ditanyakan dua kali: hapus salah satu pertanyaannya.",
    "there is no such day": "Tanggal itu tidak ada di kalender.",
}


def faults_of(error: ValidationError) -> list[Fault]:
    """Every complaint of a model, as staff read it."""
    return [Fault(_path(one["loc"]), _text(one)) for one in error.errors(include_url=False, include_input=False)]


def _path(loc: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in loc)


def _text(one: Any) -> str:
    kind, message = one["type"], one["msg"]
    if kind == "value_error":
        said = next((text for begin, text in _SAID.items() if begin in message), None)
        return said or f"Isian ini tidak bisa dipakai: {message.removeprefix('Value error, ')}"
    if kind in ("missing", "string_too_short", "extra_forbidden", "string_too_long", "too_long", "string_type"):
        return _BY_TYPE[kind].format_map(one.get("ctx") or {})
    field = next((str(part) for part in reversed(one["loc"]) if isinstance(part, str)), "")
    known = _BY_FIELD.get(field) or _BY_TYPE.get(kind)
    prefix = re.split(r"_", kind)[0]
    return known or _BY_PREFIX.get(prefix, "Isian ini tidak sah: perbaiki.")
