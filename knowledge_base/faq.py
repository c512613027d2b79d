"""Answers as the files hold them (`faq.yml`): the shared one, the city's words over it."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from yaml.nodes import MappingNode, Node

from knowledge_base.answer_parts import AnswerPhone, Link, LocalAnswer, Opening, overlapping
from knowledge_base.city_rows import Filled, Row, Slug
from knowledge_base.problems import Problems
from knowledge_base.yaml_source import entries, entry, listed, mark_of, over, validated

# A city that writes its own words has to say itself who confirmed them, and how they are said in its own way.
WORDS = ("answer", "sms")
OF_THE_OLD_WORDS = ("confirmed_on", "source", "ambonese", "kendari", "local")
Question = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ArticleFile(Row):
    """One answer.

    `sms` is its short form (GSM-7, at most 306 places once filled), `ask` names whom to ask for more. `answer`, `ask`
    and `sms` may hold {city}, {short}, {voice} and {sms_number}. While `confirmed_on` is None nobody of the city has
    confirmed it, and the answer has to say so itself.

    `variants` are ways to ask for it; `tests` are questions that it must answer and that are never taught. `ambonese`
    and `kendari` are the whole answer in those ways of speaking, `local` what single kecamatan are told instead.
    `hours` are by the city's own clock; `picture` is the id of one in the database. `owner` is the username of whoever
    is reminded from `review_on` on. A `withdrawn` answer is kept and told to nobody.
    """

    topic: Slug
    title: Filled
    answer: Filled
    sms: Filled
    ask: Filled
    confirmed_on: date | None = None
    source: str | None = None
    variants: tuple[Question, ...] = ()
    tests: tuple[Question, ...] = ()
    ambonese: Filled | None = None
    kendari: Filled | None = None
    local: tuple[LocalAnswer, ...] = ()
    links: tuple[Link, ...] = ()
    phones: tuple[AnswerPhone, ...] = ()
    hours: tuple[Opening, ...] = ()
    hours_note: str | None = None
    closed_on_holidays: bool = True
    picture: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")] | None = None
    owner: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    review_on: date | None = None
    withdrawn: bool = Field(default=False, exclude=True)

    @model_validator(mode="after")
    def _open_once_at_a_time(self) -> Self:
        day = overlapping(self.hours)
        if day is not None:
            raise ValueError(f"hours: two openings overlap on weekday {day}: join them")
        return self


def articles_of(slug: str, layers: list[Node], problems: Problems) -> list[tuple[Node, ArticleFile]]:
    """The city's answers: the shared ones, their own `cities: <slug>` words, then the city's file, by topic."""
    laid: dict[str, MappingNode] = {}
    for layer in layers:
        for topic, item in listed(layer, "topic", problems).items():
            laid[topic] = _reworded(laid[topic], item) if topic in laid else item
            own = _own_words(slug, item, problems)
            if own is not None:
                laid[topic] = _reworded(laid[topic], own)
    found: list[tuple[Node, ArticleFile]] = []
    for item in laid.values():
        article = validated(ArticleFile, over(item, item, without=("cities",)), problems)
        if article:
            found.append((item, article))
    return found


def _own_words(slug: str, item: MappingNode, problems: Problems) -> MappingNode | None:
    """What a shared answer says for this city alone."""
    cities = entry(item, "cities")
    own = entry(cities, slug) if cities is not None else None
    if own is not None and not isinstance(own, MappingNode):
        problems.add(mark_of(own), f"`{slug}` must hold the fields to change, as `answer: ...`")
        return None
    return own


def _reworded(base: MappingNode, own: MappingNode) -> MappingNode:
    """The base with the city's words; new words lose what belonged to the old ones unless they bring their own."""
    reworded = any(key in WORDS for key, _ in entries(own))
    kept = over(base, base, without=OF_THE_OLD_WORDS) if reworded else base
    return over(kept, own)
