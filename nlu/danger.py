"""Danger words: run first, never outvoted. Rules are data (danger.yml); here is what the rules mean."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from nlu.clean import Cleaned
from nlu.patterns import Match, Patterns

Scope = Literal["inside", "before", "clause", "sentence", "message"]


# What bounds the time of a message made of danger words alone; a person's message stays far below.
_ENOUGH, _DAMPERS, _HINTS = 16, 80, 40


@dataclass(frozen=True, slots=True)
class Group:
    """Words of one kind of danger. `topic`: what is meant where they only stand in a question."""

    name: str
    category: str
    severity: int
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What dampens a danger word: to nothing (`void`, the words mean something else) or to a question back."""

    name: str
    voids: bool
    scope: Scope
    reach: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A danger pattern found. `damped_by` names the context that made it doubtful."""

    group: Group
    words: str
    damped_by: str | None = None


@dataclass(slots=True)
class Reading:
    """What the rules say of one message.

    `certain` hits escalate; `doubtful` ones were dampened or misspelt and ask back; `hints` decide nothing alone.
    `signs` are the facts that patterns show, each with the words that showed it.
    """

    certain: list[Hit] = field(default_factory=list)
    doubtful: list[Hit] = field(default_factory=list)
    hints: list[Hit] = field(default_factory=list)
    voided: list[Hit] = field(default_factory=list)
    contexts: set[str] = field(default_factory=set)
    signs: dict[str, str] = field(default_factory=dict)
    bare: bool = False


class Danger:
    """Compiled danger.yml. Raises ValueError with the place in the file where that is malformed."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._patterns = Patterns(rules["sets"], rules["ordinary"])
        self._groups = {f"certain/{group['id']}": _group(group) for group in rules["groups"]}
        self._hinted = {f"hint/{group['id']}": _group(group) for group in rules["groups"]}
        self._contexts = {f"context/{context['id']}": _context(context) for context in rules["contexts"]}
        self._bare = frozenset(rules["bare"])
        self._cries = frozenset(rules["cries"])
        self._cry = Group("minta_tolong", "lainnya", 2)
        for group in rules["groups"]:
            self._add(f"certain/{group['id']}", group.get("certain", ()))
            self._add(f"hint/{group['id']}", group.get("hints", ()))
        for context in rules["contexts"]:
            self._add(f"context/{context['id']}", context["patterns"])
            self._add(f"unless/{context['id']}", context.get("unless", ()))
        for sign, patterns in rules["signs"].items():
            self._add(f"sign/{sign}", patterns)
        for word in rules["misspelt"]:
            self._patterns.allow_misspelling(word)
        self._patterns.settle()

    def _add(self, label: str, patterns: Sequence[str]) -> None:
        for pattern in patterns:
            self._patterns.add(label, str(pattern))

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word that a rule names."""
        return self._patterns.vocabulary

    @property
    def loud(self) -> frozenset[str]:
        """The single words and emoji that alone let a message overtake in the inbox."""
        return self._cries

    def read(self, cleaned: Cleaned) -> Reading:
        """Which danger stands in the words, and which of it is dampened."""
        reading = Reading()
        certain: list[tuple[Group, Match]] = []
        dampers: list[tuple[Context, Match]] = []
        cancelled: list[Match] = []
        hints: list[Match] = []
        for match in self._patterns.found(cleaned.words):
            kind, _, name = match.label.partition("/")
            if kind == "certain":
                certain.append((self._groups[match.label], match))
            elif kind == "hint":
                hints.append(match)
            elif kind == "context":
                dampers.append((self._contexts[match.label], match))
            elif kind == "unless":
                cancelled.append(match)
            else:
                reading.signs.setdefault(name, " ".join(cleaned.words[match.start : match.end]))
        dampers = _standing(dampers[:_DAMPERS], cancelled, cleaned)
        reading.contexts = {context.name for context, _ in dampers}
        for match in hints[:_HINTS]:
            if not any(context.voids and _acts(context, at, match, cleaned) for context, at in dampers):
                reading.hints.append(Hit(self._hinted[match.label], cleaned.words[match.start]))
        if certain:
            _dampen(reading, certain, dampers, cleaned)
        self._hear_bare_cry(reading, cleaned)
        return reading

    def _hear_bare_cry(self, reading: Reading, cleaned: Cleaned) -> None:
        words = cleaned.words
        if cleaned.text.startswith("/"):  # a chat command such as /help
            return
        if words and len(words) <= 30 and self._bare.issuperset(words) and not self._cries.isdisjoint(words):
            reading.bare = True
            if not reading.certain and not cleaned.asks:
                reading.certain.append(Hit(self._cry, " ".join(words[:6])))


def _group(given: Mapping[str, Any]) -> Group:
    if given["severity"] not in (1, 2, 3):
        raise ValueError(f"danger.yml: group {given['id']}: severity must be 1, 2 or 3")
    return Group(given["id"], given["category"], given["severity"], given.get("topic"))


def _context(given: Mapping[str, Any]) -> Context:
    if given["to"] not in ("void", "ask") or given["scope"] not in get_args(Scope):
        raise ValueError(f"danger.yml: context {given['id']}: unknown `to` or `scope`")
    return Context(given["id"], given["to"] == "void", given["scope"], given.get("reach", 0))


def _standing(
    dampers: list[tuple[Context, Match]], cancelled: list[Match], cleaned: Cleaned
) -> list[tuple[Context, Match]]:
    """The contexts that nothing in their sentence cancels ("kemarin ... sampai sekarang")."""
    if not cancelled:
        return dampers
    broken = {(match.label.partition("/")[2], bisect_right(cleaned.breaks, match.start)) for match in cancelled}
    return [
        (context, match)
        for context, match in dampers
        if (context.name, bisect_right(cleaned.breaks, match.start)) not in broken
    ]


def _dampen(
    reading: Reading, certain: list[tuple[Group, Match]], dampers: list[tuple[Context, Match]], cleaned: Cleaned
) -> None:
    for group, match in certain:
        if len(reading.certain) == _ENOUGH:
            return
        words = " ".join(cleaned.words[match.start : match.end])
        acting = [context for context, at in dampers if _acts(context, at, match, cleaned)]
        void = next((context.name for context in acting if context.voids), None)
        if void:
            reading.voided.append(Hit(group, words, void))
        elif acting:
            reading.doubtful.append(Hit(group, words, acting[0].name))
        elif match.misspelt and match.end - match.start == 1:
            reading.doubtful.append(Hit(group, words, "ejaan"))
        else:
            reading.certain.append(Hit(group, words))


def _acts(context: Context, at: Match, hit: Match, cleaned: Cleaned) -> bool:
    if context.scope == "inside":
        return at.start <= hit.start < at.end or at.start < hit.end <= at.end
    if context.scope == "message":
        return True
    apart = bisect_right(cleaned.breaks, at.start) != bisect_right(cleaned.breaks, hit.start)
    if apart or context.scope == "sentence":
        return not apart
    if context.scope == "before":
        return at.start < hit.start and hit.start - at.end < context.reach
    return bisect_right(cleaned.pauses, at.start) == bisect_right(cleaned.pauses, hit.start)
