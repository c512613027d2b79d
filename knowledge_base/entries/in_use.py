"""What the rest of the city needs, as the database has it at this moment: why something cannot be withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from knowledge_base.entries.reads import get, version
from knowledge_base.faults import Fault
from knowledge_base.sms_text import gsm7_length
from knowledge_base.tables import entry
from knowledge_base.text_checks import SMS_FORM

LISTS = ("first", "also", "operator_only")


def why_needed(connection: Connection, city: str, kind: str, slug: str) -> str | None:
    """Why this cannot be withdrawn, with what to do first; None where it can."""
    if kind == "category":
        return "Kategori darurat tidak bisa dicabut: laporan warga dikelompokkan menurutnya. Ubah isinya saja."
    if kind == "agency":
        names = _naming(connection, city, lambda body: slug in _agencies(body))
        if names:
            return f"Masih dipakai kategori {names}. Ganti dulu instansinya di sana dan terbitkan, lalu cabut."
    if kind == "wording":
        return _why_said(connection, city, slug)
    return None


def _why_said(connection: Connection, city: str, key: str) -> str | None:
    first = version(connection, city, "wording", key, 1)
    if first is not None and first.verb == "seeded":
        return "Bot memakai kalimat ini. Kalimat bot hanya bisa diubah, tidak dicabut."
    names = _naming(connection, city, lambda body: any(one.get("wording") == key for one in body.get("questions", ())))
    if names:
        return f"Masih ditanyakan pada kategori {names}. Ganti dulu pertanyaannya di sana dan terbitkan, lalu cabut."
    base = get(connection, city, "wording", key.removesuffix(SMS_FORM)) if key.endswith(SMS_FORM) else None
    if base is not None and not _plain(str(base.body.get("text", ""))):
        return f"Tanpa ini kalimat “{base.slug}” tidak bisa dikirim lewat SMS. Ganti dulu huruf khususnya di sana."
    return None


def _naming(connection: Connection, city: str, named: Any) -> str:
    """The titles of the categories that ``named`` says yes to."""
    query = select(entry.c.title, entry.c.body).where(entry.c.city == city, entry.c.kind == "category")
    titles = [row.title for row in connection.execute(query.order_by(entry.c.slug)) if named(row.body)]
    return " dan ".join([", ".join(titles[:-1]), titles[-1]]) if len(titles) > 1 else "".join(titles)


def _agencies(body: Mapping[str, Any]) -> list[str]:
    named = body.get("agencies") or {}
    return [slug for part in LISTS for slug in named.get(part, ())]


def agencies_missing(connection: Connection, city: str, body: Mapping[str, Any]) -> list[Fault]:
    """Agencies that a category names and that were withdrawn since this process last looked."""
    there = set(
        connection.scalars(
            select(entry.c.slug)
            .where(entry.c.city == city, entry.c.kind == "agency", entry.c.withdrawn_at.is_(None))
            .with_for_update(read=True)
        )
    )
    gone = [slug for slug in _agencies(body) if slug not in there]
    return [Fault("agencies", f"Instansi “{slug}” baru saja dicabut: pilih yang lain.") for slug in gone]


def _plain(text: str) -> bool:
    try:
        gsm7_length(text)
    except ValueError:
        return False
    return True
