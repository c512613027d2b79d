"""What an account says of its bind to an SMSC. All words of an account are strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sms_gateway.driver import Problem
from sms_gateway.line import Line
from sms_gateway.smpp_pdu import Address
from sms_gateway.smpp_text import Alphabet

Role = Literal["transceiver", "transmitter", "receiver"]
Validity = Literal["relative", "absolute", "none"]
BINDS: Final[Mapping[str, tuple[Role, ...]]] = {
    "transceiver": ("transceiver",),
    "pair": ("transmitter", "receiver"),
    "transmitter": ("transmitter",),
    "receiver": ("receiver",),
}
WORDS: Final = (
    *("host", "port", "system_id", "password", "system_type", "bind", "source", "source_ton", "source_npi"),
    *("dest_ton", "dest_npi", "address_range", "addr_ton", "addr_npi", "service_type", "priority", "validity"),
    *("alphabet", "window", "answer_within", "enquire_every", "tls", "tls_ca", "tls_name"),
)
_YES: Final = ("yes", "true", "1", "on", "ya")
_NO: Final = ("no", "false", "0", "off", "tidak", "")
_LONGEST: Final = {"system_id": 15, "password": 63, "system_type": 12, "service_type": 5, "address_range": 40}


@dataclass(frozen=True, slots=True)
class Settings:
    """One account with one SMSC. Times in seconds."""

    host: str
    port: int
    system_id: str
    password: str
    system_type: str
    roles: tuple[Role, ...]
    source: Address
    wanted: Address  # of the bind: whose SMS; empty for all of the account's
    dest_ton: int
    dest_npi: int
    service_type: str
    alphabet: Alphabet
    validity: Validity
    priority: bool  # whether an urgent SMS is marked as one
    window: int  # submissions that wait for their answers at once
    tls: bool
    tls_ca: str
    tls_name: str
    answer_within: float
    enquire_every: float


class _Words:
    """The words of an account, with what is wrong with them."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self.problems: list[Problem] = []

    def text(self, name: str, default: str | None = "") -> str:
        """``default`` None: it must be there."""
        word = self._words.get(name, "").strip()
        if not word and default is None:
            self.problems.append(Problem(f"{name} is missing", f"write the {name} that the SMSC's owner gave you"))
        if len(word) > _LONGEST.get(name, 255) or not word.isascii() or "\0" in word:
            self.problems.append(Problem(f"{name} is too long or not ASCII", f"SMPP takes no such {name}"))
        return word or default or ""

    def number(self, name: str, default: int | None, least: int, most: int) -> int:
        word = self.text(name, None if default is None else str(default))
        if word.isascii() and word.isdigit() and least <= int(word) <= most:
            return int(word)
        if word:
            self.problems.append(Problem(f"{name} is {word!r}", f"write a number from {least} to {most}"))
        return default or least

    def seconds(self, name: str, default: float, most: float) -> float:
        word = self.text(name, str(default))
        try:
            seconds = float(word)
        except ValueError:
            seconds = 0.0
        if 0 < seconds <= most:
            return seconds
        self.problems.append(Problem(f"{name} is {word!r}", f"write seconds, at most {most:g}"))
        return default

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        """The first is what is taken where nothing stands."""
        word = self.text(name, words[0]).lower()
        if word not in words:
            self.problems.append(Problem(f"{name} is {word!r}", f"write one of {', '.join(filter(None, words))}"))
        return word if word in words else words[0]

    def switch(self, name: str) -> bool:
        return self.one_of(name, (*reversed(_NO), *_YES)) in _YES


def read_settings(line: Line) -> tuple[Settings, list[Problem]]:
    """The settings, and what keeps them from working: with any of that they must not be used."""
    words = _Words(line.options)
    source = words.text("source", line.number or None)
    ton, npi = _kind(source)
    alphabet: Alphabet = "latin1" if words.one_of("alphabet", ("gsm7", "latin1")) == "latin1" else "gsm7"
    validity = words.one_of("validity", ("relative", "absolute", "none"))
    settings = Settings(
        host=words.text("host", None),
        port=words.number("port", None, 1, 65535),
        system_id=words.text("system_id", None),
        password=words.text("password", None),
        system_type=words.text("system_type"),
        roles=BINDS[words.one_of("bind", tuple(BINDS))],
        source=Address(
            source.removeprefix("+"),
            words.number("source_ton", ton, 0, 255),
            words.number("source_npi", npi, 0, 255),
        ),
        wanted=Address(
            words.text("address_range"), words.number("addr_ton", 0, 0, 255), words.number("addr_npi", 0, 0, 255)
        ),
        dest_ton=words.number("dest_ton", 1, 0, 255),
        dest_npi=words.number("dest_npi", 1, 0, 255),
        service_type=words.text("service_type"),
        alphabet=alphabet,
        validity="absolute" if validity == "absolute" else "none" if validity == "none" else "relative",
        priority=words.switch("priority"),
        window=words.number("window", 10, 1, 1000),
        tls=words.switch("tls"),
        tls_ca=words.text("tls_ca"),
        tls_name=words.text("tls_name"),
        answer_within=words.seconds("answer_within", 10, 120),
        enquire_every=words.seconds("enquire_every", 30, 600),
    )
    if settings.tls_ca and not Path(settings.tls_ca).is_file():
        words.problems.append(Problem(f"tls_ca: there is no file {settings.tls_ca}", "write the path of a PEM file"))
    return settings, words.problems


def _kind(source: str) -> tuple[int, int]:
    """Type and plan of a source: international for E.164, alphanumeric for a name, unknown for a short code."""
    if source.startswith("+"):
        return 1, 1
    return (0, 1) if source.isdigit() else (5, 0)
