"""What a message tells besides its kind: how many, how hurt, armed, whether it is safe to answer.

Keys, each present only where the message says so (JSON scalars):
people, injured, dead, trapped, children: a number, or True where no number was said
unconscious, armed, elderly, pregnant, safe_now, thanks, prank_admitted, wants_human, cannot_call, silent: True
neighbour: True where the violence is next door, not the writer's own; third_person: True where somebody else is named
safe_to_call: False where ringing could endanger somebody; self_harm: True where the writer speaks of the own life
weapon: the word; hazards: "api,gas,listrik,arus" as far as named; phone: E.164; rt, rw: numbers
answer: "yes" | "no", digit: 1..9, both only where the message is nothing but that answer
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from nlu.clean import Cleaned
from nlu.danger import Reading
from nlu.meaning import Fact
from nlu.word_list import words

_NUMBERS = {
    "satu": 1, "seorang": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8,
    "sembilan": 9, "sepuluh": 10, "sebelas": 11, "selusin": 12, "belasan": 12, "puluhan": 20, "ratusan": 100,
    "berdua": 2, "bertiga": 3, "berempat": 4, "berlima": 5, "berenam": 6, "bertujuh": 7, "one": 1, "two": 2,
    "three": 3, "four": 4, "five": 5, "six": 6,
}  # fmt: skip
_TOGETHER = words("berdua bertiga berempat berlima berenam bertujuh seorang")
_PEOPLE = words(
    """
    orang korban jiwa penumpang warga anak bayi siswa pekerja people persons penghuni nelayan abk pelajar
    mahasiswa perempuan laki lansia balita pemuda teman awak tau
    """
)
_YOUNG = words("anak bayi siswa balita bocah pelajar")
_OF_WHOM = {
    "injured": words("luka terluka berdarah cedera patah korban injured terbakar melepuh"),
    "trapped": words("terjebak terkurung terjepit tertimbun terkunci terperangkap trapped"),
    "dead": words("meninggal tewas mati dead"),
}
_MOST_PEOPLE = 500
_FIGURE = re.compile(r"\d")
_PHONE = re.compile(r"(?<![\d.,-])(?:\+?62|0)[\s.-]?8\d{1,2}(?:[\s.-]?\d){6,9}(?!\d)")
_RT = re.compile(r"\brt\W{0,3}0*(\d{1,3})\b")
_RW = re.compile(r"\brw\W{0,3}0*(\d{1,3})\b|\brt\W{0,3}\d{1,3}\s?/\s?0*(\d{1,3})\b")
_NEXT_DOOR = words("tetangga tetanggaku tetangganya sebelah neighbor neighbour")
_SOMEBODY = words(
    """
    teman kawan adik kakak sepupu saudara keponakan anak anakku mahasiswa mahasiswi murid seseorang seorang tetangga
    pacar suami istri ibu bapak mama papa om tante nenek kakek friend brother sister
    """
)
_HAZARDS = ("api", "gas", "listrik", "arus")
_WEAPONS = words(
    """
    parang pisau senjata pistol senapan panah busur pedang badik celurit tombak kapak linggis samurai clurit
    belati gun knife
    """
)
_ADDRESS = words(
    """
    bapak ibu kak kakak bang abang min admin mas mbak sudah kok saja dong sih nih lah om tante bu pak masih
    betul benar sekali iya oke ya siap
    """
)
_YES = words("iya benar betul oke setuju siap boleh yes masih bisa mau ada 👍 ✅ 👌")
_NO = words("tidak bukan belum no jangan salah 👎 ❌")
_SHORT = 4  # words of an answer
_LONGEST_ANSWER = 20  # characters around a digit
_HUMANS = words("petugas operator manusia orang admin cs staf")
_DIGIT = re.compile(r"\W*(?:no(?:mor)?\.?|pilih(?:an)?|angka|jawab)?\s*([1-9])\s*(?:ya|pak|bu|kak)?\W*", re.IGNORECASE)
_OTHERS = words(
    """
    tetangga sebelah teman dia orang anak adik kakak istri suami bapak ibu ayah perempuan laki seseorang pacar
    mahasiswa warga sepupu rumahnya
    """
)
_BYSTANDER = words("tetangga sebelah tetanggaku seberang depan")
_PLAIN_SIGNS = ("unconscious", "armed", "elderly", "pregnant", "safe_now", "thanks", "prank_admitted", "cannot_call")
_COUNTED_SIGNS = ("injured", "trapped", "dead", "children")
SIGNS = {*_PLAIN_SIGNS, *_COUNTED_SIGNS, "silent", "violence", "wants_human", *(f"hazard_{name}" for name in _HAZARDS)}


def facts_of(cleaned: Cleaned, reading: Reading) -> dict[str, Fact]:
    """Never raises; an empty message has no facts."""
    signs, said = reading.signs, cleaned.words
    facts: dict[str, Fact] = {sign: True for sign in _PLAIN_SIGNS if sign in signs}
    facts.update({sign: True for sign in _COUNTED_SIGNS if sign in signs})
    figures = _FIGURE.search(cleaned.text) is not None
    if figures or not _NUMBERS.keys().isdisjoint(said):
        facts.update(_counts(said))
    hazards = [hazard for hazard in _HAZARDS if f"hazard_{hazard}" in signs]
    if hazards:
        facts["hazards"] = ",".join(hazards)
    if "armed" in facts and (weapon := next((word for word in said if word in _WEAPONS), None)):
        facts["weapon"] = weapon
    facts.update(_safety(said, reading))
    facts.update(_of_whom(said, facts))
    if len(said) <= _SHORT:
        facts.update(_answer(cleaned))
    if "wants_human" in signs or _names_human_only(cleaned):
        facts["wants_human"] = True
    if figures:
        facts.update(_figures(cleaned.text))
    return facts


def _of_whom(said: Sequence[str], facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Whether somebody else is meant. Where the writer speaks of the own life or asks for silence, nobody else is."""
    if facts.get("self_harm") or facts.get("silent"):
        return {}
    spoken = set(said)
    found: dict[str, Fact] = {"neighbour": True} if not _NEXT_DOOR.isdisjoint(spoken) else {}
    return found | ({"third_person": True} if not _SOMEBODY.isdisjoint(spoken) else {})


def _counts(said: Sequence[str]) -> dict[str, Fact]:
    """ "3 orang luka", "dua anak terjebak", "kami berlima"; the largest number of people stands."""
    found: dict[str, Fact] = {}
    for at, word in enumerate(said):
        number = int(word) if word.isdecimal() and len(word) <= 3 else _NUMBERS.get(word)
        if not number or number > _MOST_PEOPLE:
            continue
        near = said[at + 1 : at + 3]
        dead = near[:1] and near[0] in _OF_WHOM["dead"]
        if word not in _TOGETHER and _PEOPLE.isdisjoint(near) and not dead:
            continue
        found["people"] = max(number, int(found.get("people") or 0))
        if not _YOUNG.isdisjoint(near):
            found["children"] = number
        told = set(takewhile(_no_number, said[at + 1 : at + 6]))
        found.update({fact: number for fact, of_whom in _OF_WHOM.items() if not of_whom.isdisjoint(told)})
    return found


def _no_number(word: str) -> bool:
    return not word.isdecimal() and word not in _NUMBERS


def _safety(said: Sequence[str], reading: Reading) -> dict[str, Fact]:
    """Silence for those who write beside the one they fear; a neighbour who reports is not silenced."""
    facts: dict[str, Fact] = {}
    bystander = not _BYSTANDER.isdisjoint(said)
    if "silent" in reading.signs or ("violence" in reading.signs and not bystander):
        facts["silent"] = True
        facts["safe_to_call"] = False
    own_life = any(hit.group.category == "bunuh_diri" for hit in (*reading.certain, *reading.doubtful))
    if own_life and _OTHERS.isdisjoint(said):
        facts["self_harm"] = True
        facts["safe_to_call"] = False
    return facts


def _answer(cleaned: Cleaned) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    said = cleaned.text.strip()
    digit = _DIGIT.fullmatch(said) if len(said) <= _LONGEST_ANSWER else None
    if digit:
        facts["digit"] = int(digit[1])
        return facts
    telling = [word for word in cleaned.words if word in _YES or word in _NO]
    rest = [word for word in cleaned.words if word not in _YES and word not in _NO and word not in _ADDRESS]
    if telling and len(rest) <= 1:
        facts["answer"] = "no" if any(word in _NO for word in telling) else "yes"
        if rest and facts["answer"] == "yes":
            del facts["answer"]  # "ada api" is no yes
    return facts


def _names_human_only(cleaned: Cleaned) -> bool:
    """ "petugas", "operator pak": a word that must always work, from every state."""
    telling = [word for word in cleaned.words if word not in _ADDRESS or word == "admin"]
    return len(telling) == 1 and telling[0] in _HUMANS and cleaned.raw[0] not in ("min", "mimin", "adm")


def _figures(text: str) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    phone = _PHONE.search(text)
    if phone:
        digits = re.sub(r"\D", "", phone[0])
        facts["phone"] = "+62" + digits.removeprefix("62").removeprefix("0")
    lowered = text.lower()
    if rt := _RT.search(lowered):
        facts["rt"] = int(rt[1])
    if rw := _RW.search(lowered):
        facts["rw"] = int(rw[1] or rw[2])
    return facts
