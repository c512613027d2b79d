"""Everything that staff change about a city, by kind: its form, who may publish it, how a list shows it.

A body is the JSON of the kind's row in the city's files, without its key: the key is the entry's slug.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from knowledge_base import kind_checks
from knowledge_base.agency_files import AgencyFile
from knowledge_base.areas import Landmark
from knowledge_base.cards import Card
from knowledge_base.categories import Category
from knowledge_base.city import City
from knowledge_base.city_rows import Filled, Row
from knowledge_base.desk_files import Holiday, QuickReply
from knowledge_base.faq import ArticleFile
from knowledge_base.faults import Fault, faults_of
from knowledge_base.storable import storable

Body = Mapping[str, Any]
LONGEST_TITLE = 200


class Sentence(Row):
    """One sentence of the bot, by its key in `wording/id.yml`."""

    key: Filled
    text: Filled


@dataclass(frozen=True, slots=True)
class Kind:
    """``key`` is the field of ``model`` that is the slug; ``title_field`` the one that lists show (empty: the slug).

    ``check`` complains of what would not fit the rest of the city.
    """

    slug: str
    model: type[Row]
    name: str
    two_people: bool
    key: str
    title_field: str
    check: Callable[[City, str, Any], Iterator[Fault]]

    def title(self, slug: str, body: Body) -> str:
        """How lists show it; its slug where it has no title yet."""
        said = str(body.get(self.title_field) or "").strip() if self.title_field else ""
        return (said or slug)[:LONGEST_TITLE]

    def words(self, slug: str, body: Body) -> str:
        """Everything it may be found by, in small letters."""
        return " ".join(dict.fromkeys((slug, *_texts(body)))).casefold()

    def owner(self, body: Body) -> str | None:
        """Who is reminded of it: a username, or an office for a card."""
        said = body.get("owner")
        return said[:80] if isinstance(said, str) and said.strip() else None

    def review_on(self, body: Body) -> date | None:
        """From when its owner is warned; for a card the approval's last day."""
        said = body.get("expires" if self.slug == "card" else "review_on")
        try:
            return date.fromisoformat(said) if isinstance(said, str) else None
        except ValueError:
            return None

    def row(self, slug: str, body: Body) -> Row:
        """The body as the city's files would give it. Raises ValidationError."""
        return self.model.model_validate({**body, self.key: slug})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def body_of(kind: Kind, row: Row) -> dict[str, Any]:
    """A row of the city's files as an entry's body."""
    body = row.model_dump(mode="json", exclude={kind.key})
    if isinstance(row, Card) and row.kind == "card":
        body["body"] = "\n".join(f"{number}. {step}" for number, step in enumerate(row.steps, 1))
    return body


def checked(kind: str, slug: str, body: Body, city: City) -> tuple[dict[str, Any], list[Fault]]:
    """The body as it is kept, and what is wrong with it in this city; one with faults can be kept as a draft only.

    Raises KeyError for an unknown kind.
    """
    what = KINDS[kind]
    given = {key: value for key, value in storable(body).items() if key not in ("withdrawn", what.key)}
    wish = {"expires": given.get("expires")} if kind == "card" else {}  # its last day counts once it is approved
    if kind == "card":
        given = _unapproved(given)
    try:
        row = what.row(slug, given)
    except ValidationError as error:
        return given | wish, faults_of(error)
    faults = [*what.check(city, slug, row), *kind_checks.last_day(wish.get("expires"))]
    return body_of(what, row) | wish, faults


def _unapproved(body: dict[str, Any]) -> dict[str, Any]:
    """A card without its approval, which only publishing gives, and its steps in one line each."""
    kept = body | {"approved_by": None, "approved_on": None, "expires": None, "version": 1, "example": False}
    steps = kept.get("steps")
    if kept.get("kind") == "card" and isinstance(steps, list):
        kept["steps"] = [" ".join(one.split()) if isinstance(one, str) else one for one in steps]
        kept["body"] = ""
    elif isinstance(kept.get("body"), str):
        kept["steps"], kept["body"] = [], "\n".join(kept["body"].splitlines()).strip()
    return kept


_KINDS = (
    Kind("article", ArticleFile, "Jawaban", True, "topic", "title", kind_checks.article),
    Kind("card", Card, "Kartu dan SOP", True, "slug", "title", kind_checks.card),
    Kind("wording", Sentence, "Kalimat bot", True, "key", "text", kind_checks.sentence),
    Kind("category", Category, "Kategori darurat", True, "slug", "name", kind_checks.category),
    Kind("agency", AgencyFile, "Instansi", False, "slug", "name", kind_checks.agency),
    Kind("landmark", Landmark, "Patokan", False, "slug", "name", kind_checks.landmark),
    Kind("quick_reply", QuickReply, "Balasan cepat", False, "slug", "title", kind_checks.quick_reply),
    Kind("holiday", Holiday, "Hari libur", False, "date", "name", kind_checks.holiday),
)
KINDS: Mapping[str, Kind] = MappingProxyType({one.slug: one for one in _KINDS})
