"""Kelurahan polygons: what is read, what is refused with a word on how to mend it, what a pin finds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.database import Database
from config.schema import migrate
from knowledge_base.boundaries import keep_boundaries, load_boundaries, read_boundaries
from knowledge_base.city import load_city
from knowledge_base.problems import CityDataError
from nlu.boundaries import Boundaries

KENDARI = load_city("kendari")
MANDONGA, KORUMBA = "74.71.01.1005", "74.71.01.1006"


def square(west: float, south: float, size: float = 0.01) -> dict[str, Any]:
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(code: str | None, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kode": code} if code else {}, "geometry": geometry}


def file_of(tmp_path: Path, *features: Any) -> Path:
    path = tmp_path / "batas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


SIDE_BY_SIDE = (feature(MANDONGA, square(122.50, -3.97)), feature(KORUMBA, square(122.51, -3.97)))


def test_kelurahan_are_kept_and_everything_else_is_left_out(tmp_path: Path) -> None:
    kecamatan, elsewhere = feature("74.71.01", square(122.5, -3.97)), feature("73.71.01.1001", square(119.4, -5.1))
    read = read_boundaries(file_of(tmp_path, *SIDE_BY_SIDE, kecamatan, elsewhere), {"kendari": KENDARI})
    assert [one.code for one in read.boundaries] == [MANDONGA, KORUMBA]
    assert read.left_out == 2
    assert len(read.missing) == sum(area.is_village for area in KENDARI.areas) - 2


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("{", "export the file as GeoJSON"),
        ("[]", "FeatureCollection is wanted"),
        (json.dumps({"features": [feature(None, square(122.5, -3.97))]}), "no area code"),
        (json.dumps({"features": [feature(MANDONGA, {"type": "Point", "coordinates": [1, 2]})]}), "Polygon"),
        (json.dumps({"features": [feature(MANDONGA, {"type": "Polygon"})]}), "cannot be read"),
        (json.dumps({"features": [feature(MANDONGA, square(-3.97, 122.5))]}), "lon before lat"),
        (json.dumps({"features": [SIDE_BY_SIDE[0], SIDE_BY_SIDE[0]]}), "second time"),
        (json.dumps({"features": []}), "no kelurahan of the cities"),
        (json.dumps({"features": [7, None, {"properties": []}]}), "no area code"),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(tmp_path: Path, content: str, advice: str) -> None:
    path = tmp_path / "batas.geojson"
    path.write_text(content)
    with pytest.raises(CityDataError, match=advice):
        read_boundaries(path, {"kendari": KENDARI})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityDataError, match="nichts"):
        read_boundaries(tmp_path / "nichts.geojson", {"kendari": KENDARI})


def test_a_polygon_whose_lines_cross_is_mended(tmp_path: Path) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[122.50, -3.97], [122.51, -3.96], [122.51, -3.97], [122.50, -3.96], [122.50, -3.97]]],
    }
    (one,) = read_boundaries(file_of(tmp_path, feature(MANDONGA, bow)), {"kendari": KENDARI}).boundaries
    found = Boundaries([(one.city, one.code, one.geometry)])
    assert found.at(-3.9655, 122.5015)
    assert found.at(-3.9655, 122.5085)


async def test_polygons_survive_the_database_and_a_new_file_replaces_a_city_at_once(
    database_url: str, tmp_path: Path
) -> None:
    database, now = Database(database_url), datetime(2026, 11, 1, tzinfo=UTC)
    await migrate(database)
    for features in (SIDE_BY_SIDE, SIDE_BY_SIDE[1:]):
        read = read_boundaries(file_of(tmp_path, *features), {"kendari": KENDARI}).boundaries
        await database.write(partial(keep_boundaries, boundaries=read, now=now))
    kept = await database.read(partial(load_boundaries, cities=["kendari", "ambon"]))
    await database.close()
    found = Boundaries((one.city, one.code, one.geometry) for one in kept)
    assert [one.code for one in kept] == [KORUMBA]
    assert [one.code for one in found.at(-3.965, 122.515)] == [KORUMBA]


POLYGONS = Boundaries([("kendari", MANDONGA, square(122.50, -3.97)), ("kendari", KORUMBA, square(122.51, -3.97))])


def test_a_pin_lies_in_one_kelurahan_and_a_vague_one_in_its_neighbours_too() -> None:
    assert [(one.code, one.share) for one in POLYGONS.at(-3.965, 122.505)] == [(MANDONGA, 1.0)]
    vague = POLYGONS.at(-3.965, 122.5095, 200.0)
    assert [one.code for one in vague] == [MANDONGA, KORUMBA]
    assert vague[0].share > vague[1].share > 0.1
    assert POLYGONS.at(-3.9, 122.505) == []


@given(st.floats(-90, 90), st.floats(-180, 180), st.none() | st.floats(0, 1e6))
def test_any_position_may_be_asked(lat: float, lon: float, accuracy_m: float | None) -> None:
    assert all(0 < one.share <= 1 for one in POLYGONS.at(lat, lon, accuracy_m))
    assert Boundaries().at(lat, lon, accuracy_m) == []
