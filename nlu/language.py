"""Which language a message is written in, so that replies can follow. Learnt from the phrases' own `style`."""

from __future__ import annotations

LANGUAGES = ("id", "id-sms", "ambon", "kendari", "jv", "bug", "en")

_OF_STYLE = {
    "sms": "id-sms",
    "singkat": "id-sms",
    "ambon": "ambon",
    "kendari": "kendari",
    "jawa": "jv",
    "bugis": "bug",
    "inggris": "en",
}


def language_of(style: object) -> str:
    """The language of a phrase whose metadata names this style; plain Indonesian where it names none of a language."""
    return _OF_STYLE.get(str(style), "id")
