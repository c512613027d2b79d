"""What citizens say of an answer: "bukan itu", a thumb, "masih buka?". Pure; heard only where there is no danger.

Only whole messages count: "bukan itu, rumah saya terbakar" is none of these, and is understood as what it is.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bots.case import PAUSE
from bots.state import Day, Decision, Heard, Line, Scene
from nlu.meaning import Understanding
from nlu.word_list import words

NOT_THAT, TOPIC = "not_that", "topic"  # verbs of the buttons: "not_that:ktp", "topic:kk"
SURELY_DANGER = 0.8  # probability from which a title's label is a cry and no title
MOST_OFFERS = 3  # as many buttons as WhatsApp shows

_WORD = re.compile(r"\w+")
_WRONG = re.compile(
    r"(?:(?:bukan|bkn|bukang) (?:itu|ini|yang itu|yg itu)|salah|salah jawab|(?:jawaban|jawabannya|jawabnya) salah"
    r"|salah (?:itu|jawaban|jawabannya)|(?:tidak|tdk|tak|gak|ga|gk|nggak|ngga|seng|tra) (?:nyambung|cocok|sesuai|pas)"
    r"|(?:bukan|bkn) (?:itu )?(?:maksud|mksd) ?(?:saya|sy|ku|nya)|bukan maksudku|(?:bukan|bkn) itu maksudnya"
    r"|(?:bukan|bkn) itu yang (?:saya|sy) (?:tanya|tanyakan|maksud|cari))"
    r"(?: (?:min|kak|pak|bu|admin|bos|bro|sis|mas|mbak|ya|sih|dong|ee|e))*"
)
# All that somebody writes who asks whether the office of the answer before is open.
_CLOCK = words(
    """
    masih msh buka tutup bukakah tutupkah bukanya tutupnya libur sekarang skrg skr skrang hari ini jam berapa brp apa
    apakah sudah sdh su udah kah ya kak pak bu min sampai sampe smp kapan lagi besok bsk nanti kantor kantornya kntor
    pukul di dorang dong ka kh kan jadi dia itu
    """
)
_OPEN = words("buka tutup bukakah tutupkah bukanya tutupnya libur")
_TOMORROW = words("besok bsk")
_MOST_CLOCK_WORDS = 8


def chosen(scene: Scene, heard: Heard) -> Heard:
    """A pressed topic as the clear question that it is: the label is our words, and means nothing but its topic.

    Unless it names a danger: who presses "Rumah saya kebakaran" says so.
    """
    verb, _, topic = (heard.button or "").partition(":")
    ours = heard.text.strip() in ("", scene.book.label(topic), scene.book.titles.get(topic), heard.button)
    if verb != TOPIC or topic not in scene.book.topics or not ours or _is_danger(heard.understanding):
        return heard
    meant = Understanding("question", "answer", topics=((topic, 1.0),), language=heard.understanding.language)
    return replace(heard, understanding=meant)


def _is_danger(said: Understanding) -> bool:
    """Whether a label is a report: a danger word, or little doubt. "Perlindungan perempuan dan anak" is only near."""
    if said.action != "escalate":
        return False
    return said.scores.get("emergency", 1.0) >= SURELY_DANGER or any(name.startswith("rule_") for name in said.scores)


def button_under(scene: Scene, topic: str) -> tuple[tuple[str, str], ...]:
    """The button under an answer, where the channel has any. By SMS the words do."""
    return () if scene.channel == "sms" else ((f"{NOT_THAT}:{topic}", "button_not_that"),)


def hear(scene: Scene, heard: Heard) -> Decision | None:
    """Decide where it is about the answer before; None where it is about anything else."""
    topic = scene.state.answer_at(heard.at)
    if heard.kind == "reaction":
        return _thumb(scene, heard) if topic else None
    if says_not_that(heard) and (topic or scene.state.offered):
        return _not_that(scene, topic)
    if topic and topic in scene.book.timed and (day := asks_of_hours(heard)):
        line = Line(clock=(topic, day), wait=PAUSE)
        return Decision(replace(scene.state, asked=None), (line,), label="answer")
    return None


def of_typed_title(scene: Scene, heard: Heard) -> Heard:
    """The title of an offered topic, typed where there are no buttons, as the question that it is."""
    said = heard.text.strip(" .?!\"'").lower()
    topic = next((one for one in scene.state.offered if scene.book.titles.get(one, "").lower() == said), None)
    understood = heard.understanding
    if topic is None or topic not in scene.book.topics or understood.action == "escalate" or understood.categories:
        return heard
    if scene.state.asked is not None:  # it may answer that
        return heard
    return replace(heard, understanding=replace(understood, kind="question", action="answer", topics=((topic, 1.0),)))


def says_not_that(heard: Heard) -> bool:
    """Whether the whole message says that the answer was not what they asked for."""
    if (heard.button or "").partition(":")[0] == NOT_THAT:
        return heard.understanding.action != "escalate"
    said = " ".join(_WORD.findall(heard.text.lower()))
    return heard.kind in ("text", "edit") and _WRONG.fullmatch(said) is not None


def corrects(scene: Scene, heard: Heard) -> bool:
    """ "Bukan itu, saya tanya soal kk": another question, which says of the answer before that it was none."""
    said = " ".join(_WORD.findall(heard.text.lower()))
    return scene.state.answer_at(heard.at) is not None and _WRONG.match(said) is not None


def asks_of_hours(heard: Heard) -> Day | None:
    """ "Masih buka?", "besok buka jam berapa": about the office of the answer before, and nothing else."""
    said = _WORD.findall(heard.text.lower())
    if heard.kind not in ("text", "edit") or len(said) > _MOST_CLOCK_WORDS:
        return None
    if _OPEN.isdisjoint(said) or not _CLOCK.issuperset(said):
        return None
    return "now" if _TOMORROW.isdisjoint(said) else "tomorrow"


def _thumb(scene: Scene, heard: Heard) -> Decision | None:
    if heard.says_no:
        return _not_that(scene, scene.state.answer_at(heard.at))
    return Decision(scene.state, feedback="helped", label="listen") if heard.says_yes else None


def _not_that(scene: Scene, topic: str | None) -> Decision:
    """Other topics that they may have meant; where there is none, how to go on."""
    state = scene.state
    offers = tuple(one for one in state.others if one in scene.book.topics and one != topic)[:MOST_OFFERS]
    line = Line(keys=("not_that",), offers=offers, wait=PAUSE) if offers else Line(keys=("dont_know",), wait=PAUSE)
    state = replace(state, asked=None, answered=None, others=(), offered=offers)
    return Decision(state, (line,), feedback="not_that" if topic else None, label="answer")
