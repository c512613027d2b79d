"""Kecamatan, kelurahan, negeri and landmarks of a city, from `districts.csv` and `landmarks.csv`."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from knowledge_base.city_rows import Filled, Point, Row
from knowledge_base.problems import Mark, Problems, read_text
from knowledge_base.yaml_source import complaint

AREA_COLUMNS = ("kode", "tingkat", "nama", "kecamatan", "lat", "lon", "alias")
LANDMARK_COLUMNS = ("nama", "jenis", "alias", "kelurahan_kode", "lat", "lon", "radius_m", "luar")
KEPT_COLUMNS = (*LANDMARK_COLUMNS, "slug", "dicabut")  # as `sigap export` writes them

Level = Literal["kota", "kecamatan", "kelurahan", "desa/negeri"]


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(";") if part.strip()) if isinstance(value, str) else value


def _yes(value: Any) -> Any:
    return True if value == "ya" else value


Aliases = Annotated[tuple[str, ...], BeforeValidator(_split)]


class _Placed(Row):
    """A row that may have a point: both figures or neither. Unknown stays unknown."""

    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)

    @model_validator(mode="after")
    def _whole_point(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together: fill both or leave both empty")
        return self

    @property
    def point(self) -> Point | None:
        """The place's centre, or None where nobody is sure of one."""
        return None if self.lat is None or self.lon is None else Point(lat=self.lat, lon=self.lon)


class Area(_Placed):
    """An official area. `code` is the Kemendagri code (81.71, 81.71.02, 81.71.02.2003).

    `kecamatan` is the kecamatan's name, empty for the city itself; `aliases` are other ways in which people write it.
    """

    code: str = Field(validation_alias="kode", pattern=r"^\d\d\.\d\d(\.\d\d(\.\d{4})?)?$")
    level: Level = Field(validation_alias="tingkat")
    name: Filled = Field(validation_alias="nama")
    kecamatan: str = ""
    aliases: Aliases = Field(default=(), validation_alias="alias")

    @property
    def is_village(self) -> bool:
        """True for a kelurahan, desa or negeri: the level at which a place is named."""
        return self.level in ("kelurahan", "desa/negeri")


class Landmark(_Placed):
    """A place that everyone knows.

    `area_code` is the kelurahan's or negeri's code where it is known; `radius_m` how far from the point people still
    mean this place; `outside` is true for a place beyond the city's border that its people name. `slug` is its name in
    the database, made of `name` where the file gives none; a `withdrawn` one is kept and not looked for.
    """

    name: Filled = Field(validation_alias="nama")
    kind: Filled = Field(validation_alias="jenis")
    aliases: Aliases = Field(default=(), validation_alias="alias")
    area_code: str | None = Field(default=None, validation_alias="kelurahan_kode")
    radius_m: int | None = Field(default=None, ge=10, le=5000)
    outside: Annotated[bool, BeforeValidator(_yes)] = Field(default=False, validation_alias="luar")
    slug: Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9_]*)?$")] = ""
    withdrawn: Annotated[bool, BeforeValidator(_yes)] = Field(default=False, validation_alias="dicabut", exclude=True)


PlaceRow = TypeVar("PlaceRow", Area, Landmark)


def read_areas(path: Path, shown: str, problems: Problems) -> list[tuple[Mark, Area]]:
    """The city's official areas, each with where it stands in the file."""
    return _read(Area, (AREA_COLUMNS,), path, shown, problems)


def read_landmarks(path: Path, shown: str, problems: Problems) -> list[tuple[Mark, Landmark]]:
    """The city's landmarks, each with where it stands in the file."""
    return _read(Landmark, (LANDMARK_COLUMNS, KEPT_COLUMNS), path, shown, problems)


def _read(
    model: type[PlaceRow], headings: tuple[tuple[str, ...], ...], path: Path, shown: str, problems: Problems
) -> list[tuple[Mark, PlaceRow]]:
    found = []
    for mark, cells in _rows(headings, path, shown, problems):
        try:
            found.append((mark, model.model_validate(cells)))
        except ValidationError as error:
            for one in error.errors(include_url=False):
                problems.add(mark, complaint(one["loc"], one["type"], one["msg"]))
    return found


def _rows(
    headings: tuple[tuple[str, ...], ...], path: Path, shown: str, problems: Problems
) -> Iterator[tuple[Mark, Mapping[str, str]]]:
    """The file's rows without their empty cells."""
    text = read_text(path, shown, problems)
    if text is None:
        return
    lines = csv.reader(io.StringIO(text), strict=True)
    try:
        columns = tuple(next(lines, ()))
        if columns not in headings:
            problems.add(Mark(shown, 1), f"the first line must be exactly: {','.join(headings[0])}")
            return
        for cells in lines:
            mark = Mark(shown, lines.line_num)
            if len(cells) == len(columns):
                yield mark, {name: cell for name, cell in zip(columns, cells, strict=True) if cell.strip()}
            else:
                problems.add(mark, f"this line has {len(cells)} cells, not {len(columns)}: check its commas and quotes")
    except csv.Error as error:
        problems.add(Mark(shown, lines.line_num), f"broken CSV ({error}): check the quotes in this line")
