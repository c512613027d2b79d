"""Words that are too common to name a place: from ``everyday_words.yml``, the danger rules and the shorthand."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.phrases import CITIES, SHARED

SHORTEST = 4  # letters of a name of one word
NUMBER = 5  # digits of a number that may name a place
_WORD = re.compile(r"[^\W_]+")
_IN_PATTERN = re.compile(r"[\s|.<>]+")
_ENDINGS = ("nya", "ku", "mu")
_PLACES = ("bangunan", "kendaraan", "orang", "kerabat")  # sets of danger.yml: what stands everywhere


def why_no_name(name: str) -> str | None:
    """Why this may not name a place; None where it may. A sentence for whoever typed it."""
    words = _WORD.findall(name.casefold())
    if not any(word.isalpha() for word in words) and sum(map(len, words)) < NUMBER:
        return "Angka saja bukan nama tempat: tulis nama yang dikenal orang."
    if len(words) == 1 and len(words[0]) < SHORTEST:
        return f"Nama satu kata paling sedikit {SHORTEST} huruf: tulis lebih lengkap, supaya tidak salah dikenali."
    known = _every() if len(words) == 1 else _common()
    if all(_is_in(word, known) for word in words):
        return "Ini kata sehari-hari, jadi akan dikenali di banyak laporan lain: tambahkan nama tempatnya sendiri."
    return None


def _is_in(word: str, known: frozenset[str]) -> bool:
    """Also drawn out ("toloong"), or with an ending ("rumahnya")."""
    if word.isdecimal() and len(word) < NUMBER:
        return True
    forms = {word, re.sub(r"(.)\1+", r"\1", word)}
    forms |= {one.removesuffix(end) for one in tuple(forms) for end in _ENDINGS if len(one) - len(end) >= SHORTEST}
    return not known.isdisjoint(forms)


@cache
def _every() -> frozenset[str]:
    """What no name of one word may be."""
    rules = _rules()
    patterns = [*_cries(rules), *rules["ordinary"]]
    for group in rules["groups"]:
        patterns += group.get("certain", ())
    for context in rules["contexts"]:
        patterns += [*context["patterns"], *context.get("unless", ())]
    for signs in rules["signs"].values():
        patterns += signs
    for words in rules["sets"].values():
        patterns += words
    return _common() | _shorthand() | frozenset(_spoken(patterns))


@cache
def _common() -> frozenset[str]:
    """What no name of several words may be made of alone."""
    rules = _rules()
    places = [word for name in _PLACES for word in rules["sets"][name]]
    return frozenset(_spoken([*places, *_cries(rules)])) | _everyday()


def _cries(rules: Mapping[str, Any]) -> list[str]:
    """The words of danger, single and in patterns."""
    found = [*rules["bare"], *rules["cries"], *rules["misspelt"]]
    for group in rules["groups"]:
        found += [*group.get("hints", ()), *(one for one in group.get("certain", ()) if " " not in str(one))]
    return found


def _spoken(patterns: Iterable[Any]) -> Iterator[str]:
    for pattern in patterns:
        yield from (word for word in _IN_PATTERN.split(str(pattern).casefold()) if word)


@cache
def _rules() -> Mapping[str, Any]:
    return _yaml(CITIES / SHARED / "danger.yml")


@cache
def _everyday() -> frozenset[str]:
    lists = _yaml(Path(__file__).with_name("everyday_words.yml"))
    return frozenset(word for words in lists.values() for word in words)


def _yaml(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # six times as fast where it was built
    return dict(yaml.load(path.read_text(encoding="utf-8"), loader))  # noqa: S506 - a safe loader


@cache
def _shorthand() -> frozenset[str]:
    """How people shorten words, and what they mean by it."""
    with (CITIES / SHARED / "slang.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return frozenset(word for row in rows for word in (row["slang"], *row["plain"].casefold().split()))
