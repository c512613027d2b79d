"""The model that is shipped, trained once a data state; two cities of a few places."""

from __future__ import annotations

import csv
from typing import Any

import pytest
import yaml

from knowledge_base.phrases import CITIES, load_phrases
from nlu.model import Model
from nlu.phrases import TrainingPhrase
from nlu.understand import Area, CityFrame, Landmark, Understander, build_understander
from tests.understanders import trained_model

FRAMES = (
    CityFrame("ambon", "Kota Ambon", (-3.80, 128.05, -3.57, 128.31), ("Tulehu", "Suli", "Maluku Tengah")),
    CityFrame("kendari", "Kota Kendari", (-4.10, 122.43, -3.89, 122.66), ("Ranomeeto", "Konawe", "Kolaka")),
)
AREAS = (
    Area("ambon", "81.71", "Kota Ambon", "city"),
    Area("ambon", "81.71.01", "Nusaniwe", "kecamatan", "81.71", -3.7416, 128.1575),
    Area("ambon", "81.71.01.1010", "Mangga Dua", "kelurahan", "81.71.01", -3.7050, 128.1782, ("manggadua",)),
    Area("ambon", "81.71.02", "Sirimau", "kecamatan", "81.71", -3.6946, 128.2153),
    Area("ambon", "81.71.02.2003", "Batu Merah", "kelurahan", "81.71.02", -3.6824, 128.1970, ("batu mera",)),
    Area("ambon", "81.71.02.1015", "Honipopu", "kelurahan", "81.71.02", -3.6950, 128.1800),
    Area("kendari", "74.71", "Kota Kendari", "city"),
    Area("kendari", "74.71.01", "Mandonga", "kecamatan", "74.71", -3.9344, 122.5026),
    Area("kendari", "74.71.01.1005", "Mandonga", "kelurahan", "74.71.01", -3.9673, 122.5136),
    Area("kendari", "74.71.01.1006", "Korumba", "kelurahan", "74.71.01", -3.9726, 122.5232),
    Area("kendari", "74.71.02", "Kendari", "kecamatan", "74.71", -3.9562, 122.5997),
    Area("kendari", "74.71.02.1012", "Mangga Dua", "kelurahan", "74.71.02", -3.9557, 122.5979),
    Area("kendari", "74.71.02.1015", "Mata", "kelurahan", "74.71.02", -3.9554, 122.6080),
    Area("kendari", "74.71.07", "Wua-Wua", "kecamatan", "74.71", -4.0003, 122.4879),
    Area("kendari", "74.71.07.1001", "Wua Wua", "kelurahan", "74.71.07", -3.9933, 122.4825, ("wua-wua",)),
    Area("kendari", "74.71.08", "Kadia", "kecamatan", "74.71", -3.9840, 122.5080),
    Area("kendari", "74.71.10", "Kambu", "kecamatan", "74.71", -4.0000, 122.5400),
    Area("kendari", "74.71.10.1004", "Kambu", "kelurahan", "74.71.10", -4.0100, 122.5350),
)
LANDMARKS = (
    Landmark("kendari", "Masjid Al-Alam", "masjid", ("al alam",), "74.71.10.1004", -3.97804, 122.54460, 300.0),
    Landmark("ambon", "Pantai Natsepa", "pantai", ("natsepa",), None, -3.6215, 128.291, 500.0, outside=True),
)


@pytest.fixture(scope="session")
def danger() -> dict[str, Any]:
    return dict(yaml.safe_load((CITIES / "_shared" / "danger.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def slang() -> dict[str, str]:
    with (CITIES / "_shared" / "slang.csv").open(encoding="utf-8", newline="") as lines:
        return {row["slang"]: row["plain"] for row in csv.DictReader(lines)}


@pytest.fixture(scope="session")
def phrases() -> list[TrainingPhrase]:
    every = [TrainingPhrase(one.text, one.intent, one.metadata, one.city) for one in load_phrases()]
    return sorted(every, key=lambda one: (one.intent, one.text))


@pytest.fixture(scope="session")
def model() -> Model:
    return Model.load(trained_model())


@pytest.fixture(scope="session")
def understander(model: Model, danger: dict[str, Any], slang: dict[str, str]) -> Understander:
    return build_understander(model, danger, slang, frames=FRAMES, areas=AREAS, landmarks=LANDMARKS)
