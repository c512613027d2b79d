"""A draft that is still being written, made ready to be tried: what is missing is a blank, what nothing fills is said
as it is written. Its faults are the form's to show; none of them stops the rehearsal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from knowledge_base.city import City
from knowledge_base.text_checks import known_fillings, refuse_unknown

Drafted = tuple[str, str, Mapping[str, Any]]  # kind, slug, body
SAYABLE = ("article", "wording")
_BLANK = "…"  # for what a draft has no words for yet
_ANYWHERE = ("voice", "city", "short")  # what is filled in whatever the bot says
_SAID = ("answer", "sms", "ask", "ambonese", "kendari")
_LISTS = ("variants", "tests")


def sayable(city: City, draft: Drafted) -> Drafted:
    """The draft with words in every place, none of which can fail to be said."""
    kind, slug, body = draft
    if kind == "wording":
        return kind, slug, _written(body, ("text",), _fillings(city, slug))
    return (kind, slug, _article(city, slug, body)) if kind == "article" else draft


def _article(city: City, slug: str, body: Mapping[str, Any]) -> dict[str, Any]:
    blanks = {"title": slug, "answer": _BLANK, "sms": body.get("answer") or _BLANK, "ask": _BLANK}
    kept = {name: value for name, value in body.items() if value not in ("", None)}
    questions = {name: _without_blanks(body.get(name) or []) for name in _LISTS}
    known = known_fillings(city.name, city.short_name, city.voice_number)
    said = _written({**blanks, **kept, **questions}, _SAID, known)
    if isinstance(said.get("local"), list):
        said["local"] = [_written(one, _SAID, known) if isinstance(one, Mapping) else one for one in said["local"]]
    return said


def _without_blanks(texts: Any) -> Any:
    return [text for text in texts if str(text).strip()] if isinstance(texts, list | tuple) else texts


def _written(body: Mapping[str, Any], fields: Collection[str], known: Collection[str]) -> dict[str, Any]:
    """The body with those texts as they are written where their braces cannot be filled."""
    texts = {name: value for name in fields if isinstance(value := body.get(name), str)}
    return {**body, **{name: _unbraced(text, known) for name, text in texts.items()}}


def _unbraced(text: str, known: Collection[str]) -> str:
    try:
        refuse_unknown(text, known)
    except ValueError:
        return text.replace("{", "{{").replace("}", "}}")
    return text


def _fillings(city: City, key: str) -> Collection[str]:
    """What the program fills in this sentence; in a form of its own ("menu_sms") what it fills in the sentence."""
    while key not in city.fillings and "_" in key:
        key = key.rpartition("_")[0]
    return city.fillings.get(key, _ANYWHERE)
