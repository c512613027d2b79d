"""In braces stands a name and nothing else: before anything is formatted, in files and in what staff write."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.city import load_city
from knowledge_base.kinds import checked
from knowledge_base.text_checks import refuse_unknown
from knowledge_base.wording_file import OddPlaceholder, placeholders
from tests.knowledge_base.small_city import write_city

ODD = [
    "{voice:>300000000}",
    "{voice!r}",
    "{voice!r:>9}",
    "{voice:{city}}",
    "{voice.real}",
    "{voice.__class__}",
    "{voice[0]}",
    "{0}",
    "{}",
    "{ voice}",
]
KINDS = [
    ("article", "a", {"title": "Biaya", "sms": "Gratis.", "ask": "Kominfo"}, "answer"),
    ("article", "a", {"title": "Biaya", "answer": "Gratis.", "ask": "Kominfo"}, "sms"),
    ("wording", "first", {}, "text"),
    ("quick_reply", "mana", {"title": "Mana"}, "text"),
]


def test_plain_names_pass() -> None:
    assert placeholders("Telepon {voice} di {city}, {{bukan}} ini.") == {"voice", "city"}


@pytest.mark.parametrize("text", ODD)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(OddPlaceholder):
        placeholders(f"Telepon {text}.")
    with pytest.raises(ValueError, match="a name alone in the braces"):
        refuse_unknown(text, {"voice", "city"})


@pytest.mark.parametrize(("kind", "slug", "body", "field"), KINDS)
@pytest.mark.parametrize("text", ODD)
def test_staff_are_told_in_their_words(
    tmp_path: Path, kind: str, slug: str, body: dict[str, str], field: str, text: str
) -> None:
    write_city(tmp_path)
    faults = checked(kind, slug, body | {field: f"Telepon {text}."}, load_city("kota", tmp_path))[1]
    assert [fault.field for fault in faults] == [field]
    assert "hanya boleh nama, seperti {voice}" in faults[0].text
    assert len(faults[0].text) < 150
