"""Invented citizens who write: 45 % ask, 20 % fool about, 15 % complain, 20 % are in need. No two lines are alike."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from knowledge_base.city import City, load_phrases

Kind = Literal["question", "prank", "complaint", "emergency"]

MIX: Final[Mapping[Kind, int]] = {"question": 45, "prank": 20, "complaint": 15, "emergency": 20}
PAUSE: Final = 8.0  # seconds at least between two lines of one citizen: WhatsApp takes one reply in 6 s
GOES_ON: Final = 0.5  # the share of lines that come from somebody who has just written another
KNOWN: Final = 0.5  # the share of first lines that come from somebody who wrote on another day
PEOPLE: Final = 1_000_000  # as many invented numbers there are
CROWD: Final = 50_000  # of them begin with each seed; the first crowd are those who may be known


@dataclass(slots=True)
class Citizen:
    """One invented person. ``lines`` are what is left to say."""

    chat: str
    city: str
    account: int
    kind: Kind
    lines: deque[str]
    said: int = 0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of one citizen; ``number`` counts from 1."""

    chat: str
    account: int
    kind: Kind
    number: int
    text: str


def number_of(person: int) -> str:
    """An invented Indonesian mobile number, as WhatsApp writes it."""
    return f"628{person // 10_000:02d}5550{person % 10_000:04d}"


@dataclass
class Words:
    """What there is to be said in one city, by kind."""

    city: City
    by_kind: dict[Kind, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds: dict[str, Kind] = {"darurat": "emergency", "faq": "question", "iseng": "prank", "keluhan": "complaint"}
        for phrase in load_phrases(self.city.slug):
            kind = kinds.get(phrase.intent.split("_")[0])
            if kind is not None:
                self.by_kind.setdefault(kind, []).append(phrase.text)

    def lines(self, kind: Kind, dice: random.Random) -> list[str]:
        """A first line of this kind and what follows it."""
        first = f"{dice.choice(self.by_kind[kind])} {self._tail(dice)}".strip()
        mark = dice.choice(self.city.landmarks).name
        where = f"di dekat {mark} rumah nomor {dice.randrange(1, 400)}"
        people = dice.randrange(1, 9)
        follows: Mapping[Kind, Sequence[str]] = {
            "emergency": (where, f"ada {people} orang di sini, tolong cepat"),
            "question": (f"{dice.choice(self.by_kind['question'])} {self._tail(dice)}",),
            "prank": (f"{dice.choice(self.by_kind['prank'])} {people}",),
            "complaint": (where,),
        }
        return [first, *follows[kind]]

    @staticmethod
    def _tail(dice: random.Random) -> str:
        """Words that make a line its own, without a meaning of theirs."""
        return dice.choice(("pak", "bu", "min", "kak", "ya")) + f" {dice.randrange(200, 999)}"


class Citizens:
    """Who writes next. ``accounts`` are the cities of the accounts, by number; ``known`` wrote on another day.

    With another ``seed`` other people write, except those who are known. ``emergencies`` is their share; at 0 it is
    the mix's.
    """

    def __init__(
        self, cities: Mapping[str, City], accounts: Sequence[str], known: range, seed: int, emergencies: float = 0.0
    ) -> None:
        self._dice = random.Random(seed)
        self._mix: dict[Kind, float] = dict(MIX)
        if emergencies:
            others = sum(MIX.values()) - MIX["emergency"]
            self._mix["emergency"] = others * emergencies / (1 - emergencies)
        self._words = {slug: Words(city) for slug, city in cities.items()}
        self._accounts = accounts
        self._known = iter(known)
        self._new = iter(range(CROWD * (1 + seed % (PEOPLE // CROWD - 1)), PEOPLE))
        self._waiting: deque[tuple[float, Citizen]] = deque()

    def speak(self, now: float) -> Spoken:
        """The next line, at ``now`` seconds of a clock that only runs forward."""
        if self._waiting and self._waiting[0][0] <= now and self._dice.random() < GOES_ON:
            citizen = self._waiting.popleft()[1]
        else:
            citizen = self._somebody()
        citizen.said += 1
        spoken = Spoken(citizen.chat, citizen.account, citizen.kind, citizen.said, citizen.lines.popleft())
        if citizen.lines:
            self._waiting.append((now + PAUSE, citizen))
        return spoken

    def _somebody(self) -> Citizen:
        person = next(self._known, None) if self._dice.random() < KNOWN else None
        person = next(self._new) if person is None else person
        account = person % len(self._accounts)
        city = self._accounts[account]
        kind = self._dice.choices(list(self._mix), list(self._mix.values()))[0]
        lines = deque(self._words[city].lines(kind, self._dice))
        return Citizen(number_of(person), city, account, kind, lines)
