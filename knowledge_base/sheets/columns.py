"""Which columns a sheet of each kind has, what they are called, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from knowledge_base.sheets.forms import DAY, FIGURE, HOLIDAY, HOURS, LINES, NESTED, TEXT, WHOLE, YES_NO, Form, parts
from knowledge_base.sheets.sheet import SheetError, SheetRow

SLUG = ""  # the path of the column that names the entry


@dataclass(frozen=True, slots=True)
class Column:
    """``heading`` in small letters; ``path`` of the field in the body, ``agencies.first`` within another."""

    heading: str
    path: str
    form: Form = TEXT


_PHONES = parts("label", "number", "confirmed_on", "source", "via", "tested", needed=4)

_ARTICLE = (
    Column("topik", SLUG),
    Column("judul", "title"),
    Column("cara bertanya", "variants", LINES),
    Column("jawaban", "answer"),
    Column("jawaban sms", "sms"),
    Column("tanya lebih lanjut ke", "ask"),
    Column("jawaban melayu ambon", "ambonese"),
    Column("jawaban kendari", "kendari"),
    Column("jawaban per kecamatan", "local", NESTED),
    Column("tautan", "links", parts("label", "url", needed=2)),
    Column("telepon", "phones", parts("label", "number", "confirmed_on", needed=3)),
    Column("jam buka", "hours", HOURS),
    Column("catatan jam", "hours_note"),
    Column("tutup hari libur", "closed_on_holidays", YES_NO),
    Column("gambar", "picture"),
    Column("pertanyaan uji", "tests", LINES),
    Column("sumber", "source"),
    Column("dipastikan", "confirmed_on", DAY),
    Column("pemilik", "owner"),
    Column("tinjau lagi", "review_on", DAY),
)
_CARD = (
    Column("kode", SLUG),
    Column("judul", "title"),
    Column("jenis", "kind"),
    Column("pemilik", "owner"),
    Column("kategori", "categories", LINES),
    Column("langkah", "steps", LINES),
    Column("isi sop", "body"),
    Column("dikirim bila", "send_when", LINES),
    Column("berlaku sampai", "expires", DAY),
)
_CATEGORY = (
    Column("kode", SLUG),
    Column("nama", "name"),
    Column("penjelasan", "description"),
    Column("tingkat", "default_severity", WHOLE),
    Column("instansi pertama", "agencies.first", LINES),
    Column("instansi lain", "agencies.also", LINES),
    Column("instansi lewat operator", "agencies.operator_only", LINES),
    Column("kartu", "cards", LINES),
    Column("terbatas", "restricted", YES_NO),
    Column("senyap", "silent", YES_NO),
    Column("pemberitahuan otomatis", "bot_prenotice", YES_NO),
    Column("pertanyaan", "questions", NESTED),
)
_AGENCY = (
    Column("kode", SLUG),
    Column("nama", "name"),
    Column("jenis", "kind"),
    Column("telepon", "phones", _PHONES),
    Column("pos", "posts", NESTED),
    Column("catatan", "note"),
)
_LANDMARK = (
    Column("kode", SLUG),
    Column("nama", "name"),
    Column("jenis", "kind"),
    Column("nama lain", "aliases", LINES),
    Column("kode kelurahan", "area_code"),
    Column("lintang", "lat", FIGURE),
    Column("bujur", "lon", FIGURE),
    Column("jangkauan m", "radius_m", WHOLE),
    Column("di luar kota", "outside", YES_NO),
)
_QUICK_REPLY = (
    Column("kode", SLUG),
    Column("judul", "title"),
    Column("teks", "text"),
    Column("kata pintas", "keys"),
    Column("urutan", "order", WHOLE),
)
COLUMNS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "article": _ARTICLE,
        "card": _CARD,
        "wording": (Column("kunci", SLUG), Column("teks", "text")),
        "category": _CATEGORY,
        "agency": _AGENCY,
        "landmark": _LANDMARK,
        "quick_reply": _QUICK_REPLY,
        "holiday": (Column("tanggal", SLUG, HOLIDAY), Column("nama", "name")),
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one row asks for: new values by path (None: empty), under a slug (empty: a new one)."""

    row: int
    slug: str
    news: Mapping[str, Any]


def headings(kind: str) -> list[str]:
    """The first line of a sheet of this kind."""
    return [column.heading for column in COLUMNS[kind]]


def cells_of(kind: str, slug: str, body: Mapping[str, Any]) -> list[str]:
    """An entry as a row."""
    return [slug if not column.path else _cell(column, body) for column in COLUMNS[kind]]


def _cell(column: Column, body: Mapping[str, Any]) -> str:
    value: Any = body
    for name in column.path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value in (None, [], "") else column.form.write(value)


def unknown_headings(kind: str, found: Sequence[str]) -> Iterator[SheetError]:
    """Complaints of columns that this kind does not have."""
    known = set(_by_heading(kind))
    for name in found:
        if name not in known:
            text = f"Kolom ini tidak dikenal. Hapus, atau pakai salah satu: {', '.join(headings(kind))}."
            yield SheetError(1, name[:40], text)


def wanted(kind: str, row: SheetRow, found: Sequence[str]) -> tuple[Wanted, list[SheetError]]:
    """What a row asks for, and its cells that cannot be read. A column that is not there changes nothing."""
    known = _by_heading(kind)
    slug, news, errors = "", dict[str, Any](), list(row.errors)
    for heading in found:
        column = known[heading]
        try:
            value = column.form.read(row.cells[heading]) if heading in row.cells else None
        except ValueError as error:
            errors.append(SheetError(row.row, heading, str(error)))
            continue
        if column.path:
            news[column.path] = value
        else:
            slug = value or ""
    return Wanted(row.row, slug, news), errors


def _by_heading(kind: str) -> dict[str, Column]:
    """By heading, and by the field's own name for sheets that programs write."""
    found = {column.path or "slug": column for column in COLUMNS[kind]}
    return found | {column.heading: column for column in COLUMNS[kind]}


def heading_of(kind: str, field: str) -> str:
    """The heading over a fault's field: "variants.2" stands under "cara bertanya", "" (the whole) under its name."""
    if field == SLUG:
        return next(one.heading for one in COLUMNS[kind] if one.path == SLUG)
    fits = [one for one in COLUMNS[kind] if one.path and (field == one.path or field.startswith(f"{one.path}."))]
    return fits[0].heading if fits else field.partition(".")[0]


def laid_over(body: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """The body with what a row asks for; an empty cell takes the field away."""
    kept = dict(body)
    for path, value in news.items():
        outer, _, inner = path.partition(".")
        if inner:
            held = kept.get(outer)
            kept[outer] = laid_over(held if isinstance(held, Mapping) else {}, {inner: value})
        elif value is None:
            kept.pop(outer, None)
        else:
            kept[outer] = value
    return kept
