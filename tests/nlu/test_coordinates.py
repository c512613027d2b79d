from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.coordinates import positions_in

NEAR = (-3.97, 122.51)


@pytest.mark.parametrize(
    "text",
    [
        "-3.9985, 122.5129",
        "posisi saya -3,9985 122,5129",
        "lat: -3.9985 long: 122.5129",
        "122.5129,-3.9985",
        "3.9985 LS 122.5129 BT",
        "3.9985, 122.5129",
        "S 3°59'54.6\" E 122°30'46.4\"",
        "3°59'54,6\"LS 122°30'46,4\"BT",
        "https://maps.google.com/maps?q=-3.9985%2C122.5129&z=17",
        "https://www.google.com/maps/place/X/@-3.9,122.5,17z/data=!4m5!3m4!8m2!3d-3.9985!4d122.5129",
        "https://www.google.com/maps/@-3.9985,122.5129,15z",
        "https://www.google.com/maps/search/-3.9985,+122.5129?entry=tts",
        "https://maps.google.com/?q=-3.9985,122.5129",
        "https://maps.apple.com/?ll=-3.9985,122.5129",
        "https://waze.com/ul?ll=-3.9985,122.5129&navigate=yes",
        "https://www.openstreetmap.org/?mlat=-3.9985&mlon=122.5129#map=17/-3.9/122.5",
        "geo:-3.9985,122.5129",
    ],
)
def test_one_place_in_many_spellings(text: str) -> None:
    found = positions_in(text, NEAR)[0]
    assert found.lat == pytest.approx(-3.9985, abs=0.0002)
    assert found.lon == pytest.approx(122.5129, abs=0.0002)


def test_plus_codes_short_and_long() -> None:
    short, long = positions_in("2G3F+8X", NEAR)[0], positions_in("6P8G2G3F+8X", None)
    assert short.source == "pluscode"
    assert short.lat == pytest.approx(-3.997, abs=0.01)
    assert not positions_in("2G3F+8X", None)
    assert not long or long[0].source == "pluscode"


def test_a_short_link_is_kept_for_the_operator() -> None:
    found = positions_in("https://maps.app.goo.gl/AbCd", NEAR)[0]
    assert (found.lat, found.source, found.text) == (None, "link", "https://maps.app.goo.gl/AbCd")


@pytest.mark.parametrize(
    "text",
    ["0812 5550 1234", "harga 3.500, 12.000", "jam 10.30, 11.45", "51.50, -0.12", "https://example.org/?q=1,2", ""],
)
def test_other_figures_are_no_place(text: str) -> None:
    assert positions_in(text, NEAR) == []


@given(st.text(alphabet="0123456789.,-+°'\"NSEW LSBT@?=&/:!d", max_size=400))
def test_figures_never_raise(text: str) -> None:
    positions_in(text, NEAR)
