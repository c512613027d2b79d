"""A city as its files describe it: one folder laid over `_shared`, checked, with file and line in every error.

`load_city("ambon")` gives everything that the product knows of Ambon before staff change anything. It only reads
files; what staff change by hand lives in the database and is seeded from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from yaml.nodes import MappingNode, Node

from knowledge_base.agency_files import AgencyFile, Post
from knowledge_base.areas import Area, Landmark, read_areas, read_landmarks
from knowledge_base.cards import Card, read_cards
from knowledge_base.categories import Category, CategoryAgencies, Question
from knowledge_base.city_checks import Loaded, check_together
from knowledge_base.city_facts import Bounds, CityFacts, Neighbour, Shift
from knowledge_base.city_rows import Phone, Point, Row
from knowledge_base.desk_files import Holiday, QuickReply
from knowledge_base.faq import ArticleFile, articles_of
from knowledge_base.phrases import CITIES, SHARED, Phrase, load_phrases
from knowledge_base.problems import CityDataError, Mark, Problem, Problems
from knowledge_base.slugs import slug_of
from knowledge_base.wording_file import placeholders, wording_of
from knowledge_base.yaml_source import listed, over, read_yaml, validated

__all__ = [
    "AgencyFile",
    "Area",
    "ArticleFile",
    "Bounds",
    "Card",
    "Category",
    "CategoryAgencies",
    "City",
    "CityDataError",
    "Holiday",
    "Landmark",
    "Neighbour",
    "Phone",
    "Phrase",
    "Point",
    "Post",
    "Problem",
    "Question",
    "QuickReply",
    "Shift",
    "in_earnest",
    "load_cities",
    "load_city",
    "load_phrases",
]

Listed = TypeVar("Listed", bound=Row)
Kept = TypeVar("Kept", Landmark, AgencyFile, ArticleFile, Card, QuickReply, Holiday)


@dataclass(frozen=True, slots=True)
class City:
    """Everything that is known of a city: by its files, and with what staff have published over them (`live_city`).

    `centre` and `bounds` are for the map and the guess "out of area": neither is ever an incident's place. A card in
    `cards` may be unapproved: ask `card.approved_at(day)` before sending it. What is withdrawn stands in `withdrawn`
    alone, by kind. `fillings` are the placeholders that the program fills in each sentence; `file_wording` and
    `file_categories` what the files say, whatever staff have published since.
    """

    slug: str
    name: str
    short_name: str
    timezone: ZoneInfo
    timezone_label: str
    code: str
    incident_prefix: str
    centre: Point
    bounds: Bounds
    voice_number: str
    national_numbers: tuple[Phone, ...]
    neighbours: tuple[Neighbour, ...]
    shifts: tuple[Shift, ...]
    demo_number_prefix: str
    areas: tuple[Area, ...]
    landmarks: tuple[Landmark, ...]
    agencies: tuple[AgencyFile, ...]
    categories: Mapping[str, Category]
    wording: Mapping[str, str]
    articles: tuple[ArticleFile, ...]
    cards: tuple[Card, ...]
    quick_replies: tuple[QuickReply, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    fillings: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    withdrawn: Mapping[str, tuple[Row, ...]] = field(default_factory=lambda: MappingProxyType({}))
    file_wording: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    file_categories: Mapping[str, Category] = field(default_factory=lambda: MappingProxyType({}))

    def area(self, code: str) -> Area | None:
        """The area with this Kemendagri code, or None."""
        return next((area for area in self.areas if area.code == code), None)

    def agency(self, slug: str) -> AgencyFile | None:
        """The agency with this slug, or None."""
        return next((agency for agency in self.agencies if agency.slug == slug), None)

    def card(self, slug: str) -> Card | None:
        """The card with this slug, approved or not, or None."""
        return next((card for card in self.cards if card.slug == slug), None)

    def holiday(self, day: date) -> Holiday | None:
        """The public holiday that falls on `day` (the city's own date), or None."""
        return next((holiday for holiday in self.holidays if holiday.falls_on(day)), None)


def in_earnest(city: City) -> City:
    """The city without the approvals that are only examples: what nobody of the city has approved is never sent."""
    if not any(card.example for card in city.cards):
        return city
    nobody = {"approved_by": None, "approved_on": None, "expires": None}
    return replace(city, cards=tuple(one.model_copy(update=nobody) if one.example else one for one in city.cards))


def load_city(slug: str, root: Path | None = None) -> City:
    """The city in the folder `slug` under `root`; raises `CityDataError` with every problem of its files at once."""
    root = root or CITIES
    problems = Problems()
    if not (root / slug).is_dir():
        problems.add(
            Mark(f"{slug}/city.yml", 1), f"there is no city `{slug}`: make its folder, or correct SIGAP_CITIES"
        )
        raise problems.error()
    loaded = Loaded(
        slug=slug,
        facts=_facts(slug, root, problems),
        areas=read_areas(root / slug / "districts.csv", f"{slug}/districts.csv", problems),
        landmarks=read_landmarks(root / slug / "landmarks.csv", f"{slug}/landmarks.csv", problems),
        agencies=_listed(AgencyFile, "slug", _layers(root, slug, "agencies.yml", problems), problems),
        categories=_listed(Category, "slug", _layers(root, slug, "categories.yml", problems), problems),
        wording=wording_of(_layers(root, slug, "wording/id.yml", problems), problems),
        articles=articles_of(slug, _layers(root, slug, "faq.yml", problems), problems),
        cards=_cards(slug, root, problems),
        quick_replies=_optional(QuickReply, "slug", root, slug, "quick_replies.yml", problems),
        holidays=_optional(Holiday, "date", root, slug, "holidays.yml", problems),
        broken=problems.files(),  # stands last: by now every file has been read
    )
    check_together(loaded, problems)
    if problems or loaded.facts is None:
        raise problems.error()
    return _city(loaded.facts[1], loaded)


def load_cities(slugs: Iterable[str], root: Path | None = None) -> dict[str, City]:
    """The cities by slug; raises `CityDataError` with the problems of all of them together."""
    cities = {}
    found: list[Problem] = []
    for slug in slugs:
        try:
            cities[slug] = load_city(slug, root)
        except CityDataError as error:
            found += error.problems
    if found:
        raise CityDataError(dict.fromkeys(found))
    return cities


def _facts(slug: str, root: Path, problems: Problems) -> tuple[Node, CityFacts] | None:
    node = read_yaml(root / slug / "city.yml", f"{slug}/city.yml", problems)
    facts = validated(CityFacts, node, problems) if node is not None else None
    return (node, facts) if node is not None and facts is not None else None


def _layers(root: Path, slug: str, name: str, problems: Problems) -> list[Node]:
    """The shared file and the city's own; complains when there is neither."""
    if not any((root / folder / name).exists() for folder in (SHARED, slug)):
        problems.add(Mark(f"{slug}/{name}", 1), f"the file is missing, here and as {SHARED}/{name}: create one of them")
    return _layers_there(root, slug, name, problems)


def _layers_there(root: Path, slug: str, name: str, problems: Problems) -> list[Node]:
    shown = [f"{folder}/{name}" for folder in (SHARED, slug) if (root / folder / name).exists()]
    return [node for file in shown if (node := read_yaml(root / file, file, problems)) is not None]


def _listed(model: type[Listed], key: str, layers: list[Node], problems: Problems) -> list[tuple[Node, Listed]]:
    """A list's entries: the shared ones, a field that the city names laid over them, the city's own after them."""
    laid: dict[str, MappingNode] = {}
    for layer in layers:
        for name, item in listed(layer, key, problems).items():
            laid[name] = over(laid[name], item) if name in laid else item
    checked = ((item, validated(model, item, problems)) for item in laid.values())
    return [(item, row) for item, row in checked if row is not None]


def _optional(
    model: type[Listed], key: str, root: Path, slug: str, name: str, problems: Problems
) -> list[tuple[Node, Listed]]:
    return _listed(model, key, _layers_there(root, slug, name, problems), problems)


def _cards(slug: str, root: Path, problems: Problems) -> list[tuple[Mark, Card]]:
    """The cards: a city's card takes the place of the shared one whole, for an approval belongs to its text."""
    shared = read_cards(root / SHARED / "sop", f"{SHARED}/sop", problems)
    own = read_cards(root / slug / "sop", f"{slug}/sop", problems)
    found = shared | own
    if not found:
        problems.add(Mark(f"{SHARED}/sop", 1), "there is no card: write at least one `<slug>.md`")
    return list(found.values())


def _city(facts: CityFacts, loaded: Loaded) -> City:
    """The city out of parts that have passed every check."""
    landmarks = _named(landmark for _, landmark in loaded.landmarks)
    agencies = [agency for _, agency in loaded.agencies]
    articles = [article for _, article in loaded.articles]
    cards = [card for _, card in loaded.cards]
    quick_replies = sorted((reply for _, reply in loaded.quick_replies), key=lambda one: (one.order, one.title))
    holidays = [holiday for _, holiday in loaded.holidays]
    wording = MappingProxyType({key: text for key, (_, text) in loaded.wording.items()})
    categories = MappingProxyType({category.slug: category for _, category in loaded.categories})
    return City(
        slug=facts.slug,
        name=facts.name,
        short_name=facts.short_name,
        timezone=facts.timezone,
        timezone_label=facts.timezone_label,
        code=facts.code,
        incident_prefix=facts.incident_prefix,
        centre=facts.centre,
        bounds=facts.bounds,
        voice_number=facts.voice_number,
        national_numbers=facts.national_numbers,
        neighbours=facts.neighbours,
        shifts=facts.shifts,
        demo_number_prefix=facts.demo.number_prefix,
        areas=tuple(area for _, area in loaded.areas),
        landmarks=_told(landmarks),
        agencies=_told(agencies),
        categories=categories,
        wording=wording,
        articles=_told(articles),
        cards=_told(cards),
        quick_replies=_told(quick_replies),
        holidays=_told(holidays),
        file_wording=wording,
        file_categories=categories,
        fillings=MappingProxyType({key: placeholders(text) for key, text in wording.items()}),
        withdrawn=MappingProxyType(
            {
                "landmark": _withdrawn(landmarks),
                "agency": _withdrawn(agencies),
                "article": _withdrawn(articles),
                "card": _withdrawn(cards),
                "quick_reply": _withdrawn(quick_replies),
                "holiday": _withdrawn(holidays),
            }
        ),
    )


def _named(landmarks: Iterable[Landmark]) -> list[Landmark]:
    """Each with a slug of its own, made of its name where the file gives none."""
    listed = list(landmarks)
    taken = {one.slug for one in listed}
    named = []
    for one in listed:
        slug = one.slug or slug_of(one.name, taken)
        taken.add(slug)
        named.append(one if one.slug else one.model_copy(update={"slug": slug}))
    return named


def _told(rows: Iterable[Kept]) -> tuple[Kept, ...]:
    return tuple(row for row in rows if not row.withdrawn)


def _withdrawn(rows: Iterable[Kept]) -> tuple[Kept, ...]:
    return tuple(row for row in rows if row.withdrawn)
