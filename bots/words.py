"""From a decided line to the words that a citizen reads: the wording, an answer or a card, on this channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bots import clock_words
from bots.state import Book, Day, Line, button_label
from handoff.conversations import Reply
from knowledge_base.articles import Article
from knowledge_base.city import Category, City
from knowledge_base.sms_text import TWO_SEGMENTS, gsm7_length

SMS = "sms"
_FOR_ANYTHING = ("polisi", "psc119", "basarnas")  # agencies, where nobody knows yet what it is
_MOST_NUMBERS = 3
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SMS_NUMBER = re.compile(r"\{sms_number\}")
_TELEPHONE = re.compile(r"tele?pon|tel[pf]|menelfon", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """A city's texts, ready to be said. ``answers`` by topic; ``sms_number`` is the city's own, not 112."""

    city: City
    answers: Mapping[str, Article]
    sms_number: str

    def reply(
        self,
        line: Line,
        channel: str,
        about: Mapping[str, str],
        now: datetime,
        *,
        cannot_call: bool = False,
        gently: bool = False,
    ) -> Reply:
        """The reply that says ``line``. ``about`` fills placeholders: category, place, code, numbers.

        ``cannot_call``: for someone deaf or speech-impaired, who is never told to telephone. ``gently``: for someone
        who speaks of ending their life.
        """
        forms = (*(["gentle"] if gently else []), *(["no_call"] if cannot_call else []))
        return Reply(
            text=self._text(line, channel, {**about, **self._offered(line), **line.params}, now, forms),
            urgency=line.urgency,
            wait=line.wait,
            lifetime=line.lifetime,
            buttons=self._buttons(line, channel),
            ask_location=line.ask_location,
            card=self._card_version(line.card),
            picture=self._picture(line, channel),
            extra=self._extra(line, channel),
        )

    def _picture(self, line: Line, channel: str) -> str | None:
        answer = self.answers.get(line.topic or "")
        return answer.picture if answer and channel != SMS else None

    def _buttons(self, line: Line, channel: str) -> tuple[tuple[str, str], ...]:
        offers = [(f"topic:{topic}", button_label(self._title(topic))) for topic in line.offers]
        return (*((data, self.say(key, channel)) for data, key in line.buttons), *offers)

    def _offered(self, line: Line) -> dict[str, str]:
        return {"topics": "; ".join(self._title(topic) for topic in line.offers)} if line.offers else {}

    def _title(self, topic: str) -> str:
        return self.answers[topic].title if topic in self.answers else topic

    def _extra(self, line: Line, channel: str) -> dict[str, str]:
        """Names that a channel needs for buttons of its own."""
        names = {"location_button": line.ask_location, "list_button": len(line.buttons) > 3}
        return {name: self.say(name, channel) for name, wanted in names.items() if wanted}

    def kind(self, category: Category | None) -> str:
        """A kind of emergency as one would say it in a sentence."""
        if category is None:
            return ""
        return self.city.wording.get(f"kind_{category.slug}", category.name.lower())

    def numbers(self, category: Category | None) -> str:
        """Whom else to ring for this kind, from the city's agencies: "Basarnas 115, Ambulans 119".

        Only agencies that the bot may name; at most three; police, ambulance and rescue where nothing is known.
        """
        agencies = (*category.agencies.first, *category.agencies.also) if category else ()
        found = [number for slug in agencies if (number := self._number(slug))]
        found = found or [number for slug in _FOR_ANYTHING if (number := self._number(slug))]
        return ", ".join(found[:_MOST_NUMBERS])

    def _number(self, agency: str) -> str | None:
        """ "Basarnas 115", where the wording has a name for the agency and the city a number that one can dial."""
        name, known = self.city.wording.get(f"ring_{agency}"), self.city.agency(agency)
        phone = next((one.number for one in known.phones if one.via == "voice"), None) if known else None
        return f"{name} {phone}" if name and phone else None

    def say(self, key: str, channel: str, forms: Sequence[str] = (), **params: str) -> str:
        """One sentence of the wording, in the form that fits person and channel. Raises KeyError for an unknown key."""
        names = [f"{key}_{form}" for form in forms]
        names += [f"{key}_sms", key] if channel == SMS else [key]
        text = next((self.city.wording[name] for name in names if name in self.city.wording), None)
        if text is None:
            raise KeyError(key)
        return text.format_map({**self._known, **params})

    @property
    def _known(self) -> dict[str, str]:
        return {
            "voice": self.city.voice_number,
            "city": self.city.name,
            "short": self.city.short_name,
            "sms_number": self.sms_number,
        }

    def _text(self, line: Line, channel: str, params: Mapping[str, str], now: datetime, forms: Sequence[str]) -> str:
        parts = []
        if line.topic is not None:
            parts.append(self._answer(line, channel, now, no_call="no_call" in forms))
        if line.clock is not None:
            topic, day = line.clock
            parts.append(self._clock(self.answers[topic], channel, now, day))
        if line.card is not None:
            parts.append(self._card(line.card, channel))
        if "no_call" in forms:  # the wording has forms of its own for them; answers and cards have not
            parts = [_without(_TELEPHONE, part) for part in parts]
        parts += [self.say(key, channel, forms, **params) for key in line.keys]
        return ("\n" if line.topic else " ").join(parts)

    def _answer(self, line: Line, channel: str, now: datetime, *, no_call: bool) -> str:
        """The answer and the lines under it; on SMS only those that cost no third part."""
        assert line.topic is not None  # noqa: S101 - the caller looked
        article = self.answers[line.topic]
        text = article.text(sms=channel == SMS, language=line.language, kecamatan=line.kecamatan)
        if not self.sms_number:
            text = _without(_SMS_NUMBER, text)  # no sentence names a number that the city does not have
        under = [self._clock(article, channel, now)] if article.hours else []
        under += [*([] if no_call else article.phones), *article.links]
        said = text.format_map(self._known)
        for more in under:
            if channel != SMS or _fits(f"{said}\n{more}"):
                said = f"{said}\n{more}"
        return said

    def _clock(self, article: Article, channel: str, now: datetime, day: Day = "now") -> str:
        """Whether its office is open, by the city's own clock; then what there is to say of the hours beside it."""
        key, params = clock_words.of_hours(article, self.city, now.astimezone(self.city.timezone), day)
        words = {
            name: value if isinstance(value, str) else self.say(value[0], channel, **value[1])
            for name, value in params.items()
        }
        said = self.say(key, channel, **words)
        return f"{said} {article.hours_note}" if article.hours_note else said

    def _card_version(self, slug: str | None) -> str | None:
        card = self.city.card(slug) if slug else None
        return f"{card.slug}@{card.version}" if card else None

    def _card(self, slug: str, channel: str) -> str:
        """The steps of a card. An SMS carries the first alone: each further step would cost another message."""
        card = self.city.card(slug)
        steps = card.steps if card else ()
        if channel == SMS:
            return steps[0]
        return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _without(unwanted: re.Pattern[str], text: str) -> str:
    """``text`` without the sentences that hold something unwanted, unless nothing else is left."""
    lines = [" ".join(one for one in _SENTENCE.split(line) if not unwanted.search(one)) for line in text.splitlines()]
    return "\n".join(line for line in lines if line) or text


def _fits(text: str) -> bool:
    try:
        return gsm7_length(text) <= TWO_SEGMENTS
    except ValueError:
        return False


def book_of(city: City, answers: Mapping[str, Article], today: date) -> Book:
    """What the dialogue knows of the city. Cards count by the city's own date."""
    return Book(
        categories=city.categories,
        topics=frozenset(answers),
        cards=cards_to_send(city, today),
        titles={topic: one.title for topic, one in answers.items()},
        timed=frozenset(topic for topic, one in answers.items() if one.hours),
    )


def cards_to_send(city: City, today: date) -> dict[str, str]:
    """The pre-arrival cards that the bot may send today: "category" or "category:fact" -> the card's slug."""
    cards = [card for card in city.cards if card.kind == "card" and card.approved_at(today)]
    return {occasion: card.slug for card in cards for occasion in card.send_when}


def place_words(place: Mapping[str, object] | None) -> str:
    """A place as one would say it: "dekat Masjid Al-Fatah, Kel. Silale, Nusaniwe"."""
    if not place:
        return ""
    names = [place.get("landmark"), place.get("kelurahan"), place.get("kecamatan")]
    return ", ".join(str(name) for name in dict.fromkeys(names) if name)
