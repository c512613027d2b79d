"""What Ambon and Kendari know of themselves, and how a city's file is laid over the shared one."""

import sys
from collections import Counter
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bots.words import cards_to_send
from knowledge_base.city import City, in_earnest, load_cities, load_city
from knowledge_base.sms_text import gsm7_length
from tests.knowledge_base.small_city import write_city

SLUGS = ("ambon", "kendari")

CATEGORIES = [
    "kebakaran", "medis", "kecelakaan", "kriminal", "kerusuhan", "bencana", "orang_hilang",
    "sar", "listrik", "hewan", "kdrt", "bunuh_diri", "lainnya",
]  # fmt: skip
# A human decides wherever people are violent or may be.
NEVER_ANNOUNCED_BY_THE_BOT = {"kriminal", "kerusuhan", "kdrt", "bunuh_diri", "orang_hilang", "lainnya"}
TELLTALE = ("polisi", "112", "petugas", "kdrt", "laporan", "darurat")

# Two villages of one name in one city, by the official list: a kelurahan and a negeri.
NAMESAKES = {"ambon": {"Nusaniwe", "Urimessing"}, "kendari": set[str]()}


@pytest.fixture(scope="module")
def cities() -> dict[str, City]:
    return load_cities(SLUGS)


@pytest.fixture(params=SLUGS)
def city(request: pytest.FixtureRequest, cities: dict[str, City]) -> City:
    return cities[str(request.param)]


@pytest.mark.parametrize(
    ("slug", "levels"),
    [
        ("ambon", {"kota": 1, "kecamatan": 5, "kelurahan": 20, "desa/negeri": 30}),
        ("kendari", {"kota": 1, "kecamatan": 11, "kelurahan": 65}),
    ],
)
def test_areas_are_those_of_the_official_list(cities: dict[str, City], slug: str, levels: dict[str, int]) -> None:
    # Kepmendagri 300.2.2-2430/2025
    assert Counter(area.level for area in cities[slug].areas) == levels


def test_a_point_that_nobody_knows_stays_unknown(cities: dict[str, City]) -> None:
    unknown = [(slug, area.name) for slug in SLUGS for area in cities[slug].areas if area.point is None]
    assert unknown == [("kendari", "Wundumbatu")]


def test_village_names_are_unique_but_for_the_known_namesakes(city: City) -> None:
    villages = [area for area in city.areas if area.is_village]
    twice = {name for name, count in Counter(area.name for area in villages).items() if count > 1}

    assert twice == NAMESAKES[city.slug]
    for name in twice:
        aliases = [set(area.aliases) for area in villages if area.name == name]
        assert all(aliases)
        assert not set.intersection(*aliases)


def test_what_is_easily_confused_is_told_apart(cities: dict[str, City]) -> None:
    ambon, kendari = cities["ambon"], cities["kendari"]
    baguala, teluk_ambon = ambon.area("81.71.03"), ambon.area("81.71.04")
    poasia = kendari.area("74.71.06.1008")

    assert baguala is not None
    assert "teluk ambon baguala" in baguala.aliases
    assert teluk_ambon is not None
    assert not any("baguala" in alias for alias in teluk_ambon.aliases)
    assert poasia is not None
    assert (poasia.name, poasia.kecamatan) == ("Poasia", "Abeli")


def test_clock_code_and_prefix(cities: dict[str, City]) -> None:
    seen = {slug: (one.timezone, one.timezone_label, one.code, one.incident_prefix) for slug, one in cities.items()}
    assert seen == {
        "ambon": (ZoneInfo("Asia/Jayapura"), "WIT", "81.71", "A"),
        "kendari": (ZoneInfo("Asia/Makassar"), "WITA", "74.71", "K"),
    }


def test_shifts_cover_the_day_without_a_gap(city: City) -> None:
    ends = [shift.end for shift in city.shifts]
    assert [shift.start for shift in city.shifts] == [ends[-1], *ends[:-1]]


def test_landmarks_are_many_of_all_kinds_and_none_is_said_twice(city: City) -> None:
    kinds = {landmark.kind for landmark in city.landmarks}
    names = [name.casefold() for landmark in city.landmarks for name in (landmark.name, *landmark.aliases)]

    assert len(city.landmarks) >= 80
    assert {"masjid", "gereja", "pasar", "rumah sakit", "kampus", "sekolah", "mal", "pelabuhan", "jalan"} <= kinds
    assert {"bandara", "jembatan", "terminal", "kantor", "pantai", "simpang", "hotel", "puskesmas"} <= kinds
    assert len(names) == len(set(names))


def test_a_landmark_with_a_point_has_a_reach_and_one_without_has_none(city: City) -> None:
    for landmark in city.landmarks:
        assert (landmark.point is None) == (landmark.radius_m is None), landmark.name


def test_places_outside_are_marked_as_outside(cities: dict[str, City]) -> None:
    airport = next(place for place in cities["kendari"].landmarks if place.name == "Bandara Haluoleo")
    beach = next(place for place in cities["ambon"].landmarks if place.name == "Pantai Natsepa")

    assert airport.outside
    assert airport.point is not None
    assert not cities["kendari"].bounds.holds(airport.point)
    assert beach.outside


def test_no_neighbour_is_the_name_of_a_place_in_the_city(city: City) -> None:
    inside = {name.casefold() for area in city.areas for name in (area.name, *area.aliases)}
    outside = {name.casefold() for one in city.neighbours for name in (one.name, *one.aliases)}
    assert not inside & outside


def test_every_number_has_its_day_and_its_source(city: City) -> None:
    phones = [
        *city.national_numbers,
        *(phone for agency in city.agencies for phone in agency.phones),
        *(phone for agency in city.agencies for post in agency.posts for phone in post.phones),
    ]

    assert phones
    for phone in phones:
        # Older than the services themselves would be a slip of the pen.
        assert phone.confirmed_on > date(2012, 1, 1), phone
        assert len(phone.source) > 3, phone


def test_fire_posts_have_their_own_numbers_and_no_dead_one(cities: dict[str, City]) -> None:
    ambon, kendari = cities["ambon"].agency("damkar"), cities["kendari"].agency("damkar")
    assert ambon is not None
    assert kendari is not None

    assert [post.area_code for post in ambon.posts] == [None, "81.71.03.2001", "81.71.04.2006", "81.71.01.2003"]
    numbers = [phone.dial for post in ambon.posts for phone in post.phones]
    assert len(numbers) == len(set(numbers)) >= 3
    # Kendari's brigade gave up 113 because of pranks; it is reached by WhatsApp.
    assert "113" not in [phone.dial for phone in kendari.phones]
    assert "whatsapp" in [phone.via for phone in kendari.phones]


def test_the_thirteen_categories(city: City) -> None:
    assert list(city.categories) == CATEGORIES
    assert {slug for slug, one in city.categories.items() if one.restricted} == {"kdrt", "bunuh_diri"}
    assert [slug for slug, one in city.categories.items() if one.silent] == ["kdrt"]
    announced = {slug for slug, one in city.categories.items() if one.bot_prenotice}
    assert announced == set(CATEGORIES) - NEVER_ANNOUNCED_BY_THE_BOT


def test_who_is_sent_first(city: City) -> None:
    first = {slug: one.agencies.first for slug, one in city.categories.items()}
    assert first["kebakaran"] == first["hewan"] == ("damkar",)
    assert first["medis"] == first["bunuh_diri"] == ("psc119",)
    assert first["orang_hilang"] == first["kriminal"] == first["kdrt"] == ("polisi",)
    assert (first["bencana"], first["sar"], first["listrik"]) == (("bpbd",), ("basarnas",), ("pln",))


def test_the_police_at_a_suicide_are_an_operators_choice(city: City) -> None:
    agencies = city.categories["bunuh_diri"].agencies
    assert "polisi" in agencies.operator_only
    assert "polisi" not in agencies.first + agencies.also


def test_questions_are_short_and_fit_an_sms(city: City) -> None:
    for category in city.categories.values():
        assert 1 <= len(category.questions) <= 3
        for question in category.questions:
            text = city.wording[question.wording]
            assert gsm7_length(text) <= 120, question.wording
            assert "?" in text, question.wording


def test_a_silent_question_tells_nothing(city: City) -> None:
    asked = [city.wording[question.wording].casefold() for question in city.categories["kdrt"].questions]
    assert not [text for text in asked for word in TELLTALE if word in text]


def test_every_category_has_its_sop_and_every_card_its_owner(city: City) -> None:
    kinds = {card.slug: card.kind for card in city.cards}
    for category in city.categories.values():
        assert "sop" in [kinds[slug] for slug in category.cards], category.slug
    for card in city.cards:
        assert card.owner
        assert card.slug in {slug for category in city.categories.values() for slug in category.cards}, card.slug


def test_a_card_counts_from_its_approval_to_its_last_day(tmp_path: Path) -> None:
    card = load_city("kota", write_city(tmp_path)).card("kartu_api")
    assert card is not None

    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [card.approved_at(day) for day in days] == [False, True, True, False]
    assert card.steps == ("Keluar sekarang.", "Tutup pintu.")


def test_a_card_that_nobody_approved_never_counts(tmp_path: Path) -> None:
    approval = "approved_by: Kepala Damkar\napproved_on: 2026-01-01\nexpires: 2026-12-31\n"
    nobody = "approved_by: null\napproved_on: null\nexpires: null\n"
    root = write_city(tmp_path, replacing=("_shared/sop/kartu_api.md", approval, nobody))

    card = load_city("kota", root).card("kartu_api")
    assert card is not None
    assert not card.approved_at(date(2026, 6, 1))


def test_a_citys_file_changes_single_fields_of_the_shared_one(tmp_path: Path) -> None:
    root = write_city(tmp_path)
    own = "- {slug: kebakaran, default_severity: 2}\n- {slug: banjir, name: Banjir, description: Air.,"
    (root / "kota/categories.yml").write_text(f"{own} default_severity: 2, agencies: {{first: [damkar]}}}}\n")
    (root / "kota/wording").mkdir()
    (root / "kota/wording/id.yml").write_text('first: "Katong terima. Telepon {voice}."\n')

    city = load_city("kota", root)
    assert {slug: one.default_severity for slug, one in city.categories.items()} == {"kebakaran": 2, "banjir": 2}
    assert city.categories["kebakaran"].cards == ("kartu_api",)
    assert city.wording["first"] == "Katong terima. Telepon {voice}."
    assert city.wording["ask_trapped"] == "Ada yang terjebak? 1 ya, 2 tidak"


def test_a_citys_card_takes_the_place_of_the_shared_one(tmp_path: Path) -> None:
    root = write_city(tmp_path)
    shared = (root / "_shared/sop/kartu_api.md").read_text()
    (root / "kota/sop").mkdir()
    (root / "kota/sop/api.md").write_text(
        shared.replace("1. Keluar sekarang.\n", "").replace("version: 1", "version: 2")
    )

    card = load_city("kota", root).card("kartu_api")
    assert card is not None
    assert (card.version, card.steps) == (2, ("Tutup pintu.",))


def test_new_words_lose_a_confirmation_that_was_not_theirs(tmp_path: Path) -> None:
    root = write_city(tmp_path)
    (before,) = load_city("kota", root).articles
    (root / "kota/faq.yml").write_text("- topic: biaya_112\n  answer: Gratis di kota.\n")
    (after,) = load_city("kota", root).articles

    # The shared answer's own words for this city changed only the title.
    assert (before.title, before.confirmed_on, before.source) == ("Biaya di kota", date(2026, 1, 2), "Diskominfo")
    assert (after.title, after.answer) == ("Biaya di kota", "Gratis di kota.")
    assert (after.confirmed_on, after.source) == (None, None)


def test_a_citys_sentence_uses_only_what_is_filled_in(tmp_path: Path) -> None:
    root = write_city(tmp_path)
    (root / "kota/wording").mkdir()
    (root / "kota/wording/id.yml").write_text('first: "Telepon {nomor}."\n')

    with pytest.raises(ValueError, match=r"kota/wording/id.yml:1: `first`: nothing fills \{nomor\}"):
        load_city("kota", root)


def test_a_number_stays_as_the_city_writes_it(tmp_path: Path) -> None:
    # 0401 would be octal and 21:00 a number to YAML 1.1.
    city = load_city("kota", write_city(tmp_path))
    assert city.agencies[0].phones[0].number == "0401-3122113"
    assert city.shifts[0].start.hour == 21


def test_a_city_cannot_be_changed_in_passing(city: City) -> None:
    assert isinstance(city.wording, MappingProxyType)
    assert isinstance(city.categories, MappingProxyType)
    with pytest.raises(FrozenInstanceError):
        object.__getattribute__(city, "__setattr__")("name", "Kota Lain")


def test_both_cities_load_within_the_time_of_a_start() -> None:
    """Counted in calls of Python, 74,000 in 0.05 s: a busy machine makes no more of them, what is done twice does."""
    calls = 0

    def count(frame: FrameType, what: str, arg: Any) -> None:
        nonlocal calls
        calls += what == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        load_cities(SLUGS)
    finally:
        sys.setprofile(before)
    # Where libyaml was not built, Python reads the YAML itself: a million calls, a quarter of a second.
    assert 10_000 < calls < (300_000 if hasattr(yaml, "CSafeLoader") else 2_000_000)


def test_an_example_of_an_approval_is_none_in_earnest() -> None:
    city = load_city("kendari")
    examples = [card for card in city.cards if card.example]
    assert examples
    day = max(card.approved_on or date.min for card in examples)
    assert cards_to_send(city, day)
    assert not cards_to_send(in_earnest(city), day)
