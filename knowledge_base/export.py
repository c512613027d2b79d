"""A city out of the database back into files: `load_city` on them and a seeding give the same city again.

The folder holds `_shared` as the program has it, and the city's own folder in which every entry stands whole: laid over
the shared files, or over those of the next release, it says the same.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from knowledge_base.areas import KEPT_COLUMNS
from knowledge_base.city import City
from knowledge_base.kinds import KINDS
from knowledge_base.learning.phrases import of_examples
from knowledge_base.phrases import CITIES, SHARED, Phrase, load_phrases
from knowledge_base.picture_files import FOLDER as PICTURES
from knowledge_base.picture_files import PictureFile, pictures_of
from knowledge_base.problems import Mark, Problems
from knowledge_base.seed import from_files
from knowledge_base.tables import entry
from knowledge_base.yaml_text import yaml_text

LISTS = {
    "article": "faq.yml",
    "agency": "agencies.yml",
    "category": "categories.yml",
    "quick_reply": "quick_replies.yml",
    "holiday": "holidays.yml",
}
WORDING, LANDMARKS, CARDS = "wording/id.yml", "landmarks.csv", "sop"
TAUGHT = "phrases/contoh.yml"
WRITTEN = frozenset({*LISTS.values(), LANDMARKS, "wording", CARDS, PICTURES})
HEADING = "Written by `sigap export` as it stood in the database. A person's edit there wins over this file."


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry as it is exported."""

    kind: str
    slug: str
    body: Mapping[str, Any]
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Everything of a city that the database holds and files can."""

    entries: Sequence[Kept]
    examples: Sequence[Phrase]
    pictures: Sequence[PictureFile]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and the accepted examples that could not be: the files teach the same words otherwise."""

    files: tuple[str, ...]
    left_out: tuple[str, ...]


def find(connection: Connection, city: City) -> Found:
    """What there is to export; ``city`` as its files have it gives the order."""
    order = {(one.kind, one.slug): number for number, one in enumerate(from_files(city))}
    query = select(entry.c.kind, entry.c.slug, entry.c.body, entry.c.withdrawn_at).where(entry.c.city == city.slug)
    rows = [Kept(row.kind, row.slug, row.body, row.withdrawn_at is not None) for row in connection.execute(query)]
    rows.sort(key=lambda one: (order.get((one.kind, one.slug), len(order)), one.kind, one.slug))
    return Found(rows, of_examples(connection, city.slug), pictures_of(connection, city.slug))


def write(found: Found, city: str, folder: Path, root: Path = CITIES) -> Exported:
    """Write the city into ``folder``. Raises CityDataError, and writes nothing, where it is there already."""
    target = folder / city
    if target.exists():
        problems = Problems()
        problems.add(Mark(str(target), 1), "this is there already: name a folder that does not have it yet")
        raise problems.error()
    shutil.copytree(root / SHARED, folder / SHARED, dirs_exist_ok=True)
    shutil.copytree(root / city, target, ignore=lambda at, _: WRITTEN if Path(at) == root / city else set())
    files = {name: _list(found, kind) for kind, name in LISTS.items()}
    files[WORDING] = yaml_text(
        {one.slug: one.body["text"] for one in _of(found, "wording") if not one.withdrawn}, HEADING
    )
    files[LANDMARKS] = _landmarks(_of(found, "landmark"))
    files |= {f"{CARDS}/{one.slug}.md": _card(one) for one in _of(found, "card")}
    taught, left_out = _teachable(found.examples, load_phrases(city, root))
    if taught:
        files[TAUGHT] = _phrases(taught, target / TAUGHT)
    for name, text in files.items():
        _put(target / name, text.encode())
    for picture in found.pictures:
        _put(target / PICTURES / picture.file_name, picture.data)
    return Exported(tuple(sorted(files)), tuple(left_out))


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _of(found: Found, kind: str) -> list[Kept]:
    return [one for one in found.entries if one.kind == kind]


def _list(found: Found, kind: str) -> str:
    """Every field stands there, empty ones too: a shared file below must not show through."""
    key = KINDS[kind].key
    rows = [{key: one.slug, **one.body, **_gone(one)} for one in _of(found, kind)]
    return yaml_text(rows, HEADING)


def _gone(one: Kept) -> dict[str, bool]:
    return {"withdrawn": True} if one.withdrawn else {}


def _card(one: Kept) -> str:
    front = {key: value for key, value in one.body.items() if key not in ("body", "steps")}
    return f"---\n{yaml_text({'slug': one.slug, **front, **_gone(one)})}---\n{one.body['body']}\n"


def _landmarks(kept: Iterable[Kept]) -> str:
    lines = io.StringIO()
    rows = csv.writer(lines, lineterminator="\n")
    rows.writerow(KEPT_COLUMNS)
    for one in kept:
        body = one.body
        rows.writerow(
            [
                body["name"],
                body["kind"],
                ";".join(body["aliases"]),
                *("" if body[name] is None else body[name] for name in ("area_code", "lat", "lon", "radius_m")),
                "ya" if body["outside"] else "",
                one.slug,
                "ya" if one.withdrawn else "",
            ]
        )
    return lines.getvalue()


def _teachable(examples: Iterable[Phrase], known: Iterable[Phrase]) -> tuple[list[Phrase], list[str]]:
    """The examples that teach something, and those whose words the files teach as something else."""
    meant = {_words(one.text): one.intent for one in known}
    taught, left_out = [], []
    for one in examples:
        intent = meant.setdefault(_words(one.text), "")
        if not intent:
            meant[_words(one.text)] = one.intent
            taught.append(one)
        elif intent != one.intent:
            left_out.append(f"{one.text} ({one.intent}, {intent})")
    return taught, left_out


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def _phrases(taught: Iterable[Phrase], there: Path) -> str:
    """In nlu.yml form, after those of an earlier export."""
    earlier = there.read_text(encoding="utf-8").rstrip("\n") + "\n" if there.exists() else ""
    by_intent: dict[str, list[dict[str, Any]]] = {}
    for one in taught:
        more = {"metadata": one.metadata} if one.metadata else {}
        by_intent.setdefault(one.intent, []).append({"text": one.text, **more})
    items = [{"intent": intent, "examples": rows} for intent, rows in sorted(by_intent.items())]
    if not earlier:
        return yaml_text({"version": "3.1", "nlu": items}, HEADING)
    return earlier + "".join(f"  {line}\n" for line in yaml_text(items).splitlines())
