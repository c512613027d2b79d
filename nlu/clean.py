"""Text as people send it -> the plain words that the rules and the classifier read.

"TLG ada kbakarann d jln" -> tolong ada kebakaran di jalan. The words as written are kept beside the plain ones,
because a place name must never be "corrected".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LONGEST = 4000  # characters read of one message: Telegram's and WhatsApp's own limit is 4,096
_TAIL = 1000  # of a longer one the end is read too: stories end with what matters
_MEMO = 50_000  # spellings remembered; beyond it the memory is emptied, not grown
_LONGEST_WORD = 40
_STRANGERS = 200  # spellings not met before that one message may bring: nobody who means something brings more

EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u203c\u2049"
_TOKEN = re.compile(rf"[^\W_]+(?:['’`ʼ][^\W_]+)*|[?!.,;:\n]|[{EMOJI}]")
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0"
    "\ud800-\udfff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
_LOOKALIKE = str.maketrans("аеорсухікмтвнѕјɡαοερτικν", "aeopcyxikmtbhsjgaoept" + "ikv")
_LEET = str.maketrans("013457@$", "oieast" + "as")
_SPELT_OUT = re.compile(r"(?<!\w)(?:[^\W\d_][ .-]){3,40}[^\W\d_](?!\w)")  # "t o l o n g"
_STRETCHED = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")
_TWO_ALIKE = re.compile(r"(.)\1")
_NUMBER_THEN_WORD = re.compile(r"(\d+)([a-z]+)")
_WORD_THEN_NUMBER = re.compile(r"([a-z]+)(\d+)")
_TWICE = re.compile(r"([a-z]{3,})2(?:an|nya|x)?")
_CLITIC = re.compile(r"(.{3,}?)(?:mi|ki|ka|ko|ji|pi|kah|lah|nya|ny|x|mo|jo)")
_VOWELS = re.compile("[aeiou]+")
_PLACE_NOUNS = """rumah jalan depan belakang samping dalam luar atas bawah pasar sekolah kantor kamar dapur pantai laut
    sungai lantai lorong sini sana situ kampung desa hutan gunung pelabuhan bandara jembatan mana tengah pinggir lokasi
    tempat sebelah dekat seberang ujung kompleks perumahan kos toko kali halaman hotel masjid gereja terminal kecamatan
    kelurahan teluk tikungan lampu perempatan pertigaan simpang gang tangan kepala kaki badan tubuh"""
_GLUED = frozenset(_PLACE_NOUNS.split())  # "dirumah", "kesini": written together, meant apart
_STOPS = frozenset("?!.;\n")
_PAUSES = frozenset(",:")


@dataclass(slots=True)
class Cleaned:
    """One message. `raw` words as written in small letters, `words` plain; `origin[i]` is the raw index of `words[i]`.

    `breaks` holds the indices of `words` before which a sentence begins, `pauses` those after a comma. Emoji are words.
    """

    text: str
    raw: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)
    asks: bool = False  # a question mark stands in it
    strange: bool = False  # it brings more spellings not met before than anybody who means something


def visible(text: str) -> str:
    """The characters that a reader sees: compatibility forms folded, marks and invisible characters gone."""
    if len(text) > LONGEST:
        text = text[: LONGEST - _TAIL] + "\n" + text[-_TAIL:]
    if text.isascii():
        return text.replace("\x00", "")
    return _INVISIBLE.sub("", unicodedata.normalize("NFKD", text)[: 2 * LONGEST])


def skeleton(word: str) -> str:
    """Consonants alone, doubles once: what is left of a word in an SMS ("tenggelam" -> "tnglm")."""
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word))


def within(short: str, long: str) -> bool:
    """Whether the letters of `short` stand in `long` in their order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


class Cleaner:
    """Slang and spelling. `known` are the words that people are known to write, the most frequent first."""

    def __init__(self, slang: Mapping[str, str], known: Sequence[str] = ()) -> None:
        self._slang = {short: tuple(plain.split()) for short, plain in slang.items() if " " not in short}
        self._pairs = {tuple(short.split()): tuple(plain.split()) for short, plain in slang.items() if " " in short}
        self._closers = frozenset(pair[1] for pair in self._pairs)
        self._whole: dict[str, list[str]] = {}
        for word in known:
            bones = skeleton(word)
            if len(word) - len(bones) >= 2 and len(bones) >= 3 and word.isalpha():
                self._whole.setdefault(bones, []).append(word)
        self._known = set().union(*self._slang.values()) - self._slang.keys()
        rank = {word: at for at, word in enumerate(known)}
        for word in known:  # an abbreviation is known by its own right where it is commoner than its long form (ktp)
            longer = self._with_vowels(word)
            if not _STRETCHED.search(word) and not (longer and rank[longer[0]] < rank[word]):
                self._known.add(word)
        self._memo: dict[str, tuple[str, ...]] = {}

    def clean(self, text: str) -> Cleaned:
        """Never raises; reads at most 4,000 characters, the end of a longer text among them."""
        shown = visible(text)
        lowered = shown.lower()
        if not lowered.isascii():
            lowered = lowered.translate(_LOOKALIKE)
        if _SPELT_OUT.search(lowered):
            lowered = _SPELT_OUT.sub(lambda run: re.sub(r"[ .-]", "", run[0]), lowered)
        cleaned = Cleaned(shown, asks="?" in lowered)
        raw, words, origin = cleaned.raw, cleaned.words, cleaned.origin
        memo, closers, strangers = self._memo, self._closers, _STRANGERS
        for token in _TOKEN.findall(lowered):
            if token in _STOPS:
                cleaned.breaks.append(len(words))
                continue
            if token in _PAUSES:
                cleaned.pauses.append(len(words))
                continue
            spelt = memo.get(token)
            if spelt is None:
                spelt = self._look_up(token)
                if spelt:
                    memo[token] = spelt
                else:
                    strangers -= 1
                    spelt = self._remember(token) if strangers >= 0 else (token[:_LONGEST_WORD],)
            if token in closers and raw and (raw[-1], token) in self._pairs:
                spelt = self._pairs[raw[-1], token]
                while origin and origin[-1] == len(raw) - 1:  # what the first word meant alone
                    origin.pop()
                    words.pop()
            words.extend(spelt)
            origin.extend([len(raw)] * len(spelt))
            raw.append(token)
        cleaned.strange = strangers < 0
        return cleaned

    def _remember(self, token: str) -> tuple[str, ...]:
        if len(self._memo) >= _MEMO:
            self._memo.clear()
        spelt = self._memo[token] = self._spell(token[:_LONGEST_WORD])
        return spelt

    def _spell(self, token: str) -> tuple[str, ...]:
        token = token.replace("'", "").replace("’", "").replace("`", "").replace("ʼ", "")
        known = self._look_up(token)
        if known or token.isdigit() or not token.isascii():
            return known or (token,)
        return (
            self._with_digits(token)
            or self._without_stretching(token)
            or self._without_clitic(token)
            or self._with_vowels(token)
            or (_STRETCHED.sub(r"\1", token) if _TWO_ALIKE.search(token) else token,)
        )

    def _look_up(self, token: str) -> tuple[str, ...]:
        plain = self._slang.get(token)
        if plain is not None:
            return plain
        return (token,) if token in self._known else ()

    def _with_digits(self, token: str) -> tuple[str, ...]:
        """ "3org" -> 3 orang, "lt2" -> lantai 2, "anak2" -> anak, "t0l0ng" -> tolong."""
        if token.isalpha():
            return ()
        if twice := _TWICE.fullmatch(token):
            return self._look_up(twice[1]) or self._spell(twice[1])
        if plain := self._look_up(token.translate(_LEET)):
            return plain
        if split := _NUMBER_THEN_WORD.fullmatch(token):
            return (split[1], *self._spell(split[2]))
        if split := _WORD_THEN_NUMBER.fullmatch(token):
            return (*self._spell(split[1]), split[2])
        return ()

    def _without_stretching(self, token: str) -> tuple[str, ...]:
        if not _TWO_ALIKE.search(token):
            return ()
        once = _STRETCHED.sub(r"\1", token)
        for spelling in (once, _STRETCHED.sub(r"\1\1", token), _DOUBLED.sub(r"\1", token)):
            if spelling != token and (plain := self._look_up(spelling)):
                return plain
        if once != token:
            return self._without_clitic(once) or self._with_vowels(once)
        return ()

    def _without_clitic(self, token: str) -> tuple[str, ...]:
        if token.startswith(("di", "ke")) and token[2:] in _GLUED:
            return (token[:2], token[2:])
        if (ending := _CLITIC.fullmatch(token)) is None:
            return ()
        stem = ending[1]
        if stem in self._slang:
            return self._slang[stem]
        if len(stem) > 3 and stem in self._known:
            return (stem,)
        return (stem[:2], stem[2:]) if stem.startswith(("di", "ke")) and stem[2:] in _GLUED else ()

    def _with_vowels(self, token: str) -> tuple[str, ...]:
        """ "tnggl" -> tinggal: the most frequent word that keeps these letters and adds vowels alone."""
        if 4 * sum(map(token.count, "aeiou")) > len(token):
            return ()
        bones = skeleton(token)
        for word in self._whole.get(bones, ()):
            if word[0] == token[0] and len(word) > len(token) and within(token, word):
                return (word,)
        return ()
