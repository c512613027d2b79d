"""Hours, links, numbers, local wording, quick replies and holidays in a city's files, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.city import CityDataError, load_cities, load_city
from tests.knowledge_base.small_city import write_city

FAQ = "_shared/faq.yml"
END = "  source: Diskominfo\n"
WHOLE = """\
  source: Diskominfo
  variants: [bayar kah, 2025]
  ambonese: "Seng bayar, {voice}."
  local:
    - {kecamatan: [Baguala], answer: Di Baguala gratis.}
  links:
    - {label: Laman, url: "https://contoh.go.id"}
  phones:
    - {number: 0911-5550001, label: Kantor, confirmed_on: 2026-11-01}
  hours:
    - {days: [1, 2, 3, 4, 5], opens: 08:00, closes: 15:30}
    - {days: [6], opens: 22:00, closes: 02:00}
  closed_on_holidays: no
  owner: rina
  review_on: 2027-01-01
"""

BROKEN = [
    ("  hours:\n    - {days: [8], opens: 08:00, closes: 15:00}\n", 9, "`hours.0.days.0`"),
    ("  hours:\n    - {days: [1], opens: 8 pagi, closes: 15:00}\n", 9, "`hours.0.opens`"),
    ("  hours:\n    - {days: [1], opens: 08:00, closes: 08:00}\n", 9, "closes must differ"),
    (
        "  hours:\n    - {days: [1], opens: 08:00, closes: 12:00}\n    - {days: [1], opens: 11:00, closes: 12:00}\n",
        1,
        "overlap on weekday 1",
    ),
    ("  links:\n    - {label: Laman, url: contoh.go.id}\n", 9, "`links.0.url`"),
    ("  phones:\n    - {number: 0911-5550001, label: Kantor}\n", 9, "write the day on which somebody confirmed it"),
    ("  local:\n    - {kecamatan: [Sirimau], answer: x}\n", 9, "there is no kecamatan `Sirimau` in districts.csv"),
    ("  local:\n    - {kecamatan: [Baguala], answer: x, sms: 👍}\n", 9, "`local.0.sms`"),
    ("  ambonese: Telepon {nomor}\n", 8, "nothing fills {nomor}"),
    ("  variant: [a]\n", 8, "`variant` is not known here"),
]


def test_an_answer_has_everything_that_staff_give_it(tmp_path: Path) -> None:
    (one,) = load_city("kota", write_city(tmp_path, replacing=(FAQ, END, WHOLE))).articles
    assert (one.variants, one.ambonese, one.owner) == (("bayar kah", "2025"), "Seng bayar, {voice}.", "rina")
    assert [(row.days, row.opens, row.closes) for row in one.hours] == [
        ((1, 2, 3, 4, 5), "08:00", "15:30"),
        ((6,), "22:00", "02:00"),
    ]
    assert (one.local[0].kecamatan, one.phones[0].number, one.closed_on_holidays) == (
        ("Baguala",),
        "0911-5550001",
        False,
    )


@pytest.mark.parametrize(("lines", "line", "what"), BROKEN)
def test_what_is_wrong_in_an_answer_names_file_and_line(tmp_path: Path, lines: str, line: int, what: str) -> None:
    write_city(tmp_path, replacing=(FAQ, END, END + lines))
    with pytest.raises(CityDataError) as caught:
        load_city("kota", tmp_path)
    said = str(caught.value).splitlines()
    assert any(one.startswith(f"{FAQ}:{line}: ") and what in one for one in said), said


def test_new_words_lose_the_old_ones_ways_of_speaking(tmp_path: Path) -> None:
    root = write_city(tmp_path, replacing=(FAQ, END, WHOLE))
    (root / "kota/faq.yml").write_text("- topic: biaya_112\n  answer: Gratis di kota.\n")
    (one,) = load_city("kota", root).articles
    assert (one.ambonese, one.local) == (None, ())
    assert one.hours, "the office is still the same"


def test_a_withdrawn_answer_is_told_to_nobody(tmp_path: Path) -> None:
    city = load_city("kota", write_city(tmp_path, replacing=(FAQ, END, END + "  withdrawn: true\n")))
    assert city.articles == ()
    assert [str(getattr(one, "topic", "")) for one in city.withdrawn["article"]] == ["biaya_112"]


@pytest.mark.parametrize(
    ("file", "text", "where", "what"),
    [
        ("quick_replies.yml", "- {slug: a, title: A, text: 'Di {mana}?'}\n", 1, "nothing fills {mana}"),
        (
            "quick_replies.yml",
            "- {slug: a, title: A, text: x, keys: a}\n- {slug: b, title: B, text: x, keys: a}\n",
            2,
            "also the word of `a`",
        ),
        ("holidays.yml", "- {date: 2026-02-30, name: Salah}\n", 1, "there is no such day"),
        ("holidays.yml", "- {date: --12-25, name: Natal}\n- {date: --12-25, name: Natal}\n", 2, "keep one"),
    ],
)
def test_a_broken_line_for_the_desk_is_named(tmp_path: Path, file: str, text: str, where: int, what: str) -> None:
    root = write_city(tmp_path)
    (root / "kota" / file).write_text(text)
    with pytest.raises(CityDataError) as caught:
        load_city("kota", root)
    said = str(caught.value).splitlines()
    assert any(one.startswith(f"kota/{file}:{where}: ") and what in one for one in said), said


def test_holidays_fall_on_their_day_each_year_or_once(tmp_path: Path) -> None:
    root = write_city(tmp_path)
    (root / "_shared/holidays.yml").write_text("- {date: --12-25, name: Natal}\n")
    (root / "kota/holidays.yml").write_text("- {date: 2026-03-21, name: Idulfitri}\n- {date: --02-29, name: Kabisat}\n")
    city = load_city("kota", root)
    named = [(found := city.holiday(day)) and found.name for day in (date(2027, 12, 25), date(2026, 3, 21))]
    assert named == ["Natal", "Idulfitri"]
    assert city.holiday(date(2027, 3, 21)) is None


def test_operators_of_both_cities_have_quick_replies_with_words_of_their_own() -> None:
    for city in load_cities(["ambon", "kendari"]).values():
        assert len(city.quick_replies) >= 20
        keys = [one.keys for one in city.quick_replies]
        assert len(set(keys)) == len(keys)
        said = " ".join(one.text.casefold() for one in city.quick_replies)
        assert "segera datang" not in said, "nobody is made to believe that help is coming"
        assert "dalam perjalanan" not in said
        assert all(one.date.startswith("--") for one in city.holidays), "others change from year to year"


def test_an_exported_table_of_landmarks_brings_slugs_and_what_is_withdrawn(tmp_path: Path) -> None:
    root = write_city(tmp_path)
    (root / "kota/landmarks.csv").write_text(
        "nama,jenis,alias,kelurahan_kode,lat,lon,radius_m,luar,slug,dicabut\n"
        "Pasar Passo,pasar,,81.71.03.2001,-3.61,128.25,200,,pasar_lama,\n"
        "Pasar Passo 2,pasar,,,,,,,,ya\n"
        "Pasar Lama,pasar,,,,,,,,\n"
    )
    city = load_city("kota", root)
    assert [one.slug for one in city.landmarks] == ["pasar_lama", "pasar_lama_2"]
    assert [getattr(one, "slug", "") for one in city.withdrawn["landmark"]] == ["pasar_passo_2"]
