"""Sheets: out for a spreadsheet and back in, wrong rows by their number, hostile files refused in time."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from config.database import Database
from handoff.tables import audit_event
from knowledge_base import entries
from knowledge_base.sheets.columns import COLUMNS, cells_of, laid_over, wanted
from knowledge_base.sheets.forms import DAY, HOURS, LINES, YES_NO, parts
from knowledge_base.sheets.sheet import MOST_ROWS, SheetRow, Unreadable, read_csv, write_csv
from knowledge_base.sheets.xlsx import read_xlsx, write_xlsx
from knowledge_base.sheets.yaml_sheet import read_entries, write_entries
from tests.handoff.browser import Browser
from tests.handoff.conftest import LogIn
from tests.handoff.test_knowledge import BODY, _published

ANSWERS = "/api/knowledge/ujung/article"
HEADINGS = ("topik", "judul", "cara bertanya", "jawaban", "jawaban sms", "tanya lebih lanjut ke", "tinjau lagi")


def _row(number: int, **other: str) -> dict[str, str]:
    row = {
        "topik": f"topik_{number}",
        "judul": f"Judul {number}",
        "cara bertanya": f"tanya {number}\nkalau {number} bagaimana",
        "jawaban": f"Jawaban {number}; lihat {{city}}.",
        "jawaban sms": f"Jawaban {number}.",
        "tanya lebih lanjut ke": "Diskominfo",
        "tinjau lagi": "2026-12-31",
    }
    return row | other


def _csv(rows: list[dict[str, str]]) -> bytes:
    return write_csv(HEADINGS, [[row[name] for name in HEADINGS] for row in rows])


async def _import(browser: Browser, data: bytes, form: str = "csv", *, dry: bool = False, kind: str = "article") -> Any:
    path = f"/api/knowledge/ujung/{kind}/import?format={form}&dry={str(dry).lower()}"
    return await browser.http.post(path, content=data, headers={"X-CSRF-Token": browser.csrf})


async def _drafts(browser: Browser) -> int:
    return int((await browser.get("/knowledge/ujung/article?state=draft")).json()["total"])


BAD = {
    17: ({"jawaban sms": "Émoji 😀"}, "jawaban sms"),
    60: ({"jawaban": "Halo {siapa}"}, "jawaban"),
    101: ({"tinjau lagi": "besok"}, "tinjau lagi"),
    102: ({"tinjau lagi": "31/02/2027"}, "tinjau lagi"),
    250: ({"topik": "topik_7"}, "topik"),
    333: ({"judul": ""}, "judul"),
    499: ({"topik": "Topik Dengan Spasi!"}, "topik"),
}


async def test_of_500_rows_seven_bad_ones_are_named_and_nothing_is_imported(log_in: LogIn, database: Database) -> None:
    author = await log_in("ani", "author")
    rows = [_row(number) | (BAD[number][0] if number in BAD else {}) for number in range(500)]
    refused = (await _import(author, _csv(rows))).json()
    assert (refused["rows"], refused["done"]) == (500, False)
    assert [(one["row"], one["column"]) for one in refused["errors"]] == [
        (number + 2, column) for number, (_, column) in BAD.items()
    ]
    assert all(one["text"].endswith(".") for one in refused["errors"])
    assert await _drafts(author) == 0
    mended = [_row(number) for number in range(500)]
    looked = (await _import(author, _csv(mended), dry=True)).json()
    assert (looked["new"], looked["errors"], looked["done"]) == (500, [], False)
    assert await _drafts(author) == 0
    done = (await _import(author, _csv(mended))).json()
    assert (done["new"], done["changed"], done["same"], done["done"]) == (500, 0, 0, True)
    assert await _drafts(author) == 500
    kept = await database.read(lambda connection: entries.get_draft(connection, "ujung", "article", "topik_3"))
    assert kept is not None
    assert kept.body["variants"] == ["tanya 3", "kalau 3 bagaimana"]
    assert kept.body["review_on"] == "2026-12-31"
    imports = select(func.count()).where(audit_event.c.verb == "kb_import")
    assert await database.read(lambda connection: connection.scalar(imports)) == 1
    again = (await _import(author, _csv(mended))).json()
    assert (again["same"], again["done"]) == (500, True), "the same sheet twice changes nothing"
    slugs = [f"topik_{number}" for number in range(500)]
    sent = (await author.post("/knowledge/ujung/article/bulk", {"slugs": slugs, "do": "submit"})).json()
    assert (len(sent["done"]), sent["refused"]) == (500, [])


@pytest.mark.parametrize("form", ["xlsx", "csv", "yaml"])
async def test_what_goes_out_comes_back_the_same(log_in: LogIn, form: str) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    more = {
        "local": [{"kecamatan": ["Pantai"], "answer": "Ke kantor camat.", "sms": None}],
        "links": [{"label": "Situs | resmi", "url": "https://ujung.test/ktp"}],
        "phones": [{"number": "+62911-555010", "label": "Loket", "confirmed_on": "2026-01-02"}],
        "hours": [{"days": [1, 2, 3, 4], "opens": "08:00", "closes": "15:00"}],
        "closed_on_holidays": False,
        "ambonese": "=SUM(A1)",
        "tests": ["ktp hilang"],
    }
    slug = (await _published(author, admin, **more))["slug"]
    out = await author.get(f"/knowledge/ujung/article/export?format={form}")
    assert out.headers["content-disposition"].startswith('attachment; filename="ujung-article.')
    same = (await _import(author, out.content, form)).json()
    assert (same["rows"], same["same"], same["errors"]) == (1, 1, [])
    changed = out.content
    if form != "xlsx":
        changed = changed.replace(b"Disdukcapil {city}", b"MPP {city}")
        done = (await _import(author, changed, form)).json()
        assert (done["changed"], done["done"]) == (1, True)
        shown = (await author.get(f"/knowledge/ujung/article/{slug}")).json()
        assert "MPP" in shown["draft"]["body"]["answer"]
        assert shown["draft"]["body"]["local"] == more["local"]


async def test_every_kind_goes_out_and_comes_back(log_in: LogIn) -> None:
    admin = await log_in("rina", "admin")
    bodies: dict[str, dict[str, Any]] = {
        "agency": {"name": "PMI", "kind": "medical", "phones": [_phone()], "posts": [{"name": "Pos", "phones": []}]},
        "landmark": {"name": "Tugu Trikora", "kind": "tugu", "aliases": ["trikora"], "lat": -3.7, "lon": 128.18},
        "quick_reply": {"title": "Tanya tempat", "text": "Di mana?", "keys": "mana", "order": 5},
        "holiday": {"name": "Natal"},
    }
    for kind, body in bodies.items():
        title = "2026-12-25" if kind == "holiday" else str(body.get("name") or body.get("title"))
        made = (await admin.post(f"/knowledge/ujung/{kind}", {"title": title, "body": body})).json()
        path = f"/knowledge/ujung/{kind}/{made['slug']}/publish"
        told = await admin.post(path, {"revision": made["draft"]["revision"]})
        assert told.status_code == 200, told.text
        for form in ("xlsx", "csv", "yaml"):
            out = await admin.get(f"/knowledge/ujung/{kind}/export?format={form}")
            same = (await _import(admin, out.content, form, kind=kind)).json()
            assert (same["same"], same["errors"]) == (1, []), (kind, form)
    assert (await admin.get("/knowledge/ujung/agency/export?format=nlu")).json()["error"] == "format"


def _phone() -> dict[str, Any]:
    return {"number": "0911-555012", "label": "Jaga", "confirmed_on": "2026-01-02", "source": "uji"}


async def test_variants_go_out_and_come_back_as_rasas_file(log_in: LogIn) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slug = (await _published(author, admin))["slug"]
    out = (await author.get("/knowledge/ujung/article/export?format=nlu")).content.decode()
    assert f"intent: faq_{slug}" in out
    assert "    - bikin ktp di mana" in out
    done = (await _import(author, out.replace("bikin ktp di mana", "cara bikin ktp").encode(), "nlu")).json()
    assert (done["changed"], done["done"]) == (1, True)
    shown = (await author.get(f"/knowledge/ujung/article/{slug}")).json()["draft"]["body"]
    assert (shown["variants"], shown["answer"]) == (["cara bikin ktp", "urus ktp"], BODY["answer"])
    strange = b"""version: '3.1'
nlu:
- intent: faq_hantu
  examples: |
    - hii
- intent: darurat
  examples: |
    - tolong
"""
    refused = (await _import(author, strange, "nlu")).json()
    assert [(one["row"], one["column"]) for one in refused["errors"]] == [(3, "intent"), (6, "intent")]


async def test_somebody_elses_draft_is_not_written_over(log_in: LogIn) -> None:
    ani, budi = await log_in("ani", "author"), await log_in("budi", "author")
    assert (await _import(ani, _csv([_row(1)]))).json()["done"] is True
    refused = (await _import(budi, _csv([_row(1, judul="Lain"), _row(2)]))).json()
    assert refused["done"] is False
    assert "ani" in refused["errors"][0]["text"]
    assert await _drafts(ani) == 1
    assert (await _import(ani, _csv([_row(1, judul="Lain")]))).json()["changed"] == 1, "one's own is"


async def test_a_row_without_a_name_is_the_thing_with_its_title(log_in: LogIn) -> None:
    ani = await log_in("ani", "author")
    first = (await _import(ani, _csv([_row(1, topik="", judul="Pajak Air")]))).json()
    assert (first["new"], first["done"]) == (1, True)
    second = (await _import(ani, _csv([_row(1, topik="", judul="pajak air")]))).json()
    assert (second["new"], second["changed"]) == (0, 1)
    assert (await ani.get("/knowledge/ujung/article/pajak_air")).status_code == 200


def _naive(day: str) -> datetime:
    """Excel knows no time zone."""
    return datetime.fromisoformat(day)


def test_excels_own_cells_are_read_as_a_person_sees_them() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["topik", "tanggal", "angka", "jam", "ya", "pecahan", "kosong"])
    sheet.append(["a", _naive("2026-11-22"), 62811555, clock_time(8, 30), True, 3.5, None])
    sheet.append(["b", date(2026, 1, 2), 112.0, "teks", False, "  rapi  ", ""])
    sheet.append([None] * 7)
    sheet.append(["c", None, "=1+1", "#N/A", None, None, None])
    out = io.BytesIO()
    book.save(out)
    found = read_xlsx(out.getvalue())
    first, second, third = found.rows
    assert dict(first.cells) == {
        "topik": "a",
        "tanggal": "2026-11-22",
        "angka": "62811555",
        "jam": "08:30",
        "ya": "ya",
        "pecahan": "3.5",
    }
    assert second.cells["angka"] == "112"
    assert second.cells["pecahan"] == "rapi"
    assert third.row == 5, "as the spreadsheet counts, empty rows too"
    assert [(one.row, one.column) for one in third.errors][:1] == [(5, "angka")]
    assert "rumus" in third.errors[0].text


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-11-22", "2026-11-22"),
        ("22/11/2026", "2026-11-22"),
        ("2.1.2026", "2026-01-02"),
        ("5 Mei 2026", "2026-05-05"),
        ("17 Agu 2026", "2026-08-17"),
        ("46348", "2026-11-22"),
    ],
)
def test_days_as_people_write_them(cell: str, day: str) -> None:
    assert DAY.read(cell) == day


@pytest.mark.parametrize("cell", ["besok", "31/02/2026", "2026", "99999999", "1/1/26", "2026-13-01", "5 Fo 2026"])
def test_what_is_no_day_is_said(cell: str) -> None:
    with pytest.raises(ValueError, match=r"anggal"):
        DAY.read(cell)


@pytest.mark.parametrize(
    ("cell", "openings"),
    [
        ("Senin-Jumat 08.00-15.00", [([1, 2, 3, 4, 5], "08:00", "15:00")]),
        ("senin, rabu 8:30 - 12:00\nSabtu 09.00 s.d. 11.00", [([1, 3], "08:30", "12:00"), ([6], "09:00", "11:00")]),
        ("Setiap hari 00.00-24.00", [([1, 2, 3, 4, 5, 6, 7], "00:00", "24:00")]),
        ("Sabtu-Senin 08.00-10.00", [([6, 7, 1], "08:00", "10:00")]),
    ],
)
def test_opening_hours_as_people_write_them(cell: str, openings: list[Any]) -> None:
    assert [(one["days"], one["opens"], one["closes"]) for one in HOURS.read(cell)] == openings


@pytest.mark.parametrize(
    "data", ["a;b\n1;2\n", "\ufeffa,b\r\n1,2\r\n", "a\tb\n1\t2", "sep=;\na;b\n1;2", '"a";"b"\n"1";"2"']
)
def test_a_csv_with_any_separator(data: str) -> None:
    found = read_csv(data.encode())
    assert found.columns == ("a", "b")
    assert dict(found.rows[0].cells) == {"a": "1", "b": "2"}
    assert found.rows[0].row == (3 if data.startswith("sep") else 2)


def test_a_csv_in_excels_other_encodings() -> None:
    for encoding in ("utf-16", "cp1252", "utf-8-sig"):
        assert read_csv("a;b\né;“x”\n".encode(encoding)).rows[0].cells["a"] == "é"


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"a;a\n1;2", b"a;;b\n1;2;3", b'a;b\n"1;2', b"\xff\xfe\x00", b"a" * 200_000, b"\x8d\x81;\x9d\n"],
)
def test_what_is_no_csv_is_said(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"\."):
        read_csv(data)


def test_nothing_that_goes_out_runs_in_a_spreadsheet() -> None:
    hostile = ['=HYPERLINK("http://jahat.test")', "+62811", "-1+1", "@SUM(A1)"]
    line = write_csv(["a", "b", "c", "d"], [hostile]).decode("utf-8-sig").splitlines()[1]
    assert all(cell.lstrip('"').startswith("'") for cell in line.split(";"))
    book = load_workbook(io.BytesIO(write_xlsx(["a", "b", "c", "d"], [hostile])))
    assert [cell.data_type for cell in book.active[2]] == ["s"] * 4
    assert list(read_xlsx(write_xlsx(["a", "b", "c", "d"], [hostile])).rows[0].cells.values()) == hostile


def _packed(**parts_: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts_.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def _with_sheet(rows: bytes) -> bytes:
    """A workbook whose only sheet holds these raw rows."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_xlsx(["a"], []))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                data = b'<worksheet xmlns="' + space + b'"><sheetData>' + rows + b"</sheetData></worksheet>"
            new.writestr(name, data)
    return out.getvalue()


def _cell(place: bytes, text: bytes) -> bytes:
    return b'<c r="' + place + b'" t="inlineStr"><is><t>' + text + b"</t></is></c>"


MANY = [b'<row r="%d">' % number + _cell(b"A%d" % number, b"x") + b"</row>" for number in range(2, 100_000)]
WIDE = [b'<row r="%d"><c r="A%d"/><c r="XFD%d"/></row>' % (n, n, n) for n in range(2, 20_000)]
HEAD = b'<row r="1">' + _cell(b"A1", b"topik") + b"</row>"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"tidak ada",
        _packed(a_xml=b"<a/>"),
        _packed(xl__workbook_xml=bytes(40_000_000)),
        _packed(**{f"x{number}_xml": b"<a/>" for number in range(300)}),
        _packed(xl__workbook_xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        _with_sheet(HEAD + b'<row r="1048576">' + _cell(b"A1048576", b"x") + b"</row>"),
        _with_sheet(HEAD + b'<row r="2">' + _cell(b"XFD2", b"x") + _cell(b"BJ2", b"x") + b"</row>"),
        _with_sheet(HEAD + b"".join(MANY)),
        _with_sheet(HEAD.replace(b"row", b"baris")),
        _with_sheet(HEAD),
        _with_sheet(HEAD + b"".join(WIDE)),
    ],
    ids=[
        "empty",
        "cut",
        "text",
        "no book",
        "bomb",
        "parts",
        "entity",
        "last row",
        "columns",
        "100000 rows",
        "no table",
        "no rows",
        "wide",
    ],
)
async def test_hostile_workbooks_are_refused_in_time(log_in: LogIn, data: bytes) -> None:
    author = await log_in("ani", "author")
    began = time.perf_counter()
    refused = await _import(author, data, "xlsx")
    assert time.perf_counter() - began < 15
    assert refused.status_code in (413, 422), refused.text
    assert refused.json()["error"] in ("unreadable", "too_large")
    assert refused.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "- &x a\n- *x",
        "- a: 1\n  a: 2",
        "[" * 5000,
        "- " * 4000 + "x",
        "- a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: 1}}}}}}}}}}",
        "- a: [",
        "- 'x",
        "teks saja",
        "",
        "- - a",
        "? [a]\n: b",
        "\x00",
        "- a: \x07",
    ],
)
def test_hostile_yaml_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match=r"\."):
        read_entries(text.encode())


async def test_words_of_our_own_addresses_name_no_row(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    refused = (await _import(author, _csv([_row(1), _row(2, topik="import")]))).json()
    assert [(one["row"], one["column"]) for one in refused["errors"]] == [(3, "topik")]
    assert "import_1" in refused["errors"][0]["text"]
    assert (refused["done"], await _drafts(author)) == (False, 0)
    named = (await _import(author, _csv([_row(3, topik="", judul="Export")]))).json()
    assert (named["done"], named["errors"]) == (True, [])
    listed = (await author.get("/knowledge/ujung/article?state=draft")).json()
    assert [one["slug"] for one in listed["entries"]] == ["export_2"]


async def test_too_many_rows_are_refused(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    many = "topik;judul\n" + "a;b\n" * 100_000
    began = time.perf_counter()
    refused = await _import(author, many.encode())
    assert (refused.status_code, refused.json()["error"]) == (422, "unreadable")
    assert "5.000" in refused.json()["detail"]
    assert MOST_ROWS == 5_000
    assert time.perf_counter() - began < 15
    assert (await _import(author, b"x" * (4 * 1024 * 1024 + 1))).status_code == 413


async def test_a_strange_column_is_named(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    refused = (await _import(author, b"topik;jawabn\na;b\n")).json()
    assert [(one["row"], one["column"]) for one in refused["errors"]] == [(1, "jawabn")]
    assert "jawaban sms" in refused["errors"][0]["text"]


_SAID = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
_DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1)).map(str)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fixed_dictionaries({"label": _SAID, "number": _SAID, "confirmed_on": _DAYS}), max_size=4))
def test_small_lists_keep_their_parts(phones: list[dict[str, str]]) -> None:
    form = parts("label", "number", "confirmed_on", needed=3)
    assume_plain = [{name: said.rstrip("\\") or "x" for name, said in one.items()} for one in phones]
    assert form.read(form.write(assume_plain)) == assume_plain


@settings(max_examples=50, deadline=None)
@given(lines=st.lists(_SAID, max_size=5), answer=_SAID, yes=st.booleans())
def test_a_row_of_cells_holds_an_entry(lines: list[str], answer: str, yes: bool) -> None:
    body = {"answer": answer, "variants": lines, "closed_on_holidays": yes}
    columns = [column.heading for column in COLUMNS["article"]]
    for data, read in ((write_csv, read_csv), (write_xlsx, read_xlsx)):
        (row,) = read(data(columns, [cells_of("article", "ktp", body)])).rows
        asked, errors = wanted("article", row, columns)
        assert errors == []
        assert asked.slug == "ktp"
        laid = laid_over({}, asked.news)
        assert {name: laid.get(name, []) for name in body} == body


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(_SAID, _SAID | st.lists(_SAID, max_size=3), min_size=1, max_size=4), max_size=4))
def test_yaml_keeps_every_text(found: list[dict[str, Any]]) -> None:
    assert [dict(one) for one in read_entries(write_entries(found))] == found


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_are_our_error(data: bytes) -> None:
    for read in (read_csv, read_xlsx, read_entries):
        with contextlib.suppress(Unreadable):
            read(data)


def test_yes_and_no_and_lines() -> None:
    assert [YES_NO.read(cell) for cell in ("ya", "Ya", "TIDAK", "x")] == [True, True, False, True]
    with pytest.raises(ValueError, match="ya atau tidak"):
        YES_NO.read("mungkin")
    assert LINES.read(" a \r\n\r\n b") == ["a", "b"]
    asked, errors = wanted("article", SheetRow(2, {"dipastikan": "kapan"}), ["dipastikan"])
    assert (dict(asked.news), [one.column for one in errors]) == ({}, ["dipastikan"])
