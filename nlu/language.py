"""Which language a message is written in, so that replies can follow."""

from __future__ import annotations

from nlu.clean import Cleaned


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_AMBON = _words(
    """
    beta katong ketong ose ale dorang antua seng par pung deng kas kase bale dapa su sioh bakalai basar kacil skali tar
    jang lia kaluar mangapa bagimana akang oras pica pohong dusung gunong utang tampa balong kamareng anana ana tete nene
    jatong nyong jujaro mungare usi caca barmaeng bajalang mangente sagala samua kanal orang2 ka ruba pante maso masu
    malawang tabakar talanggar tajepit tajebak tatindis talempar taong lai sandiri stengah sadiki carita kamari dolo
    """
)
_AMBON_SURE = _words("beta katong ose ale dorang antua pung seng par deng sioh kamareng anana balong samua tabakar")
_KENDARI = _words(
    """
    adami adapi bela kodong tawwa cappo cika nda ndak iyo iye poe dih kah toh sa ko mi ji pi di' kita' mauki itumi inimi
    belumpi apami manami tidakmi bagaimanami tena cess na gappa pale padahalji jako mako tokh ces kau ambilki
    """
)
_CLITIC_ENDS = ("mi", "ki", "ji", "pi", "ko", "ka", "kah")
_CLITIC_HOSTS = _words(
    """
    ada cepat tolong sudah habis besar parah jatuh mati naik lari datang tidak masih belum jangan bisa mau itu ini
    terbakar pingsan luka banyak bantu kasih kirim tunggu lihat liat pergi turun masuk keluar hilang sakit takut tinggi
    dalam jauh dekat rusak aman bagus mana apa siapa begini begitu semua satu dua tiga kebakaran banjir minta saja
    """
)
_JAWA = _words(
    """
    wong omah banyu ono iki iku kuwi opo sopo ora mboten nggih inggih kulo panjenengan sampeyan tulung nyuwun piye pripun
    saiki sek lagek wes wis durung karo ning nang kobong kobongan geni tibo ngarep mburi bojoku anakku kok gek ndang rek
    cak ojo aku pak'e petugase wonten saking dalem loro ketubruk getih nggon tenan banget enek koyone tugel
    """
)
_BUGIS = _words(
    """
    engka degaga magi aga iga tega pole lao tania idi iya' tau lopi lopita tasi tasi'e bola bolae api nanre mate malabu
    tulung tulungka tulungkki tulungi puang ri na'e pasa'e olo maega marakko tabbe madoko wae mallise lempe macekke to
    riolo uttu ladde makebbong rongko mappakaja
    """
)
_ENGLISH = _words(
    """
    the is are was there my our your his her help please need someone somebody house fire police ambulance at in on and
    what where how when who can could do does have has not with from this that they he she we you it accident trapped
    bleeding breathing someone's near street road people man woman child car bike boat still now just can't don't i am
    i'm for of to a an to be been out into about
    """
)
_SMS = _words(
    """
    yg dg dgn dr dri sdh udh blm tdk jgn bs hrs krn utk tlg tlng skrg bgt bgmn gmn knp dmn jln rmh sy sya kpn brp ap jd
    pd msh lg tp jg klo kl aj smp spt trs org dlm dpn blkg dkt smua bnyk d k n mhn almt kbkran kbakaran mtr mbl skt ank
    """
)


def language_of(cleaned: Cleaned) -> str:
    """ "id", "id-sms", "ambon", "kendari", "jv", "bug" or "en"; mixed messages take the most telling one."""
    words = cleaned.raw
    if not words:
        return "id"
    counts = {
        "ambon": sum(word in _AMBON for word in words) + 2 * sum(word in _AMBON_SURE for word in words),
        "kendari": sum(word in _KENDARI or _has_clitic(word) for word in words) * 2,
        "jv": sum(word in _JAWA for word in words) * 2,
        "bug": sum(word in _BUGIS for word in words) * 2,
        "en": sum(word in _ENGLISH for word in words) * 1.4,
    }
    best = max(counts, key=lambda language: counts[language])
    if counts[best] >= 2 and counts[best] >= 0.3 * len(words):
        return best
    shortened = sum(word in _SMS or _has_no_vowel(word) for word in words)
    return "id-sms" if shortened >= 2 or shortened >= 0.3 * len(words) else "id"


def _has_clitic(word: str) -> bool:
    return any(word.endswith(end) and word[: -len(end)] in _CLITIC_HOSTS for end in _CLITIC_ENDS)


def _has_no_vowel(word: str) -> bool:
    return len(word) >= 3 and word.isalpha() and word.isascii() and not any(vowel in word for vowel in "aeiou")
