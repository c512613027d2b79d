"""Hands the city's names and phrases to the understander, which reads no files of the city itself."""

from __future__ import annotations

import ast
import csv
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

import nlu
from knowledge_base.articles import taught_in
from knowledge_base.city import City, load_phrases
from knowledge_base.phrases import CITIES
from nlu.gazetteer import Area, CityFrame, Landmark
from nlu.model import Model
from nlu.phrases import TrainingPhrase
from nlu.train import train
from nlu.understand import Understander, build_understander

SHARED = CITIES / "_shared"
TRAINER = "train"  # the module of `nlu` that makes a model


def phrases_of(cities: Iterable[str]) -> list[TrainingPhrase]:
    """Every training phrase of these cities, shared ones once."""
    found = {(one.text, one.intent, one.city): one for city in cities for one in load_phrases(city)}
    return [TrainingPhrase(one.text, one.intent, one.metadata, one.city) for one in found.values()]


def data_stamp(cities: Iterable[str]) -> str:
    """A hash of the files that a model is trained from, the trainer's own too: quick to compare at every start."""
    digest = hashlib.sha256()
    for path in trainer_files():
        digest.update(path.read_bytes())
    for folder in (SHARED, *(CITIES / city for city in sorted(cities))):
        files = [*sorted((folder / "phrases").glob("*.yml")), folder / "slang.csv", folder / "danger.yml"]
        for path in files:
            if path.exists():
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def trainer_files() -> list[Path]:
    """The trainer and every module of `nlu` that it imports, near or far: what shapes a model, and nothing else does.

    Who only uses a model (`understand`, `judge`, `variants` …) is not among them, and does not make it stale.
    """
    folder = Path(nlu.__file__).parent
    found: dict[str, Path] = {}
    waiting = [TRAINER]
    while waiting:
        name = waiting.pop()
        path = folder / f"{name}.py"
        if name not in found and path.exists():
            found[name] = path
            waiting += _imported(path)
    return [found[name] for name in sorted(found)]


def _imported(path: Path) -> list[str]:
    """The modules of `nlu` that a file imports, by their own names."""
    named: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            named += [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        elif isinstance(node, ast.Import):
            named += [one.name for one in node.names]
    return [name.removeprefix("nlu.") for name in named if name.startswith("nlu.")]


def train_model(cities: Iterable[str], path: Path) -> Model:
    """Train from the cities' phrases and keep the model at ``path``, replacing the one there at once."""
    cities = tuple(cities)
    model = train(phrases_of(cities), _danger(), _slang())
    keep_model(cities, path, model)
    return model


def keep_model(cities: Iterable[str], path: Path, model: Model) -> Path:
    """Keep ``model``, just trained from these cities' phrases, at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    _stamp_file(path).write_text(data_stamp(cities))
    return path


def is_stale(cities: Iterable[str], path: Path) -> bool:
    """Whether there is no model, or its data have changed since it was trained."""
    stamp = _stamp_file(path)
    return not stamp.exists() or stamp.read_text() != data_stamp(cities)


def is_readable(path: Path) -> bool:
    """Whether there is a model that this program can use, whatever it was trained from."""
    try:
        Model.load(path)
    except (FileNotFoundError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return False
    return True


def _stamp_file(path: Path) -> Path:
    return path.with_name(path.name + ".stamp")


def open_understander(cities: Mapping[str, City], path: Path) -> Understander:
    """The understander over the trained model at ``path``. Raises FileNotFoundError when there is none."""
    frames, areas, landmarks = _named(cities)
    made = build_understander(Model.load(path), _danger(), _slang(), frames=frames, areas=areas, landmarks=landmarks)
    for city in cities.values():
        made.use_variants(city.slug, tuple(taught_in(city)))
    return made


def follower(understander: Understander, cities: Mapping[str, City]) -> Callable[[City], None]:
    """What tells the understander of a city that changed, before it stands among ``cities``: its places, its variants.

    Takes up to a second or two: call it in a thread.
    """

    def follow(city: City) -> None:
        before = cities.get(city.slug)
        understander.use_variants(city.slug, tuple(taught_in(city)))
        if before is None or (before.areas, before.landmarks) != (city.areas, city.landmarks):
            understander.use_places(*_named({**cities, city.slug: city}))

    return follow


def _named(cities: Mapping[str, City]) -> tuple[list[CityFrame], list[Area], list[Landmark]]:
    return (
        [_frame(city) for city in cities.values()],
        [area for city in cities.values() for area in _areas(city)],
        [mark for city in cities.values() for mark in _landmarks(city)],
    )


def rules() -> tuple[dict[str, Any], dict[str, str]]:
    """The danger rules and the slang, as parsed: they shape a model too."""
    return _danger(), _slang()


def _danger() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load((SHARED / "danger.yml").read_text(encoding="utf-8"), loader))  # noqa: S506 - a safe loader


def _slang() -> dict[str, str]:
    with (SHARED / "slang.csv").open(encoding="utf-8", newline="") as lines:
        return {row["slang"]: row["plain"] for row in csv.DictReader(lines)}


def _frame(city: City) -> CityFrame:
    names = tuple(name for one in city.neighbours for name in (one.name, *one.aliases))
    box = city.bounds
    return CityFrame(city.slug, city.name, (box.south, box.west, box.north, box.east), names)


def _areas(city: City) -> list[Area]:
    return [
        Area(
            city=city.slug,
            code=one.code,
            name=one.name,
            level="city" if one.level == "kota" else "kelurahan" if one.is_village else "kecamatan",
            parent_code=one.code[:8] if one.is_village else None,
            lat=one.lat,
            lon=one.lon,
            aliases=one.aliases,
        )
        for one in city.areas
    ]


def _landmarks(city: City) -> list[Landmark]:
    return [
        Landmark(
            city=city.slug,
            name=one.name,
            kind=one.kind,
            aliases=one.aliases,
            kelurahan_code=one.area_code,
            lat=one.lat,
            lon=one.lon,
            radius_m=float(one.radius_m or 200),
            outside=one.outside,
        )
        for one in city.landmarks
    ]
