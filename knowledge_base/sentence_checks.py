"""A sentence of the bot may be said better, never the other way round: held against the one of the city's files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge_base.city_rows import Filled, Row
from knowledge_base.faults import Fault
from knowledge_base.telltales import TELLTALES
from knowledge_base.wording_file import placeholders
from knowledge_base.yaml_source import read_as

SILENT = "silent_"
NOT_BY_VOICE = ("_no_call", "_gentle")
NUMBERS_TO_CALL = frozenset({"voice", "numbers", "sms_number"})
NEAR = 2  # words between "do not" and what is forbidden
_WORD = re.compile(r"[^\W_]+")
_NAMED = re.compile(r"\{\w+\}|[^\W_]+")
_CLAUSE = re.compile(r"[.,;:!?()]")
_NUMBER = re.compile(r"(?<![\w.])\d+(?!\w)")
_ANSWER = re.compile(r"(?<!\w)(\d)\s*[=:.)-]?\s*(ya|tidak)(?!\w)")
_COMMAND = re.compile(r"\b(?:[Bb]alas|[Tt]ulis)\s+([A-Z]{2,})\b")
_SAYS = {"button_yes": ("ya", "tidak"), "button_no": ("tidak", "ya")}  # its word, and the other's
_TURNED = {("1", "tidak"), ("2", "ya")}


class KeptWords(Row):
    """Of ``kept_words.yml``."""

    calling: tuple[Filled, ...]
    calling_numbers: tuple[Filled, ...]
    promises: tuple[Filled, ...]
    kept: tuple[Filled, ...]
    forbidding: tuple[Filled, ...]
    wanted: tuple[Filled, ...]


_KEPT = read_as(KeptWords, Path(__file__).with_name("kept_words.yml"))


def turned_round(key: str, text: str, filed: str | None, base: str | None) -> Iterator[Fault]:
    """What ``text`` would say against the files' sentence ``filed`` of this key (None: the files have none).

    ``base`` is the files' sentence of which this key is another form, where ``filed`` is None.
    """
    old = filed or ""
    said = _say_again(key, text, filed, base)
    for why in (*said, *_digits(text, filed or base or ""), *_promises(text, old or base or ""), *_forbids(text, old)):
        yield Fault("text", why)
    if key.startswith(SILENT):
        yield from _telling(text, old)
    if any(form in key for form in NOT_BY_VOICE):
        yield from _by_voice(text, old)
    yield from _button(key, text)


def _say_again(key: str, text: str, filed: str | None, base: str | None) -> Iterator[str]:
    """What stood there and is gone: placeholders, commands, the words that turn a meaning."""
    another = None if any(form in key for form in NOT_BY_VOICE) else base  # those forms leave numbers out on purpose
    model = filed if filed is not None else another
    if model is None:
        return
    gone = sorted(placeholders(model) - placeholders(text))
    if gone:
        names = ", ".join(f"{{{name}}}" for name in gone)
        yield f"{names} tidak boleh hilang dari kalimat ini: masukkan lagi."
    commands = [one for one in dict.fromkeys(_COMMAND.findall(model)) if one not in _WORD.findall(text)]
    if commands:
        yield f"Warga diminta membalas {', '.join(commands)}: kata itu harus tetap ada, dengan huruf besar."
    there = set(_words(text))
    for word in _KEPT.kept:
        if word in _words(model) and word not in there:
            yield f"Kata “{word}” tidak boleh hilang dari kalimat ini: tanpa itu artinya terbalik."


def _digits(text: str, old: str) -> Iterator[str]:
    answers = _answers(text)
    if answers & _TURNED:
        yield "Angka jawaban terbalik: 1 selalu berarti ya, 2 selalu berarti tidak."
        return
    gone = [one for one in dict.fromkeys(_NUMBER.findall(old)) if one not in _NUMBER.findall(text)]
    if gone:
        yield f"Angka {', '.join(gone)} tidak boleh hilang dari kalimat ini: masukkan lagi."
    elif _answers(old) - answers:
        said = ", ".join(f"{number} {word}" for number, word in sorted(_answers(old)))
        yield f"Arti angka jawaban tidak boleh berubah: tulis “{said}”."


def _answers(text: str) -> set[tuple[str, str]]:
    return {(number, word) for number, word in _ANSWER.findall(text.lower())}


def _promises(text: str, old: str) -> Iterator[str]:
    found = [one for one in _KEPT.promises if _holds(text, one) and not _holds(old, one)]
    if found:
        yield f"Jangan menjanjikan bantuan (“{found[0]}”): bot tidak tahu apakah ada yang berangkat. Hapus kata itu."


def _holds(text: str, said: str) -> bool:
    """One word as a stem, several as they stand."""
    words = _words(text)
    return f" {said} " in f" {' '.join(words)} " if " " in said else any(said in word for word in words)


def _forbids(text: str, old: str) -> Iterator[str]:
    found = _forbidden(text) - _forbidden(old)
    if found:
        yield f"Jangan melarang warga meminta tolong (“{min(found)}”): hapus larangan itu."


def _forbidden(text: str) -> set[str]:
    """Each "do not" with the wanted thing after it in its clause: "jangan telepon"."""
    return {found for clause in _CLAUSE.split(text.lower()) for found in _forbidden_in(_NAMED.findall(clause))}


def _forbidden_in(words: list[str]) -> Iterator[str]:
    for said in _KEPT.forbidding:
        parts = said.split()
        for at in range(len(words) - len(parts)):
            end = at + len(parts)
            if words[at:end] == parts:
                yield from (f"{said} {word}" for word in words[end : end + NEAR + 1] if _is_wanted(word))


def _is_wanted(word: str) -> bool:
    return word.strip("{}") in NUMBERS_TO_CALL or any(stem in word for stem in _KEPT.wanted)


def _telling(text: str, old: str) -> Iterator[Fault]:
    known = set(TELLTALES.found(old))
    news = [word for word in TELLTALES.found(text) if word not in known]
    if news:
        yield Fault("text", f"Mode senyap: kata “{', '.join(news)}” bisa membahayakan orang ini. Hapus.")


def _by_voice(text: str, old: str) -> Iterator[Fault]:
    """Telephoning that the files do not have there, or that stands after other words: "silakan" for "tidak perlu"."""
    names = sorted((placeholders(text) - placeholders(old)) & NUMBERS_TO_CALL)
    known = set(_calls(old))
    news = [f"{{{name}}}" for name in names] + [one[-1] for one in _calls(text) if one not in known]
    if news:
        why = "untuk orang yang tidak bisa atau tidak mau menelepon"
        yield Fault("text", f"Kalimat ini {why}: hapus “{', '.join(dict.fromkeys(news))}”.")


def _calls(text: str) -> list[tuple[str, ...]]:
    """Each word of telephoning with the two before it."""
    words = _words(text)
    return [tuple(words[max(0, at - 2) : at + 1]) for at, word in enumerate(words) if _is_call(word)]


def _is_call(word: str) -> bool:
    return word in _KEPT.calling_numbers or any(stem in word for stem in _KEPT.calling)


def _button(key: str, text: str) -> Iterator[Fault]:
    if key not in _SAYS:
        return
    own, other = _SAYS[key]
    words = _words(text)
    if own not in words or other in words:
        yield Fault("text", f"Tombol ini berarti “{own}”: tulis {own}, tanpa {other}.")


def _words(text: str) -> list[str]:
    return _WORD.findall(re.sub(r"\{\w*\}", " ", text).lower())
