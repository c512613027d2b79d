"""What a message says to the question that is open: an answer, an attempt at one, or nothing of the case at all."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bots.questions import question_of
from bots.state import Heard, Scene, State
from handoff.report import UNKNOWN
from knowledge_base.categories import Question
from nlu.meaning import Fact
from nlu.word_list import words

# Probability of small talk, or of a joke, from which a short line is no answer: "rumah" has 0.4, "halo?" 0.88.
SURELY_TALK = 0.85
_LONGEST_ANSWER = 120  # characters of a free answer that are kept as a fact; the transcript has all of it
_WORD = re.compile(r"\w+")
_WHEN = words("pagi siang sore malam tadi semalam kemarin kemaren hari minggu jam pukul")  # "tadi pagi" greets nobody
_GREETS = words("selamat met slmt")
_HAILS = words(
    "halo hallo haloo helo hai hi hei woi oi oii hoi p ping permisi misi assalamualaikum min admin kak pak bu bos"
)
_ASKS_BACK = words("mana dimana kmn kemana kapan kpn")  # "where are you", "when do you come": asked of us
# What stands before a place: small talk and words of danger say where only with one of these.
_NAMES_A_PLACE = words(
    """
    di d dekat dkt deket depan dpn belakang blkg samping smpg sebelah sblh seberang pas pinggir ujung simpang jalan jl
    jln lorong lrg gang gg kelurahan kel desa negeri kecamatan kec kampung rt rw blok perumahan btn kompleks komplek
    """
)
# What a message says beside the emergency: none of it tells anything of the case.
_OF_US = frozenset({"answer", "digit", "thanks", "wants_human", "third_person", "neighbour"})
_NO_WORDS = ("voice", "photo", "video", "document", "sticker", "unknown")


def open_question(state: State, heard: Heard) -> str | None:
    """The question that this message can answer: the pressed button's own, else the open one if it has been seen.

    After "Masih butuh bantuan? Balas YA" a "ya" answers that, and not the question before it; a digit still does.
    """
    if heard.to is None and heard.answer is not None and heard.digit is None and _asked_whether_needed(state):
        return "waiting"
    return heard.to or state.question_at(heard.at)


def _asked_whether_needed(state: State) -> bool:
    """Whether that is the last thing they have read."""
    return "waiting" in state.told and state.waits > 1


def facts_of_answer(scene: Scene, asked: str | None, heard: Heard) -> dict[str, Fact]:
    """What the message says as an answer to the question ``asked``, beside what it was understood to say."""
    if asked == "phone":
        return {"safe_to_call": False} if heard.says_no else {}
    if asked is None or not asked.startswith("fact:"):
        return {}
    fact = asked.removeprefix("fact:")
    said = _plain_answer(question_of(scene, fact), heard)
    return {} if fact in heard.understanding.facts or said is None else {fact: said}


def severity_of_answer(scene: Scene, facts: Mapping[str, Fact]) -> int:
    """The most urgent thing that a yes among ``facts`` says, by the categories' questions; 4 where none says any."""
    questions = (question_of(scene, fact) for fact, value in facts.items() if value is True)
    return min((question.yes_is for question in questions if question and question.yes_is), default=4)


def _plain_answer(question: Question | None, heard: Heard) -> Fact:
    wanted = question.answer if question else "yes_no"
    if wanted == "number":
        return _number(heard)
    if wanted == "words":
        nothing = heard.understanding.facts.get("safe_now") or says_nothing("words", heard)
        return None if nothing else heard.text[:_LONGEST_ANSWER].strip() or None
    return heard.says_yes if heard.says_yes or heard.says_no else None


def _number(heard: Heard) -> int | None:
    """ "3", "0"; a plain "tidak ada" is none at all. "Ya" is no number."""
    figures = heard.text.strip()
    if figures.isdecimal() and len(figures) <= 3:
        return int(figures)
    return 0 if heard.answer == "no" and heard.digit is None else heard.digit


def tries_place(heard: Heard) -> bool:
    """Whether words may say where, though no place of ours is among them: the operator reads them as they stand."""
    said, spoken = heard.understanding, _spoken(heard)
    if said.places:
        return True
    if heard.kind not in ("text", "edit") or not spoken or heard.answer is not None or heard.digit is not None:
        return False
    if said.facts.get("wants_human") or said.facts.get("answer") or not spoken.isdisjoint(_ASKS_BACK):
        return False  # "tidak tahu" is no place either
    if said.action == "escalate" or _is_talk(heard):
        return not spoken.isdisjoint(_NAMES_A_PLACE) and not is_joke(heard)
    return True


def says_nothing(wanted: str | None, heard: Heard) -> bool:
    """Whether a message tells nothing of the case: a greeting, thanks, a joke, a plea, a question about us.

    ``wanted``: what the open question takes as an answer; None where it has rules of its own.
    """
    said = heard.understanding
    if heard.kind == "location" or said.places:
        return False
    if not heard.text.strip() and heard.kind in _NO_WORDS:
        return True
    if heard.answer is not None or heard.digit is not None:
        return not _takes(wanted, heard)
    if said.action == "escalate":  # "cepat", "tolong": a plea, and nothing that was not known
        return set(said.categories) <= {UNKNOWN} and not set(said.facts) - _OF_US and not _knows_more(heard)
    if said.facts.get("cannot_call") or said.facts.get("phone"):
        return False
    if asks_back(heard) or is_joke(heard) or said.facts.get("thanks"):
        return True
    return _is_talk(heard) and not (wanted == "words" and _tells_when(heard))


def asks_back(heard: Heard) -> bool:
    """ "Mana petugasnya", "kapan sampai?": they want to know how it stands."""
    return "?" in heard.text or not _spoken(heard).isdisjoint(_ASKS_BACK)


def _takes(wanted: str | None, heard: Heard) -> bool:
    return wanted == "yes_no" or (wanted == "number" and _number(heard) is not None)


def is_joke(heard: Heard) -> bool:
    said = heard.understanding
    sure = said.scores.get("prank", 1.0) >= SURELY_TALK
    return bool(said.facts.get("prank_admitted")) or (said.kind == "prank" and said.action == "warn" and sure)


def _is_talk(heard: Heard) -> bool:
    said = heard.understanding
    if said.kind == "smalltalk" and _spoken(heard) <= _HAILS:
        return True  # however sure: nothing else can be meant
    return said.kind == "smalltalk" and said.scores.get("smalltalk", 1.0) >= SURELY_TALK


def _tells_when(heard: Heard) -> bool:
    spoken = _spoken(heard)
    return not spoken.isdisjoint(_WHEN) and spoken.isdisjoint(_GREETS)


def _knows_more(heard: Heard) -> bool:
    """A longer line of danger, whatever its kind, is no mere plea."""
    return len(_spoken(heard)) > 4


def _spoken(heard: Heard) -> set[str]:
    return set(_WORD.findall(heard.text.lower()))
