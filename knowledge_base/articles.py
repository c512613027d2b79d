"""The published answers of a city, as the bot says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from knowledge_base.city import City
from knowledge_base.faq import ArticleFile
from knowledge_base.opening_hours import Span, span_of


@dataclass(frozen=True, slots=True)
class Article:
    """One published answer, ``sms`` its short form; both, and all other wordings, hold {city}, {short}, {voice} and
    {sms_number}.

    ``ways`` is the whole answer by language (``Understanding.language``); ``local`` what people in a kecamatan (its
    name in small letters) are told instead of the answer and of its short form; ``more`` the lines under it, numbers
    and links.
    """

    topic: str
    title: str
    answer: str
    sms: str | None = None
    ways: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    phones: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    hours: tuple[Span, ...] = ()
    hours_note: str | None = None
    closed_on_holidays: bool = True
    variants: tuple[str, ...] = ()
    picture: str | None = None

    def text(self, *, sms: bool, language: str = "id", kecamatan: str | None = None) -> str:
        """The wording for this person: of their kecamatan, else in their language, else the one for all."""
        here = self.local.get((kecamatan or "").lower())
        if here is not None:
            return here[1] if sms and here[1] else here[0]
        if sms and self.sms:
            return self.sms
        return self.ways.get(language, self.answer)


def article_of(one: ArticleFile) -> Article:
    """An answer as staff keep it, made ready to be said."""
    ways = {"ambon": one.ambonese, "kendari": one.kendari}
    return Article(
        topic=one.topic,
        title=one.title,
        answer=one.answer,
        sms=one.sms,
        ways={language: text for language, text in ways.items() if text},
        local={name.lower(): (here.answer, here.sms) for here in one.local for name in here.kecamatan},
        phones=tuple(f"{phone.label}: {phone.number}" for phone in one.phones),
        links=tuple(f"{link.label}: {link.url}" for link in one.links),
        hours=tuple(span_of(row.days, row.opens, row.closes) for row in one.hours),
        hours_note=one.hours_note,
        closed_on_holidays=one.closed_on_holidays,
        variants=one.variants,
        picture=one.picture,
    )


def articles_in(city: City) -> dict[str, Article]:
    """Every answer that the bot may give in this city, by topic."""
    return {one.topic: article_of(one) for one in city.articles}


def taught_in(city: City) -> Iterator[tuple[str, str]]:
    """The city's own ways to ask: topic and words."""
    return ((one.topic, text) for one in city.articles for text in one.variants)
