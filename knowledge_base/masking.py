"""What citizens wrote, without who they are: for those who curate answers and never need to know who asked.

It rather masks too much: a number too many lost costs nothing, one left costs a person's privacy.
"""

from __future__ import annotations

import re

NUMBER, MAIL, NAME, PLATE, DATE = "[nomor]", "[surel]", "[nama]", "[pelat]", "[tanggal]"

_MAIL = re.compile(r"\S+@\S+|(?<!\w)@\w{3,}")
_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d{2}(?!\d)")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s.\-()/]{0,2}\d){5,}")  # telephone, NIK, KK, account: six digits and more
# What stands first on a number plate, by region.
_REGIONS = """A B D E F G H K L M N P R S T W Z AA AB AD AE AG BA BB BD BE BG BH BK BL BM BN BP DA DB DC DD DE DG DH
    DK DL DM DN DP DR DS DT DW EA EB ED KB KH KT KU PA PB"""
_PLATE = re.compile(rf"\b(?:{'|'.join(_REGIONS.split())})[\s.\-]?\d{{1,4}}[\s.\-]?[A-Z]{{1,3}}\b", re.IGNORECASE)
_INTRODUCES = re.compile(
    r"\b(?:nama(?:ku)?(?:\s+(?:saya|sy|sya|aku|ku|beta|lengkap|anak|suami|istri|ibu|bapak|ayah|pelapor|dia|nya))*"
    r"|namanya|bernama|atas\s+nama|a\s?[./]\s?n\.?|an\.|perkenalkan(?:\s+(?:saya|sy|aku|beta))?)\s*[:=]?\s+",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\b(?P<title>[Bb]apak|[Ii]bu|[Pp]ak|[Bb]u|[Bb]ang|[Kk]ak|[Mm]as|[Mm]ba[k]?|[Oo]m|[Tt]ante|[Nn]ona|[Oo]pa|[Oo]ma|"
    r"[Ss]dr\.?|[Ss]audara|[Nn]y\.|[Tt]n\.)\s+(?P<name>[A-Z][a-z']+(?:\s+[A-Z][a-z']+){0,2})"
)
_WORD = re.compile(r"[^\W\d_][\w'.]*|\S")
_MOST_NAMES = 4
# Where a name ends that nobody wrote in capitals.
_FOLLOWS = """
    mau ingin hendak bisa dari di d dgn dengan dan yang yg saya sy aku beta tinggal alamat bertanya tanya nanya umur
    usia asal warga apakah apa kenapa bagaimana gimana kapan mana berapa untuk utk tolong mohon minta sudah belum tidak
    tdk gak salah ktp kk nik hilang rusak itu ini ada punya lahir nomor no hp telp kalau kalo jika karena sebagai adalah
    ke pada masih akan lagi sedang juga atau tapi mengurus urus bikin buat daftar cek lapor melapor ubah ganti
    """
_AFTER_A_NAME = frozenset(_FOLLOWS.split())


def masked(text: str) -> str:
    """``text`` with numbers, addresses of mail, plates, dates of birth and names put out of sight."""
    if "@" in text:
        text = _MAIL.sub(MAIL, text)
    if _DIGIT.search(text):  # most questions hold none: what can find nothing is not tried
        text = _DATE.sub(DATE, text)
        text = _PLATE.sub(PLATE, text)
        text = _LONG_NUMBER.sub(NUMBER, text)
    text = _ADDRESSED.sub(lambda found: f"{found['title']} {NAME}", text)
    return _without_names(text)


def _without_names(text: str) -> str:
    kept: list[str] = []
    at = 0
    while found := _INTRODUCES.search(text, at):
        end = _end_of_name(text, found.end())
        kept.append(text[at : found.end()])
        if end > found.end():
            kept.append(NAME)
        at = end
    return "".join([*kept, text[at:]])


def _end_of_name(text: str, start: int) -> int:
    """Where the words that follow stop being a name."""
    end = start
    for count, word in enumerate(_WORD.finditer(text, start)):
        said = word[0].lower().strip(".'")
        if count == _MOST_NAMES or not said or not said[0].isalpha() or said in _AFTER_A_NAME:
            break
        end = word.start() + len(word[0].rstrip("."))
    return end
