"""Violence, suicide and children are known however they are written; a town's daily questions are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.private_subjects import is_private

STEMS = ["tampar", "siksa", "cekik", "pukul", "tonjok", "cabul", "tusuk", "keroyok", "sayat", "culik"]
VIOLENCE = """pemerkosaan|penyiksaan|dia menyiksa saya|menganiaya|menampar|mencekik|melecehkan|pencabulan|mencabuli
dibacok
membacok|diculik|menculik|sodomi|ditonjok|digebuk|laki pukul beta|pukul istri|suami main tangan|ancaman|terancam
ngancam
nampar|nyiksa|mbunuh|tapukul|ba pukul|di pukul|dipukuliii|kekerasan|pelecehan|pengeroyokan|k.d.r.t|K D R T|kdrt
kekrasan
pmerkosaan|p3rkosa|b*nuh|di-bunuh|perkosaan|dipasung|takut pulang, takut suami|baku pukol|disekap|diperkosa
visum di mana"""
SUICIDE = """bundir|bunuh diri|b u n u h diri|bnuh dri|bunuh d1ri|tidak mau hidup lagi|ingin mengakhiri semuanya
mau mati saja
seng mau idop lai|ingin mati|lebih baik mati|mengakhiri hidup|akhiri hidup|capek hidup|minum racun|gantung diri
putus asa
menggugurkan kandungan|aborsi|tdk sanggup lagi|mau lompat dari jembatan|menyayat tangan|cape hidup
pengen cepat mati"""
CHILDREN = """anak|anak2|4nak|ank|ana|ana-ana kacil|anana|bayi|balita|murid|siswi|siswa|putri saya|yatim|panti asuhan
umur 5 tahun|usia 16 thn|di bawah umur|keponakan|cucu|anaknya|remaja|pelajar|adik saya|a.n.a.k|kelas 3 sd
nikah dini"""
CALM = """syarat ktp apa|jam buka puskesmas pukul berapa|buka pukul 8 pagi|pkl 08.00 buka|bayar pajak mati
lampu jalan tidak hidup
mau lapor lampu jalan mati|akta kelahiran|persyaratan nikah|prasarana jalan rusak|seksi pelayanan|belajar bahasa
pedagang kaki lima|tagihan pdam|umur 17 tahun mau bikin ktp|pasang wifi gratis dimana ya|rabu buka
tidak bisa bayar lagi
berapa harga cabai hari ini|air mengalir kapan|saya mengalami kendala|meteran air rusak|di manakah kantornya
pa mau tanya
jam buka pasar ikan|kantor camat di semarang|saya pasang sendiri"""


def _each(*lists: str) -> list[str]:
    return [one for text in lists for line in text.splitlines() for one in line.split("|")]


@pytest.mark.parametrize("said", _each(VIOLENCE, SUICIDE, CHILDREN))
def test_what_nobody_reads_again_is_known(said: str) -> None:
    assert is_private(said)
    assert is_private(f"Halo min, {said.upper()}!! tolong")


@pytest.mark.parametrize("said", _each(CALM))
def test_what_a_town_asks_every_day_is_not(said: str) -> None:
    assert not is_private(said)


@given(
    stem=st.sampled_from(["bacok", "cekik", "ancam", "aniaya", "hajar", "gebuk", "bunuh", "culik", "leceh", "cabul"]),
    before=st.sampled_from(["", "di", "ter", "ke"]),
    after=st.sampled_from(["", "an", "i", "kan", "nya", "lah", "2"]),
    doubled=st.integers(0, 4),
)
def test_a_stem_is_known_with_every_affix(stem: str, before: str, after: str, doubled: int) -> None:
    word = before + stem[:doubled] + stem[doubled] * 3 + stem[doubled + 1 :] + after
    assert is_private(f"ada yang {word} di sini")


@given(
    st.sampled_from(STEMS),
    st.sampled_from("mp"),
)
def test_a_stem_is_known_with_its_first_letter_lost_in_the_affix(stem: str, begins: str) -> None:
    nasal = {"t": "n", "s": "ny", "c": "nc", "p": "m", "k": "ng"}[stem[0]]
    word = begins + "e" + nasal + stem[1:]
    assert is_private(word)


@given(st.text(max_size=300))
def test_any_words_are_judged(said: str) -> None:
    assert is_private(f"{said} anak {said}")
