from __future__ import annotations

import pytest

from nlu.boundaries import Boundaries
from nlu.clean import Cleaner
from nlu.meaning import PlaceGuess
from nlu.places import Gazetteer, Places
from tests.nlu.conftest import AREAS, FRAMES, LANDMARKS

GAZETTEER = Gazetteer(FRAMES, AREAS, LANDMARKS, ["rumah", "dekat", "pasar", "kemarin", "jalan"])
PLACES = Places(GAZETTEER)
CLEANER = Cleaner({})


def read(text: str, city: str | None = "kendari") -> tuple[PlaceGuess, ...]:
    return PLACES.read(CLEANER.clean(text), city)


def test_the_kecamatan_is_meant_where_the_level_is_not_said() -> None:
    best, other = read("kebakaran di Mandonga")
    assert (best.kecamatan, best.kelurahan) == ("Mandonga", None)
    assert (other.kelurahan, other.confidence < best.confidence) == ("Mandonga", True)
    assert read("kel Mandonga")[0].kelurahan == "Mandonga"


@pytest.mark.parametrize("text", ["di korumba", "di Korumbah", "di krmba", "d korumbaa", "kel. korumba"])
def test_misspelt_names(text: str) -> None:
    assert read(text)[0].kelurahan == "Korumba"


def test_a_plain_word_counts_only_after_a_word_of_place() -> None:
    assert read("mata saya perih sekali") == ()
    assert read("kebakaran di Mata")[0].kelurahan == "Mata"
    assert read("Mata")[0].kelurahan == "Mata"


def test_the_city_itself_is_no_place() -> None:
    assert read("kebakaran di Kendari") == ()
    assert read("kecamatan Kendari")[0].kecamatan == "Kendari"


def test_what_is_unknown_stays_unknown() -> None:
    assert read("di tempat kemarin") == ()
    guess = read("dekat masjid nurul huda")[0]
    assert (guess.landmark, guess.lat, guess.kecamatan, guess.confidence < 0.5) == (
        "masjid nurul huda",
        None,
        None,
        True,
    )


def test_kelurahan_and_kecamatan_are_one_place() -> None:
    (guess,) = read("kel Korumba kec Mandonga")
    assert (guess.kelurahan, guess.kecamatan, guess.confidence > 0.9) == ("Korumba", "Mandonga", True)


def test_the_same_name_in_two_cities_is_the_hearers_own() -> None:
    assert [guess.city for guess in read("di Mangga Dua", "ambon")] == ["ambon"]
    assert [guess.city for guess in read("di Mangga Dua", "kendari")] == ["kendari"]
    assert {guess.city for guess in read("di Mangga Dua", None)} == {"ambon", "kendari"}


def test_other_towns_are_outside() -> None:
    assert read("rumah saya di Ranomeeto")[0].outside
    assert read("di Batu Merah", "kendari")[0].outside
    assert read("ada orang di pantai Natsepa", "ambon")[0].outside


def test_the_writers_own_place_is_told_apart() -> None:
    guesses = {guess.kecamatan: guess.role for guess in read("saya di Kadia, kebakarannya di kel Korumba")}
    assert guesses["Kadia"] == "reporter"
    assert guesses["Mandonga"] == "incident"


def test_a_pin_gets_the_nearest_kelurahan_and_a_doubt() -> None:
    pin, *others = PLACES.at(-3.9727, 122.5230, "kendari", 12.0)
    assert (pin.city, pin.kelurahan, pin.source, pin.accuracy_m) == ("kendari", "Korumba", "pin", 12.0)
    assert pin.nearest
    assert len(others) == 2
    assert all(other.kelurahan != "Korumba" and other.confidence < pin.confidence for other in others)
    between = PLACES.at(-3.9700, 122.5184, "kendari")[0]
    assert between.confidence < pin.confidence < 1


def test_a_pin_within_a_polygon_is_there_and_one_on_the_water_is_near() -> None:
    places = Places(GAZETTEER)
    ring = [[122.51, -3.98], [122.53, -3.98], [122.53, -3.96], [122.51, -3.96], [122.51, -3.98]]
    mandonga = next(code for code, entry in GAZETTEER.by_code.items() if entry.kelurahan == "Mandonga")
    places.pins.boundaries = Boundaries([("kendari", mandonga, {"type": "Polygon", "coordinates": [ring]})])
    (pin,) = places.at(-3.9727, 122.5230, "kendari")
    assert (pin.kelurahan, pin.kecamatan, pin.nearest, pin.outside) == ("Mandonga", "Mandonga", False, False)
    assert pin.confidence > 0.9
    assert places.at(-3.9727, 122.5230, "ambon")[0].outside
    assert places.at(-3.99, 122.56, "kendari")[0].nearest


def test_a_pin_elsewhere() -> None:
    assert PLACES.at(-3.69, 128.18, "kendari")[0].outside
    assert PLACES.at(-3.69, 128.18, "kendari")[0].city == "ambon"
    (nowhere,) = PLACES.at(-6.2, 106.8, "kendari")
    assert (nowhere.outside, nowhere.city, nowhere.kelurahan) == (True, None, None)
