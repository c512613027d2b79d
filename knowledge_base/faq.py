"""Answers as the files hold them (`faq.yml`): the shared one, the city's words over it."""

from datetime import date

from yaml.nodes import MappingNode, Node

from knowledge_base.city_rows import Filled, Row, Slug
from knowledge_base.problems import Problems
from knowledge_base.yaml_source import entries, entry, listed, mark_of, over, validated

# A city that writes its own words has to say itself who confirmed them.
WORDS = ("answer", "sms")
CONFIRMATION = ("confirmed_on", "source")


class ArticleFile(Row):
    """One answer.

    `sms` is its short form (GSM-7, at most 306 places once filled), `ask` names whom to ask for more. `answer`, `ask`
    and `sms` may hold {city}, {short}, {voice} and {sms_number}. While `confirmed_on` is None nobody of the city has
    confirmed it, and the answer has to say so itself.
    """

    topic: Slug
    title: Filled
    answer: Filled
    sms: Filled
    ask: Filled
    confirmed_on: date | None = None
    source: str | None = None


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
    """The base with the city's words; new words lose the old confirmation unless they bring their own."""
    reworded = any(key in WORDS for key, _ in entries(own))
    kept = over(base, base, without=CONFIRMATION) if reworded else base
    return over(kept, own)
