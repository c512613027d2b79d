"""What changed between two bodies, as a person reads it: word by word in texts, item by item in lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_TOKENS = 3000  # beyond it a comparison takes seconds: the whole is shown as replaced

Parts = list[list[str]]


def diff(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Each field that differs: ``{"field", "old", "new", "parts"}``.

    ``parts`` are ``["=", text]``, ``["-", text]`` and ``["+", text]``: of a text's words, or of a list's items. Joined,
    a text's "=" and "-" parts are the old text, its "=" and "+" parts the new one.
    """
    before, after = old or {}, new or {}
    fields = dict.fromkeys((*after, *before))
    return [
        {"field": name, "old": before.get(name), "new": after.get(name), "parts": _parts(before, after, name)}
        for name in fields
        if before.get(name) != after.get(name)
    ]


def _parts(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> Parts:
    old, new = before.get(name), after.get(name)
    if _is_list(old) or _is_list(new):
        return _aligned(_items(old), _items(new), "\n")
    return _words(_shown(old), _shown(new))


def _items(value: Any) -> list[str]:
    """Of a draft with faults it may be no list."""
    return [_shown(one) for one in (value if _is_list(value) else (value,) if value is not None else ())]


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _shown(value: Any) -> str:
    """A value as text: a small record as "label: x; url: y", nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_shown(one)}" for key, one in value.items() if one not in (None, "", [], ()))
    if _is_list(value):
        return ", ".join(_shown(one) for one in value)
    return str(value)


def _words(old: str, new: str) -> Parts:
    return _aligned(WORDS.findall(old), WORDS.findall(new), "")


def _aligned(old: Sequence[str], new: Sequence[str], between: str) -> Parts:
    """Runs of what stayed, went and came; a list's items stand alone, a text's words are joined to runs."""
    if len(old) + len(new) > MOST_TOKENS:
        steps = [("replace", 0, len(old), 0, len(new))]
    else:
        steps = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    parts: Parts = []
    for step, a, b, c, d in steps:
        if step == "equal":
            parts += _runs("=", old[a:b], between)
        else:
            parts += _runs("-", old[a:b], between) + _runs("+", new[c:d], between)
    return parts


def _runs(sign: str, tokens: Sequence[str], between: str) -> Parts:
    if not tokens:
        return []
    return [[sign, token] for token in tokens] if between else [[sign, "".join(tokens)]]
