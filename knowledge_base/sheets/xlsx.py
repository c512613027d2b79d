"""Excel's own files: what stands in the cells as text, and nothing that runs.

A file of a few kilobytes can unfold to gigabytes, name a million columns, or hold a formula that shows another text
to whoever checks it: all of that is refused before it is read.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from knowledge_base.sheets.sheet import Bad, Line, Sheet, Unreadable, sheet_of

LARGEST_UNPACKED = 16 * 1024 * 1024  # bytes of all parts together
MOST_PARTS = 200
MOST_LINES = 20_000  # empty ones too
MOST_CELLS = 2_000_000  # the same
_ENTITIES = re.compile(rb"<!(doctype|entity)", re.IGNORECASE)
_BROKEN = "Berkas ini bukan XLSX yang utuh. Simpan lagi dari Excel sebagai “Excel Workbook (.xlsx)”."
_TOO_BIG = "Isi berkas XLSX ini terlalu besar. Salin hanya tabelnya ke lembar baru, lalu simpan."


def read_xlsx(data: bytes) -> Sheet:
    """The first sheet's table. Raises Unreadable."""
    _refuse_hostile(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that a table of texts does not need
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            try:
                return sheet_of(_lines(book))
            finally:
                book.close()
    except Unreadable:
        raise
    except Exception:  # a broken part shows in a dozen kinds of error, and none of them is ours to mend
        raise Unreadable(_BROKEN) from None


def _refuse_hostile(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise Unreadable(_TOO_BIG)
            # Reading never yields more than the size that the directory tells. Excel writes no document type.
            if any(_ENTITIES.search(packed.read(part).replace(b"\0", b"")) for part in parts):
                raise Unreadable(_BROKEN)
    except Unreadable:
        raise
    except Exception:
        raise Unreadable(_BROKEN) from None


def _lines(book: Any) -> Iterator[tuple[int, Line]]:
    if not book.worksheets:
        raise Unreadable(_BROKEN)
    sheet, seen = book.worksheets[0], 0
    sheet.reset_dimensions()  # what the file says of its own size is often wrong
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        seen += len(cells)
        if number > MOST_LINES or seen > MOST_CELLS:
            raise Unreadable(_TOO_BIG)
        yield number, [_said(cell) for cell in cells]


def _said(cell: Any) -> str | Bad:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Bad("Sel ini berisi rumus. Salin, lalu tempel sebagai nilai.")
    if cell.data_type == "e":
        return Bad(f"Sel ini berisi galat Excel ({str(value)[:20]}). Isi dengan teksnya.")
    return as_text(value)


def as_text(value: Any) -> str:
    """What a cell says: a day as 2026-11-22, a time as 08:00, a whole number without a point."""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        return value.date().isoformat() if whole_day else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def write_xlsx(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """One sheet whose cells are all plain text: no cell is ever run as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sigap")
    sheet.freeze_panes = "B2"
    for row in (columns, *rows):
        sheet.append([_text_cell(sheet, text) for text in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value="".join(sign for sign in text if sign.isprintable() or sign in "\n\t"))
    cell.data_type = "s"  # a value that begins with "=" was taken for a formula just now
    cell.number_format = "@"  # nor does Excel make a date or a number of it when somebody types over it
    return cell
