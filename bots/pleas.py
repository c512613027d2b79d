"""Ways to ask that are none: plain answers to the bot, and words after the help that was called. Pure.

Each is played, without any variant, in the states in which somebody waits: what calls or keeps a human there must not
be taught as a question.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bots import dialogue
from bots.state import Book, Case, Heard, Scene, State
from handoff.report import UNKNOWN
from nlu.meaning import Understanding
from nlu.variants import without_variants
from nlu.word_list import words

SURELY_TALK = 0.6  # probability of small talk from which a text asks for nothing that has an answer

_WORD = re.compile(r"\w+")
# All that somebody writes who answers the bot, or who asks where the help is. A question about the city names more.
_PLAIN = words(
    """
    ya iya yah y betul benar bkn tidak tdk tak gak ga gk nggak ngga enggak seng tra tida belum blm sudah sdh su udah
    entah entahlah tahu tau taw yakin pasti jelas ingat lihat mungkin kayaknya sepertinya kurang ragu bingung ada bukan
    mana dimana kemana di ke sampai sampe smp nyampe kapan kpn lama lamanya berapa brp jam menit datang dtg tiba muncul
    masih msh menunggu nunggu tunggu tungguin ditunggu menanti ini itu juga jg saja aja lagi lg dari tadi sekarang skrg
    cepat cepatan lekas buruan segera tolong bantu bantuan bantuannya petugas petugasnya tim timnya mobil mobilnya unit
    ambulans ambulansnya ambulance ambulan damkar damkarnya polisi polisinya pemadam kalian kamu anda dia mereka kami
    saya sy aku beta kita kenapa knp kok kan kah dong sih deh nih ee e jadi bagaimana gimana gmn katanya apa apakah
    posisi jalan dijalan otw kah jua ka ji mi pi de sini situ sana disini kesini kemari orang orangnya halo hai
    min admin kak kakak pak bapak bu ibu bang bos om tante
    """
)
# The states, and what staff read of a text that is heard as an answer there. "{}" is the text.
_ASKED = State(stage="asking", asked="danger")
_CLOSED = State(stage="closed")
_OPEN = State(stage="case", asked="where")
_CASE = Case("", "waiting", 2, (UNKNOWN,), None, {})
_ANSWERS = "Ini jawaban warga saat bot bertanya apakah ada bahaya, jadi harus sampai ke petugas: hapus variasi ini."
_AFTER = "Ini ditulis warga yang masih menunggu bantuan setelah laporannya ditutup: hapus variasi ini."
_WITHIN = "Ini ditulis warga yang laporannya sedang berjalan: hapus variasi ini."


def why_not(text: str, understood: Understanding, book: Book) -> str | None:
    """Why staff must not teach ``text`` as a question, as they read it; None where they may."""
    said = without_variants(understood)
    if not _is_plain(text, said):
        return None
    heard = Heard("text", text, said, datetime.now(UTC))
    states = (
        (Scene(_CLOSED, book), _AFTER),
        (Scene(_ASKED, book), _ANSWERS),
        (Scene(_OPEN, book, case=_CASE), _WITHIN),
    )
    return next((why for scene, why in states if _calls(scene, heard)), None)


def _is_plain(text: str, said: Understanding) -> bool:
    """Whether it names nothing that a city could be asked about."""
    if said.kind == "smalltalk" and said.scores.get("smalltalk", 0.0) >= SURELY_TALK:
        return True
    return _PLAIN.issuperset(_WORD.findall(text.lower()))


def _calls(scene: Scene, heard: Heard) -> bool:
    """Whether a human hears of it, or they are asked whether there is danger."""
    decision = dialogue.hear(scene, heard)
    return decision.report is not None or decision.state.asked == "danger"
