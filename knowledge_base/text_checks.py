"""Whether a city's answers and sentences can be said: their placeholders are known and they fit an SMS."""

from collections.abc import Collection, Iterator, Mapping

from yaml.nodes import Node

from knowledge_base.city_facts import CityFacts
from knowledge_base.desk_files import REPLY_FILLINGS, QuickReply
from knowledge_base.faq import ArticleFile
from knowledge_base.problems import Mark, Problems
from knowledge_base.sms_text import TWO_SEGMENTS, gsm7_length, within_sms
from knowledge_base.wording_file import placeholders
from knowledge_base.yaml_source import mark_under

# The SMS number is a setting of the deployment; every Indonesian mobile number is at most this long.
LONGEST_NUMBER = "0812-3456-78901"
SMS_FORM = "_sms"


def known_fillings(name: str, short_name: str, voice_number: str) -> dict[str, str]:
    """What fills the placeholders of an answer."""
    return {"city": name, "short": short_name, "voice": voice_number, "sms_number": LONGEST_NUMBER}


def texts_of(article: ArticleFile) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    """Every text of an answer that a citizen may read: where it stands, the text, whether it must fit an SMS."""
    yield ("answer",), article.answer, False
    yield ("ask",), article.ask, False
    yield ("sms",), article.sms, True
    for way, text in (("ambonese", article.ambonese), ("kendari", article.kendari)):
        if text:
            yield (way,), text, False
    for number, local in enumerate(article.local):
        yield ("local", str(number), "answer"), local.answer, False
        if local.sms:
            yield ("local", str(number), "sms"), local.sms, True


def check_articles(facts: CityFacts, articles: list[tuple[Node, ArticleFile]], problems: Problems) -> None:
    """Complain of an answer that cannot be filled, or whose SMS form is too long or not in the SMS alphabet."""
    known = known_fillings(facts.name, facts.short_name, facts.voice_number)
    for node, article in articles:
        for where, text, for_sms in texts_of(article):
            try:
                refuse_unknown(text, known)
                if for_sms:
                    within_sms(text.format_map(known), TWO_SEGMENTS)
            except ValueError as error:
                problems.add(mark_under(node, where[0]), f"`{article.topic}`: `{'.'.join(where)}`: {error}")


def check_quick_replies(replies: list[tuple[Node, QuickReply]], problems: Problems) -> None:
    """Complain of a quick reply with a placeholder that nothing fills, or whose short word another has."""
    taken: dict[str, str] = {}
    for node, reply in replies:
        try:
            refuse_unknown(reply.text, REPLY_FILLINGS)
        except ValueError as error:
            problems.add(mark_under(node, "text"), f"`{reply.slug}`: {error}")
        other = taken.setdefault(reply.keys, reply.slug) if reply.keys and not reply.withdrawn else reply.slug
        if other != reply.slug:
            problems.add(mark_under(node, "keys"), f"`{reply.keys}` is also the word of `{other}`: choose another")


def check_wording(wording: Mapping[str, tuple[Mark, str]], problems: Problems) -> None:
    """Complain of a sentence that an SMS cannot carry as plain text and that has no `_sms` form beside it."""
    for key, (mark, text) in wording.items():
        if f"{key}{SMS_FORM}" in wording:
            continue
        try:
            gsm7_length(text)
        except ValueError as error:
            problems.add(mark, f"`{key}`: {error}, or add `{key}{SMS_FORM}`")


def refuse_unknown(text: str, known: Collection[str]) -> None:
    """Raise ValueError naming the placeholders that nothing fills, or when the braces do not match."""
    unknown = placeholders(text) - set(known)
    if unknown:
        raise ValueError(f"nothing fills {{{', '.join(sorted(unknown))}}}: use {', '.join(sorted(known))}")
