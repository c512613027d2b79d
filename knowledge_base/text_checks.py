"""Whether a city's answers and sentences can be said: their placeholders are known and they fit an SMS."""

from collections.abc import Mapping

from yaml.nodes import Node

from knowledge_base.city_facts import CityFacts
from knowledge_base.faq import ArticleFile
from knowledge_base.problems import Mark, Problems
from knowledge_base.sms_text import TWO_SEGMENTS, gsm7_length, within_sms
from knowledge_base.wording_file import placeholders
from knowledge_base.yaml_source import mark_under

# The SMS number is a setting of the deployment; every Indonesian mobile number is at most this long.
LONGEST_NUMBER = "0812-3456-78901"
SMS_FORM = "_sms"


def check_articles(facts: CityFacts, articles: list[tuple[Node, ArticleFile]], problems: Problems) -> None:
    """Complain of an answer that cannot be filled, or whose SMS form is too long or not in the SMS alphabet."""
    known = {
        "city": facts.name,
        "short": facts.short_name,
        "voice": facts.voice_number,
        "sms_number": LONGEST_NUMBER,
    }
    for node, article in articles:
        for field, text in (("answer", article.answer), ("ask", article.ask), ("sms", article.sms)):
            try:
                _refuse_unknown(text, known)
                if field == "sms":
                    within_sms(text.format_map(known), TWO_SEGMENTS)
            except ValueError as error:
                problems.add(mark_under(node, field), f"`{article.topic}`: `{field}`: {error}")


def check_wording(wording: Mapping[str, tuple[Mark, str]], problems: Problems) -> None:
    """Complain of a sentence that an SMS cannot carry as plain text and that has no `_sms` form beside it."""
    for key, (mark, text) in wording.items():
        if f"{key}{SMS_FORM}" in wording:
            continue
        try:
            gsm7_length(text)
        except ValueError as error:
            problems.add(mark, f"`{key}`: {error}, or add `{key}{SMS_FORM}`")


def _refuse_unknown(text: str, known: Mapping[str, str]) -> None:
    unknown = placeholders(text) - known.keys()
    if unknown:
        raise ValueError(f"nothing fills {{{', '.join(sorted(unknown))}}}: use {', '.join(sorted(known))}")
