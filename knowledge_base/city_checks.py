"""What no file can check alone: the files of one city against each other."""

from collections.abc import Iterable
from dataclasses import dataclass

from yaml.nodes import Node

from knowledge_base.agency_files import AgencyFile
from knowledge_base.areas import Area, Landmark
from knowledge_base.cards import Card
from knowledge_base.categories import Category
from knowledge_base.city_facts import CityFacts
from knowledge_base.city_rows import Point
from knowledge_base.desk_files import Holiday, QuickReply
from knowledge_base.faq import ArticleFile
from knowledge_base.problems import Mark, Problems
from knowledge_base.text_checks import check_articles, check_quick_replies, check_wording
from knowledge_base.yaml_source import mark_under

# About 55 km: beyond it a position that the city's own file names is a slip of the pen.
FAR_OUTSIDE = 0.5


@dataclass(frozen=True, slots=True)
class Loaded:
    """One city's rows, each with the node or the mark of where it stands.

    `facts` is None when city.yml could not be read. `broken` names the files with complaints of their own: what they
    seem to lack is not complained of again.
    """

    slug: str
    facts: tuple[Node, CityFacts] | None
    areas: list[tuple[Mark, Area]]
    landmarks: list[tuple[Mark, Landmark]]
    agencies: list[tuple[Node, AgencyFile]]
    categories: list[tuple[Node, Category]]
    wording: dict[str, tuple[Mark, str]]
    articles: list[tuple[Node, ArticleFile]]
    cards: list[tuple[Mark, Card]]
    quick_replies: list[tuple[Node, QuickReply]]
    holidays: list[tuple[Node, Holiday]]
    broken: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Register:
    """The names that other files may use: what they are, where they stand, whether that place was read whole."""

    what: str
    where: str
    names: frozenset[str]
    broken: frozenset[str]

    def require(self, mark: Mark, wanted: Iterable[str], problems: Problems) -> None:
        """Complain of each wanted name that is not there."""
        if any(self.where in file for file in self.broken):
            return
        for name in wanted:
            if name not in self.names:
                problems.add(mark, f"there is no {self.what} `{name}` in {self.where}: add it there or correct it here")


def check_together(loaded: Loaded, problems: Problems) -> None:
    """Complain of everything in which two files (or two rows) contradict each other."""
    _check_facts(loaded, problems)
    _check_area_codes(loaded, problems)
    _check_area_names(loaded.areas, problems)
    _check_landmarks(loaded, problems)
    _check_categories(loaded, problems)
    _check_posts(loaded, problems)
    _check_points(loaded, problems)
    _check_cards(loaded, problems)
    check_wording(loaded.wording, problems)
    check_quick_replies(loaded.quick_replies, problems)
    _check_kecamatan(loaded, problems)
    if loaded.facts is not None:
        check_articles(loaded.facts[1], loaded.articles, problems)


def _check_facts(loaded: Loaded, problems: Problems) -> None:
    if loaded.facts is None:
        return
    node, facts = loaded.facts
    if facts.slug != loaded.slug:
        problems.add(
            mark_under(node, "slug"), f"slug `{facts.slug}` stands in the folder `{loaded.slug}`: make them the same"
        )
    areas = frozenset(area.code for _, area in loaded.areas)
    _Register("area", "districts.csv", areas, loaded.broken).require(mark_under(node, "code"), [facts.code], problems)


def _check_area_codes(loaded: Loaded, problems: Problems) -> None:
    """Every kelurahan belongs to the kecamatan that its code and its line both name."""
    kecamatan = {area.code: area.name for _, area in loaded.areas if area.level == "kecamatan"}
    seen: dict[str, Mark] = {}
    for mark, area in loaded.areas:
        if area.code in seen:
            problems.add(mark, f"code {area.code} is already in line {seen[area.code].line}: keep one")
        seen[area.code] = mark
        length = {"kota": 5, "kecamatan": 8}.get(area.level, 13)
        parent = area.code[:8]
        if len(area.code) != length:
            problems.add(mark, f"code {area.code} is not that of a {area.level}: correct `kode` or `tingkat`")
        elif area.level != "kota" and kecamatan.get(parent) != area.kecamatan:
            named = kecamatan.get(parent, "no kecamatan at all")
            problems.add(mark, f"{area.name}: code {parent} is {named}, not `{area.kecamatan}`: correct one of them")


def _check_area_names(areas: list[tuple[Mark, Area]], problems: Problems) -> None:
    """Two villages of one name need aliases that tell them apart; an alias belongs to one village alone."""
    named: dict[str, list[tuple[Mark, Area]]] = {}
    alias_of: dict[str, Area] = {}
    for mark, area in areas:
        if not area.is_village:
            continue
        named.setdefault(area.name.casefold(), []).append((mark, area))
        for alias in area.aliases:
            other = alias_of.setdefault(alias.casefold(), area)
            if other is not area:
                problems.add(mark, f"the alias `{alias}` also belongs to {other.name} ({other.code}): keep it for one")
    for same in named.values():
        for mark, area in same:
            if len(same) > 1 and not area.aliases:
                problems.add(mark, f"there are {len(same)} villages named {area.name}: give each an alias of its own")


def _villages(loaded: Loaded) -> _Register:
    codes = frozenset(area.code for _, area in loaded.areas if area.is_village)
    return _Register("kelurahan or negeri", "districts.csv", codes, loaded.broken)


def _check_landmarks(loaded: Loaded, problems: Problems) -> None:
    villages = _villages(loaded)
    seen: dict[str, Mark] = {}
    for mark, landmark in loaded.landmarks:
        villages.require(mark, [landmark.area_code] if landmark.area_code else [], problems)
        if landmark.outside and landmark.area_code:
            problems.add(mark, "a place outside the city has no kelurahan of it: empty `kelurahan_kode` or `luar`")
        for name in (landmark.name, *landmark.aliases):
            first = seen.setdefault(name.casefold(), mark)
            if first != mark:
                problems.add(mark, f"`{name}` already names the place in line {first.line}: keep it for one")


def _check_categories(loaded: Loaded, problems: Problems) -> None:
    # A withdrawn card is simply not sent; a withdrawn agency would leave a category without whom to send.
    agencies = frozenset(agency.slug for _, agency in loaded.agencies if not agency.withdrawn)
    cards = frozenset(card.slug for _, card in loaded.cards)
    agency_register = _Register("agency", "agencies.yml", agencies, loaded.broken)
    card_register = _Register("card", "sop/", cards, loaded.broken)
    sentences = _Register("sentence", "wording/id.yml", frozenset(loaded.wording), loaded.broken)
    for node, category in loaded.categories:
        agency_register.require(mark_under(node, "agencies"), category.agencies.every, problems)
        card_register.require(mark_under(node, "cards"), category.cards, problems)
        asked = (question.wording for question in category.questions)
        sentences.require(mark_under(node, "questions"), asked, problems)


def _check_posts(loaded: Loaded, problems: Problems) -> None:
    villages = _villages(loaded)
    for node, agency in loaded.agencies:
        villages.require(
            mark_under(node, "posts"), (post.area_code for post in agency.posts if post.area_code), problems
        )


def _check_kecamatan(loaded: Loaded, problems: Problems) -> None:
    names = frozenset(area.name for _, area in loaded.areas if area.level == "kecamatan")
    register = _Register("kecamatan", "districts.csv", names, loaded.broken)
    for node, article in loaded.articles:
        told = (name for local in article.local for name in local.kecamatan)
        register.require(mark_under(node, "local"), told, problems)


def _check_cards(loaded: Loaded, problems: Problems) -> None:
    known = frozenset(category.slug for _, category in loaded.categories)
    categories = _Register("category", "categories.yml", known, loaded.broken)
    for mark, card in loaded.cards:
        categories.require(mark, [*card.categories, *(one.partition(":")[0] for one in card.send_when)], problems)
        if card.kind == "card" and not card.steps:
            problems.add(mark, "a card without a step: write at least one line `1. ...` below the second `---`")


def _check_points(loaded: Loaded, problems: Problems) -> None:
    """What lies in the city lies in its box; what its people name outside lies near it."""
    if loaded.facts is None:
        return
    bounds = loaded.facts[1].bounds
    placed: list[tuple[Mark, str, Point | None, float]] = [
        *((mark, area.name, area.point, 0.0) for mark, area in loaded.areas),
        *((mark, place.name, place.point, FAR_OUTSIDE if place.outside else 0.0) for mark, place in loaded.landmarks),
        *(
            (mark_under(node, "posts"), post.name, post.point, 0.0)
            for node, agency in loaded.agencies
            for post in agency.posts
        ),
    ]
    for mark, name, point, margin in placed:
        if point is not None and not bounds.holds(point, margin):
            where = f"{point.lat}, {point.lon}"
            problems.add(mark, f"{name}: {where} lies outside the bounds of city.yml: correct or empty it")
