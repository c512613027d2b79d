"""Tables as staff send them: CSV, XLSX and YAML in, the same out. Everything read is text; what it means is told by
``knowledge_base.sheets.columns``.

A file comes from anywhere: its size, rows, columns and cells are limited before they are read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Format = Literal["yaml", "csv", "xlsx", "nlu"]

MOST_ROWS = 5_000  # that hold something
MOST_COLUMNS = 60
LONGEST_CELL = 20_000  # characters


class Unreadable(ValueError):
    """The whole file cannot be used. The text says why, and what to do, in a clerk's Indonesian."""


@dataclass(frozen=True, slots=True)
class SheetError:
    """One thing that is wrong: the row as the spreadsheet counts it (the headings are row 1), the column's heading."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: text by heading; a cell that holds nothing is not here. ``errors`` are cells that hold no text."""

    row: int
    cells: Mapping[str, str]
    errors: tuple[SheetError, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its headings in small letters, its rows that hold something."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


Line = Sequence["str | Bad"]


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that cannot be taken as text, and why."""

    text: str


def sheet_of(lines: Iterator[tuple[int, Line]]) -> Sheet:
    """The table in numbered lines, of which the first that is not empty holds the headings. Raises Unreadable."""
    columns: tuple[str, ...] = ()
    rows: list[SheetRow] = []
    for number, line in lines:
        cells = line[: _width(line)]
        if not cells:
            continue
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(f"Baris {number} punya lebih dari {MOST_COLUMNS} kolom. Hapus kolom yang tidak dipakai.")
        if not columns:
            columns = _headings(number, cells)
        elif len(rows) == MOST_ROWS:
            raise Unreadable(f"Lembar ini lebih dari {_dotted(MOST_ROWS)} baris. Bagi menjadi beberapa berkas.")
        else:
            rows.append(_row(number, columns, cells))
    if not columns:
        raise Unreadable("Lembar ini kosong. Baris pertama harus berisi judul kolom.")
    if not rows:
        raise Unreadable("Tidak ada isi di bawah judul kolom. Isi paling sedikit satu baris.")
    return Sheet(columns, tuple(rows))


def _width(line: Line) -> int:
    """How many cells there are up to the last that holds something."""
    return max((at + 1 for at, cell in enumerate(line) if isinstance(cell, Bad) or cell.strip()), default=0)


def _headings(number: int, cells: Line) -> tuple[str, ...]:
    names = [" ".join(cell.split()).casefold() if isinstance(cell, str) else "" for cell in cells]
    for at, name in enumerate(names):
        if not name:
            raise Unreadable(f"Baris {number}: kolom ke-{at + 1} tidak punya judul. Beri judul atau hapus kolomnya.")
        if name in names[:at]:
            raise Unreadable(f"Judul kolom “{name[:40]}” ada dua kali. Sisakan satu.")
    return tuple(names)


def _row(number: int, columns: tuple[str, ...], cells: Line) -> SheetRow:
    found: dict[str, str] = {}
    errors = []
    for at, cell in enumerate(cells):
        column = columns[at] if at < len(columns) else f"kolom {at + 1}"
        text = cell.strip() if isinstance(cell, str) else ""
        if isinstance(cell, Bad):
            errors.append(SheetError(number, column, cell.text))
        elif text and at >= len(columns):
            errors.append(SheetError(number, column, "Isi ini tidak punya judul kolom. Beri judul atau hapus."))
        elif len(text) > LONGEST_CELL:
            errors.append(SheetError(number, column, f"Lebih dari {_dotted(LONGEST_CELL)} huruf. Pendekkan."))
        elif text:
            found[column] = text
    return SheetRow(number, found, tuple(errors))


def _dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")


# CSV ------------------------------------------------------------------------------------------------------------------

# A spreadsheet runs what begins like this as a formula: written with an apostrophe before it, read without.
_RUN = ("=", "+", "-", "@", "\t", "\r")
_SEPARATORS = (";", ",", "\t")


def read_csv(data: bytes) -> Sheet:
    """A table with commas, semicolons or tabs, in UTF-8 or as Excel saves it. Raises Unreadable."""
    text = _decoded(data)
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) == 5:  # Excel's own mark
        return sheet_of(_csv_lines(rest, first.strip()[-1], 2))
    return sheet_of(_csv_lines(text, _separator(first), 1))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's "Unicode text"
        return _or_unreadable(data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _or_unreadable(data, "cp1252")  # Excel's plain "CSV"


def _or_unreadable(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("Berkas ini bukan CSV yang terbaca. Simpan lagi sebagai “CSV UTF-8”.") from None


def _separator(first: str) -> str:
    bare = "".join(first.split('"')[::2])  # without what stands in quotes
    return max(_SEPARATORS, key=bare.count)


def _csv_lines(text: str, separator: str, begin: int) -> Iterator[tuple[int, Line]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = begin - 1
    try:
        for number, line in enumerate(lines, start=begin):
            yield number, [_without_mark(cell) for cell in line]
    except csv.Error:
        raise Unreadable(f"Baris {number + 1} tidak terbaca. Periksa tanda kutipnya.") from None


def _without_mark(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:2] in _RUN and len(cell) > 1 else cell


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The table with semicolons and a byte-order mark, as an Indonesian Excel opens it by a double click."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(columns)
    writer.writerows([f"'{cell}" if cell.startswith(_RUN) else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
