"""How a value stands in one cell of a sheet: days, yes and no, lists a line each, opening hours, numbers with labels.

Each form has two sides, ``read`` and ``write``; ``read(write(value)) == value`` for whatever an entry may hold but
line breaks within one line of a list. ``read`` raises ValueError with what to do, in a clerk's Indonesian.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_YES = frozenset({"ya", "y", "iya", "benar", "true", "yes", "1", "x"})
_NO = frozenset({"tidak", "t", "tdk", "bukan", "false", "no", "0", "-"})
_DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
_DAY_WORDS = {word: at for at, word in enumerate(_DAYS, 1)} | {"jum'at": 5, "ahad": 7}
_MONTHS = (
    *("januari", "februari", "maret", "april", "mei", "juni"),
    *("juli", "agustus", "september", "oktober", "november", "desember"),
)
_EXCEL_DAY_ONE = date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119: a day that lost its format
BETWEEN = " | "  # parts of one line
_BAR = re.compile(r"(?<!\\)\|")
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Form:
    """The two sides."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _text(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _day(cell: str) -> str:
    for pattern, order in (
        (r"(\d{4})-(\d\d?)-(\d\d?)(?:[ T]00:00(?::00)?)?", (0, 1, 2)),
        (r"(\d\d?)[/.-](\d\d?)[/.-](\d{4})", (2, 1, 0)),  # as Indonesians write it: the day first
    ):
        found = re.fullmatch(pattern, cell)
        if found:
            return _calendar(*(int(found.groups()[at]) for at in order))
    spoken = re.fullmatch(r"(\d\d?) ([A-Za-z]+) (\d{4})", " ".join(cell.split()))
    if spoken and (month := _month(spoken[2])):
        return _calendar(int(spoken[3]), month, int(spoken[1]))
    if re.fullmatch(r"\d{5}(\.0+)?", cell) and int(cell[:5]) in _EXCEL_DAYS:
        return (_EXCEL_DAY_ONE + timedelta(days=int(cell[:5]))).isoformat()
    raise ValueError("Tulis tanggal seperti 2026-11-22 atau 22/11/2026.")


def _month(word: str) -> int:
    found = [at for at, name in enumerate(_MONTHS, 1) if name.startswith(word.casefold()) and len(word) > 2]
    return found[0] if len(found) == 1 else 0


def _calendar(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise ValueError("Tanggal itu tidak ada di kalender.") from None


def _holiday(cell: str) -> str:
    """The day of a holiday; --12-25 stands for each year's."""
    return cell if re.fullmatch(r"--\d\d-\d\d", cell) else _day(cell)


def _yes_no(cell: str) -> bool:
    said = cell.casefold()
    if said in _YES or said in _NO:
        return said in _YES
    raise ValueError("Tulis ya atau tidak.")


def _whole(cell: str) -> int:
    if re.fullmatch(r"-?\d{1,9}", cell):
        return int(cell)
    raise ValueError("Isi dengan angka bulat.")


def _figure(cell: str) -> float:
    if re.fullmatch(r"-?\d{1,9}([.,]\d{1,15})?", cell):
        return float(cell.replace(",", "."))
    raise ValueError("Isi dengan angka, misalnya -3,6954.")


def _lines(cell: str) -> list[str]:
    return [line.strip() for line in cell.splitlines() if line.strip()]


def _figure_text(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _nested(cell: str) -> Any:
    """What has no form that one cell could show: written by an export, better left alone by hand."""
    try:
        found = json.loads(cell, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError(
            "Isi sel ini rusak. Kosongkan perubahan di sel ini, lalu ubah lewat halaman Pengetahuan."
        ) from None
    _refuse_deep(found, 0)
    return found


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)


def _refuse_deep(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("Isi sel ini bertingkat terlalu dalam.")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        _refuse_deep(one, depth + 1)


def _hours(cell: str) -> list[dict[str, Any]]:
    """Openings: "Senin-Jumat 08.00-15.00", a line or a semicolon between two."""
    return [_opening(part) for part in re.split(r"[\n;]", cell) if part.strip()]


_OPENING = re.compile(r"(.+?)[ :]+(\d\d?)[.:](\d\d)\s*(?:-|–|s\.?d\.?|sampai)\s*(\d\d?)[.:](\d\d)", re.IGNORECASE)


def _opening(said: str) -> dict[str, Any]:
    found = _OPENING.fullmatch(" ".join(said.split()))
    if found is None:
        raise ValueError(f"“{said.strip()[:40]}”: tulis jam buka seperti Senin-Jumat 08.00-15.00.")
    opens, closes = f"{int(found[2]):02}:{found[3]}", f"{int(found[4]):02}:{found[5]}"
    return {"days": list(_days(found[1])), "opens": opens, "closes": closes}


def _days(said: str) -> Iterator[int]:
    if said.casefold().strip() in ("setiap hari", "tiap hari"):
        yield from range(1, 8)
        return
    for part in re.split(r"[,&]| dan ", said.casefold()):
        ends = [_DAY_WORDS.get(word.strip(), 0) for word in re.split(r"-|–| s\.?d\.? | sampai ", part)]
        if not 1 <= len(ends) <= 2 or 0 in ends:
            raise ValueError(f"“{said.strip()[:40]}”: hari itu tidak dikenal. Tulis Senin sampai Minggu.")
        first, last = ends[0], ends[-1]
        yield from range(first, last + 1) if first <= last else (*range(first, 8), *range(1, last + 1))


def _hours_text(openings: Sequence[dict[str, Any]]) -> str:
    lines = []
    for one in openings:
        days = ", ".join(_DAYS[day - 1].capitalize() for day in one["days"])
        lines.append(f"{days} {one['opens'].replace(':', '.')}-{one['closes'].replace(':', '.')}")
    return "\n".join(lines)


def parts(*names: str, needed: int) -> Form:
    """A list of small things, one a line, their parts between bars: ``Kantor | 0911-351113 | 2026-01-31``.

    The first ``needed`` parts must be there.
    """

    def read(cell: str) -> list[dict[str, Any]]:
        return [split(line) for line in _lines(cell)]

    def split(line: str) -> dict[str, Any]:
        said = [part.strip().replace(r"\|", "|") for part in _BAR.split(line)]
        if not needed <= len(said) <= len(names):
            shape = BETWEEN.join(PART_NAMES.get(name, name) for name in names[:needed])
            raise ValueError(f"“{line[:40]}”: tulis {shape}, satu baris untuk satu isian.")
        return {name: _part(name, part) for name, part in zip(names, said, strict=False) if part}

    def write(value: Sequence[dict[str, Any]]) -> str:
        return "\n".join(BETWEEN.join(_part_texts(one, names, needed)) for one in value)

    return Form(read, write)


PART_NAMES = {
    "label": "keterangan",
    "number": "nomor",
    "url": "alamat",
    "confirmed_on": "tanggal dipastikan",
    "source": "sumber",
}


def _part(name: str, said: str) -> Any:
    if name.endswith("_on"):
        return _day(said)
    return _yes_no(said) if name == "tested" else said


def _part_texts(one: dict[str, Any], names: Sequence[str], needed: int) -> list[str]:
    said = [_plain(one.get(name)) for name in names]
    while len(said) > needed and not said[-1]:
        said.pop()
    return said


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "ya" if value else ""
    return "" if value is None else " ".join(str(value).split()).replace("|", r"\|")


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(" ".join(line.split()) for line in lines)


TEXT = Form(_text, str)
DAY = Form(_day, str)
HOLIDAY = Form(_holiday, str)
YES_NO = Form(_yes_no, lambda value: "ya" if value else "tidak")
WHOLE = Form(_whole, str)
FIGURE = Form(_figure, _figure_text)
LINES = Form(_lines, _joined)
HOURS = Form(_hours, _hours_text)
NESTED = Form(_nested, lambda value: json.dumps(value, ensure_ascii=False) if value else "")
