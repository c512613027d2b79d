"""What no file can check alone: the files of one city against each other."""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge_base.agency_files import AgencyFile
from knowledge_base.areas import Area, Landmark
from knowledge_base.cards import Card
from knowledge_base.categories import Category
from knowledge_base.city_facts import CityFacts
from knowledge_base.city_rows import Point
from knowledge_base.faq import ArticleFile
from knowledge_base.problems import Mark, Problems

# About 55 km: beyond it a position that the city's own file names is a slip of the pen.
FAR_OUTSIDE = 0.5


@dataclass(frozen=True, slots=True)
class Loaded:
    """One city's rows, each with the mark of where it stands; `facts` is None when city.yml could not be read."""

    slug: str
    facts: tuple[Mark, CityFacts] | None
    areas: list[tuple[Mark, Area]]
    landmarks: list[tuple[Mark, Landmark]]
    agencies: list[tuple[Mark, AgencyFile]]
    categories: list[tuple[Mark, Category]]
    wording: dict[str, tuple[Mark, str]]
    articles: list[tuple[Mark, ArticleFile]]
    cards: list[tuple[Mark, Card]]


def check_together(loaded: Loaded, problems: Problems) -> None:
    """Complain of everything in which two files (or two rows) contradict each other."""
    _check_facts(loaded, problems)
    _check_area_codes(loaded, problems)
    _check_area_names(loaded.areas, problems)
    _check_landmarks(loaded, problems)
    _check_categories(loaded, problems)
    _check_posts(loaded, problems)
    _check_points(loaded, problems)
    known = {category.slug for _, category in loaded.categories}
    for mark, card in loaded.cards:
        for slug in card.categories:
            if known and slug not in known:
                problems.add(mark, f"there is no category `{slug}`: correct it, or add it to categories.yml")


def _check_facts(loaded: Loaded, problems: Problems) -> None:
    if loaded.facts is None:
        return
    mark, facts = loaded.facts
    if facts.slug != loaded.slug:
        problems.add(mark, f"slug `{facts.slug}` stands in the folder `{loaded.slug}`: make them the same")
    if loaded.areas and facts.code not in {area.code for _, area in loaded.areas}:
        problems.add(mark, f"code {facts.code} is not in districts.csv: correct one of them")


def _check_area_codes(loaded: Loaded, problems: Problems) -> None:
    """Every kelurahan belongs to the kecamatan that its code and its line both name."""
    kecamatan = {area.code: area.name for _, area in loaded.areas if area.level == "kecamatan"}
    seen: dict[str, Mark] = {}
    for mark, area in loaded.areas:
        if area.code in seen:
            problems.add(mark, f"code {area.code} is already in line {seen[area.code].line}: keep one")
        seen[area.code] = mark
        wants = {"kota": 5, "kecamatan": 8}.get(area.level, 13)
        if len(area.code) != wants:
            problems.add(mark, f"code {area.code} is not that of a {area.level}: correct `kode` or `tingkat`")
        elif area.level != "kota" and kecamatan.get(area.code[:8]) != area.kecamatan:
            named = kecamatan.get(area.code[:8], "no kecamatan at all")
            problems.add(
                mark, f"{area.name}: code {area.code[:8]} is {named}, not `{area.kecamatan}`: correct one of them"
            )


def _check_area_names(areas: list[tuple[Mark, Area]], problems: Problems) -> None:
    """Two villages of one name need aliases that tell them apart; an alias belongs to one village alone."""
    named: dict[str, list[tuple[Mark, Area]]] = {}
    alias_of: dict[str, Area] = {}
    for mark, area in areas:
        if area.is_village:
            named.setdefault(area.name.casefold(), []).append((mark, area))
            for alias in area.aliases:
                other = alias_of.setdefault(alias.casefold(), area)
                if other is not area:
                    problems.add(
                        mark, f"the alias `{alias}` also belongs to {other.name} ({other.code}): keep it for one"
                    )
    for same in named.values():
        for mark, area in same:
            if len(same) > 1 and not area.aliases:
                problems.add(mark, f"there are {len(same)} villages named {area.name}: give each an alias of its own")


def _check_landmarks(loaded: Loaded, problems: Problems) -> None:
    codes = {area.code for _, area in loaded.areas if area.is_village}
    seen: dict[str, Mark] = {}
    for mark, landmark in loaded.landmarks:
        if landmark.area_code and codes and landmark.area_code not in codes:
            problems.add(mark, f"{landmark.area_code} is no kelurahan or negeri of districts.csv: correct or empty it")
        if landmark.outside and landmark.area_code:
            problems.add(mark, "a place outside the city has no kelurahan of it: empty `kelurahan_kode` or `luar`")
        for name in (landmark.name, *landmark.aliases):
            first = seen.setdefault(name.casefold(), mark)
            if first != mark:
                problems.add(mark, f"`{name}` already names the place in line {first.line}: keep it for one")


def _check_categories(loaded: Loaded, problems: Problems) -> None:
    agencies = {agency.slug for _, agency in loaded.agencies}
    cards = {card.slug for _, card in loaded.cards}
    for mark, category in loaded.categories:
        _must_exist(
            mark, category.agencies.every, agencies, problems, what="agency", where=f"{loaded.slug}/agencies.yml"
        )
        _must_exist(mark, category.cards, cards, problems, what="card", where="sop/")
        keys = (question.wording for question in category.questions)
        _must_exist(mark, keys, set(loaded.wording), problems, what="sentence", where="wording/id.yml")


def _must_exist(
    mark: Mark, names: Iterable[str], known: set[str], problems: Problems, *, what: str, where: str
) -> None:
    """Complain of names that are not known; an empty `known` has had its own complaint."""
    for name in names:
        if known and name not in known:
            problems.add(mark, f"there is no {what} `{name}` in {where}: add it there or correct it here")


def _check_posts(loaded: Loaded, problems: Problems) -> None:
    codes = {area.code for _, area in loaded.areas if area.is_village}
    for mark, agency in loaded.agencies:
        for post in agency.posts:
            if post.area_code and codes and post.area_code not in codes:
                problems.add(
                    mark, f"{post.name}: {post.area_code} is no kelurahan of districts.csv: correct or remove it"
                )


def _check_points(loaded: Loaded, problems: Problems) -> None:
    """What lies in the city lies in its box; what its people name outside lies near it."""
    if loaded.facts is None:
        return
    bounds = loaded.facts[1].bounds
    placed: list[tuple[Mark, str, Point | None, float]] = [
        *((mark, area.name, area.point, 0.0) for mark, area in loaded.areas),
        *((mark, place.name, place.point, FAR_OUTSIDE if place.outside else 0.0) for mark, place in loaded.landmarks),
        *((mark, post.name, post.point, 0.0) for mark, agency in loaded.agencies for post in agency.posts),
    ]
    for mark, name, point, margin in placed:
        if point is not None and not bounds.holds(point, margin):
            problems.add(
                mark, f"{name}: {point.lat}, {point.lon} lies outside the bounds of city.yml: correct or empty it"
            )
