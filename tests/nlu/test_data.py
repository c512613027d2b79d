"""What the two data files must hold."""

from __future__ import annotations

from typing import Any

from nlu.clean import Cleaner


def test_slang_holds_pairs_in_small_letters(slang: dict[str, str]) -> None:
    assert len(slang) >= 400
    for short, plain in slang.items():
        assert short == short.strip().lower()
        assert plain.strip()
        assert len(short.split()) <= 2


def test_slang_leads_to_words_and_not_to_more_slang(slang: dict[str, str]) -> None:
    again = {word for plain in slang.values() for word in plain.split() if slang.get(word, word) != word}
    assert again <= {"seng"}  # a negation in Ambon, a roof beside "atap"


def test_dialects_and_shorthand_are_understood(slang: dict[str, str]) -> None:
    cleaner = Cleaner(slang)
    assert cleaner.clean("beta seng tau").words == ["saya", "tidak", "tau"]
    assert cleaner.clean("tlg sy kbakaran").words == ["tolong", "saya", "kebakaran"]
    assert cleaner.clean("adami tolongka cepatki").words == ["sudah", "ada", "tolong", "saya", "cepat"]


def test_local_danger_words_stand_in_the_rules(danger: dict[str, Any]) -> None:
    said = str(danger["groups"])
    for word in ("busur", "panah", "parang", "saling", "tertabrak", "terbakar"):
        assert word in said
