"""From a decided line to the words that a citizen reads: the wording, an answer or a card, on this channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bots.state import Line
from handoff.conversations import Reply
from knowledge_base.city import City

SMS = "sms"
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SMS_NUMBER = re.compile(r"\{sms_number\}")
_TELEPHONE = re.compile(r"tele?pon|tel[pf]|menelfon", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A published answer of the knowledge base."""

    text: str
    sms: str | None


@dataclass(frozen=True, slots=True)
class Words:
    """A city's texts, ready to be said. ``answers`` by topic; ``sms_number`` is the city's own, not 112."""

    city: City
    answers: Mapping[str, Answer]
    sms_number: str

    def reply(self, line: Line, channel: str, about: Mapping[str, str], *, cannot_call: bool = False) -> Reply:
        """The reply that says ``line``. ``about`` fills placeholders: category, place, code.

        ``cannot_call``: for someone deaf or speech-impaired, who is never told to telephone.
        """
        return Reply(
            text=self._text(line, channel, {**about, **line.params}, cannot_call),
            urgency=line.urgency,
            wait=line.wait,
            lifetime=line.lifetime,
            buttons=tuple((data, self.say(key, channel)) for data, key in line.buttons),
            ask_location=line.ask_location,
            card=self._card_version(line.card),
            extra=self._extra(line, channel),
        )

    def _extra(self, line: Line, channel: str) -> dict[str, str]:
        """Names that a channel needs for buttons of its own."""
        names = {"location_button": line.ask_location, "list_button": len(line.buttons) > 3}
        return {name: self.say(name, channel) for name, wanted in names.items() if wanted}

    def say(self, key: str, channel: str, *, cannot_call: bool = False, **params: str) -> str:
        """One sentence of the wording, in the form that fits channel and person. Raises KeyError for an unknown key."""
        names = [f"{key}_no_call"] if cannot_call else []
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

    def _text(self, line: Line, channel: str, params: Mapping[str, str], cannot_call: bool) -> str:
        parts = []
        if line.topic is not None:
            parts.append(self._answer(line.topic, channel))
        if line.card is not None:
            parts.append(self._card(line.card, channel))
        if cannot_call:  # the wording has forms of its own for them; answers and cards have not
            parts = [_without(_TELEPHONE, part) for part in parts]
        parts += [self.say(key, channel, cannot_call=cannot_call, **params) for key in line.keys]
        return ("\n" if line.topic else " ").join(parts)

    def _answer(self, topic: str, channel: str) -> str:
        answer = self.answers[topic]
        text = answer.sms if channel == SMS and answer.sms else answer.text
        if not self.sms_number:
            text = _without(_SMS_NUMBER, text)  # no sentence names a number that the city does not have
        return text.format_map(self._known)

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
