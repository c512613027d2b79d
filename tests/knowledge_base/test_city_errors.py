"""Whatever is wrong in a city's files, the complaint names the file and the line, and says what to do."""

from pathlib import Path

import pytest

from knowledge_base.city import CityDataError, load_cities, load_city
from tests.knowledge_base.small_city import FILES, write_city

CITY, AGENCIES, AREAS, MARKS = "kota/city.yml", "kota/agencies.yml", "kota/districts.csv", "kota/landmarks.csv"
RULES, FAQ, WORDS = "_shared/categories.yml", "_shared/faq.yml", "_shared/wording/id.yml"
CARD = "_shared/sop/kartu_api.md"

# file, old text, new text, where the complaint must point, what it must say
BROKEN = [
    (CITY, "name: Kota Kota\n", "", "kota/city.yml:1", "`name` is missing: add it"),
    (CITY, "short_name: Kota", "shortname: Kota", "kota/city.yml:3", "`shortname` is not known here"),
    (CITY, "short_name: Kota", "name: Lain", "kota/city.yml:3", "`name` stands here and in line 2"),
    (CITY, "Asia/Jayapura", "Asia/Ambon", "kota/city.yml:4", "no time zone 'Asia/Ambon': write an IANA name"),
    (CITY, "lat: -3.7,", "lat: tiga,", "kota/city.yml:8", "write degrees with a point"),
    (CITY, "lat: -3.7, lon: 128.2", "lat: -4.7, lon: 128.2", "kota/city.yml:1", "outside the bounds"),
    (CITY, "north: -3.5", "north: -3.9", "kota/city.yml:9", "south must be below north"),
    (CITY, "    confirmed_on: 2026-01-02\n", "", "kota/city.yml:12", "`confirmed_on` is missing: write the day"),
    (CITY, "slug: kota", "slug: lain", "kota/city.yml:1", "make them the same"),
    (CITY, '"81.71"', '"74.71"', "kota/city.yml:6", "there is no area `74.71` in districts.csv"),
    (CITY, '"21:00"', '"25:00"', "kota/city.yml:19", "`shifts.0.start`"),
    (CITY, "name: Kota Kota", "name: ]", "kota/city.yml:2", "broken YAML"),
    (AGENCIES, "    - number: 0401-3122113", "    - number: nol", "kota/agencies.yml:5", "`phones.0.number`"),
    (AGENCIES, "2026-01-02", "kemarin", "kota/agencies.yml:7", "as YYYY-MM-DD"),
    (AGENCIES, "      source: Damkar\n", "", "kota/agencies.yml:5", "`source` is missing: write where"),
    (AGENCIES, "- slug: damkar\n  name", "- name", "kota/agencies.yml:1", "this entry has no `slug`"),
    (AGENCIES, "kind: fire", "kind: api", "kota/agencies.yml:3", "`kind`"),
    (AGENCIES, "81.71.03.2001", "81.71.03.2999", "kota/agencies.yml:10", "no kelurahan or negeri `81.71.03.2999`"),
    (
        AGENCIES,
        "    - name: Pos Passo",
        "    - name: Pos Passo\n      lat: -3.6",
        "kota/agencies.yml:10",
        "go together",
    ),
    (AREAS, "kode,tingkat", "kode,level", "kota/districts.csv:1", "the first line must be exactly"),
    (AREAS, "81.71.03.2001,desa", "81.71.03.2002,desa", "kota/districts.csv:5", "already in line 4"),
    (AREAS, "Passo,Baguala", "Passo,Sirimau", "kota/districts.csv:4", "81.71.03 is Baguala, not `Sirimau`"),
    (AREAS, "81.71.03.2001,desa", "81.71.09.2001,desa", "kota/districts.csv:4", "no kecamatan at all"),
    (
        AREAS,
        "81.71.03.2001,desa/negeri",
        "81.71.03,desa/negeri",
        "kota/districts.csv:4",
        "is not that of a desa/negeri",
    ),
    (AREAS, "desa/negeri,Halong", "dusun,Halong", "kota/districts.csv:5", "`tingkat`"),
    (AREAS, "Halong,Baguala,,,", "Passo,Baguala,,,", "kota/districts.csv:5", "give each an alias"),
    (AREAS, "Halong,Baguala,,,", "Halong,Baguala,,,Paso", "kota/districts.csv:5", "also belongs to Passo"),
    (AREAS, "Halong,Baguala,,,", "Halong,Baguala,-3.6,,", "kota/districts.csv:5", "lat and lon go together"),
    (AREAS, "Halong,Baguala,,,", "Halong,Baguala,,", "kota/districts.csv:5", "6 cells, not 7"),
    (AREAS, "128.25,paso", "12.825,paso", "kota/districts.csv:4", "lies outside the bounds"),
    (AREAS, "Passo,Baguala", '"Pas"so,Baguala', "kota/districts.csv:4", "broken CSV"),
    (MARKS, "81.71.03.2001", "81.71.03.2009", "kota/landmarks.csv:2", "no kelurahan or negeri `81.71.03.2009`"),
    (MARKS, "natsepa,,", "natsepa,81.71.03.2001,", "kota/landmarks.csv:3", "outside the city has no kelurahan"),
    (MARKS, "pantai,natsepa", "pantai,Pasar Paso", "kota/landmarks.csv:3", "already names the place in line 2"),
    (MARKS, "128.25,200", "128.25,dekat", "kota/landmarks.csv:2", "`radius_m`"),
    (MARKS, ",ya", ",luar kota", "kota/landmarks.csv:3", "`luar`"),
    (MARKS, "-3.61,", "-3.10,", "kota/landmarks.csv:2", "lies outside the bounds"),
    (RULES, "[damkar]", "[pemadam]", "_shared/categories.yml:5", "no agency `pemadam` in agencies.yml"),
    (RULES, "[kartu_api]", "[kartu_air]", "_shared/categories.yml:7", "no card `kartu_air`"),
    (RULES, "wording: ask_trapped", "wording: ask_stuck", "_shared/categories.yml:9", "no sentence `ask_stuck`"),
    (RULES, "  default_severity: 1", "  ? [a]\n  : b\n  default_severity: 1", "_shared/categories.yml:4", "plain text"),
    (RULES, "default_severity: 1", "default_severity: 5", "_shared/categories.yml:4", "`default_severity`"),
    (RULES, "{first: [damkar]}", "{first: [damkar], also: [damkar]}", "_shared/categories.yml:5", "more than once"),
    (
        RULES,
        "bot_prenotice: true",
        "bot_prenotice: true\n  restricted: true",
        "_shared/categories.yml:1",
        "a human decides",
    ),
    (RULES, "bot_prenotice: true", "silent: true", "_shared/categories.yml:1", "set restricted: true"),
    (RULES, "- slug: kebakaran\n", "slug: kebakaran\n", "_shared/categories.yml:2", "broken YAML"),
    (WORDS, "{voice}.", "{voice.", "_shared/wording/id.yml:1", "broken placeholder"),
    (WORDS, "{voice}.", "{}.", "_shared/wording/id.yml:1", "broken placeholder"),
    (WORDS, "{voice}.", "{voice:>300000000}.", "_shared/wording/id.yml:1", "broken placeholder"),
    (FAQ, "Menelepon {voice}", "Menelepon {voice:>300000000}", "_shared/faq.yml:3", "a name alone in the braces"),
    (
        WORDS,
        "Pesan masuk.",
        "🔥",
        "_shared/wording/id.yml:1",
        "not in the SMS alphabet: replace it, or add `first_sms`",
    ),
    (WORDS, '"Ada yang terjebak? 1 ya, 2 tidak"', "[a, b]", "_shared/wording/id.yml:2", "`ask_trapped` has no text"),
    (FAQ, "  ask: Diskominfo {city}\n", "", "_shared/faq.yml:1", "`ask` is missing"),
    (FAQ, '"{voice} gratis."', '"' + "{voice} gratis. " * 30 + '"', "_shared/faq.yml:4", "at most 306 are allowed"),
    (FAQ, '"{voice} gratis."', '"{voice} gratis 👍"', "_shared/faq.yml:4", "not in the SMS alphabet"),
    (FAQ, "Menelepon {voice}", "Menelepon {nomor}", "_shared/faq.yml:3", "nothing fills {nomor}"),
    (
        FAQ,
        "    kota:\n      title: Biaya di kota",
        "    kota: Biaya",
        "_shared/faq.yml:9",
        "must hold the fields to change",
    ),
    (FAQ, "2026-01-02", "2 Januari", "_shared/faq.yml:6", "as YYYY-MM-DD"),
    (CARD, "---\nslug", "slug", "_shared/sop/kartu_api.md:1", "begin the file with `---`"),
    (CARD, "owner: Kepala Damkar\n", "", "_shared/sop/kartu_api.md:2", "`owner` is missing: write which office"),
    (CARD, "approved_by: Kepala Damkar\n", "", "_shared/sop/kartu_api.md:2", "or `approved_by: null`"),
    (CARD, "approved_on: 2026-01-01", "approved_on: null", "_shared/sop/kartu_api.md:2", "fill all three, or null"),
    (CARD, "expires: 2026-12-31", "expires: 2025-12-31", "_shared/sop/kartu_api.md:2", "later than approved_on"),
    (CARD, "[kebakaran]", "[api]", "_shared/sop/kartu_api.md:2", "no category `api`"),
    (CARD, "2. Tutup pintu.", "Tutup pintu.", "_shared/sop/kartu_api.md:13", "begin it with `1. `"),
    (CARD, "Tutup pintu.", "Tutup pintu. " * 13, "_shared/sop/kartu_api.md:13", "does not fit into one SMS"),
    (CARD, "Tutup pintu.", "Tutup pintu → lari.", "_shared/sop/kartu_api.md:13", "not in the SMS alphabet"),
    (CARD, "version: 1", "version: satu", "_shared/sop/kartu_api.md:10", "`version`"),
    (CARD, "version: 1", "version: 1\nsteps: [a]", "_shared/sop/kartu_api.md:2", "below the second `---`"),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "what"), BROKEN)
def test_a_broken_line_is_named(tmp_path: Path, file: str, old: str, new: str, where: str, what: str) -> None:
    write_city(tmp_path, replacing=(file, old, new))

    with pytest.raises(CityDataError) as caught:
        load_city("kota", tmp_path)

    said = str(caught.value).splitlines()
    assert any(line.startswith(f"{where}: ") and what in line for line in said), said


@pytest.mark.parametrize("file", [name for name in FILES if name != CARD])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    write_city(tmp_path, without=file)

    with pytest.raises(CityDataError) as caught:
        load_city("kota", tmp_path)

    name = file.split("/", 1)[1]
    assert [str(problem.mark) for problem in caught.value.problems] == [f"kota/{name}:1"]
    assert "missing" in str(caught.value)


def test_a_city_without_cards_is_refused(tmp_path: Path) -> None:
    write_city(tmp_path, without=CARD)

    with pytest.raises(CityDataError, match=r"_shared/sop:1: there is no card"):
        load_city("kota", tmp_path)


def test_an_unknown_city_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityDataError, match=r"atlantis/city.yml:1: there is no city `atlantis`"):
        load_city("atlantis", write_city(tmp_path))


def test_everything_wrong_is_said_at_once_and_no_consequence_of_it(tmp_path: Path) -> None:
    write_city(tmp_path)
    (tmp_path / AGENCIES).write_text(FILES[AGENCIES].replace("kind: fire", "kind: api"), encoding="utf-8")
    (tmp_path / AREAS).write_text(FILES[AREAS].replace("Passo,Baguala", "Passo,Sirimau"), encoding="utf-8")

    with pytest.raises(CityDataError) as caught:
        load_city("kota", tmp_path)

    # The category's `damkar` is there: only its kind is wrong.
    assert [str(problem.mark) for problem in caught.value.problems] == ["kota/agencies.yml:3", "kota/districts.csv:4"]


def test_a_shared_mistake_is_said_once_for_all_cities(tmp_path: Path) -> None:
    write_city(tmp_path, replacing=(RULES, "default_severity: 1", "default_severity: 9"))

    with pytest.raises(CityDataError) as caught:
        load_cities(["kota", "kota"], tmp_path)

    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"slug: kota\nname: \xff\xfe", 2), (b"", 1), (b"# nothing yet\n", 1), (b"- a\n- b\n", 1), (b"a: \x01\n", 1)],
)
def test_a_file_that_is_no_file_is_named(tmp_path: Path, content: bytes, line: int) -> None:
    write_city(tmp_path)
    (tmp_path / CITY).write_bytes(content)

    with pytest.raises(CityDataError, match=rf"kota/city.yml:{line}: "):
        load_city("kota", tmp_path)
