"""What citizens wrote, without who they are: for those who curate answers and never need to know who asked.

It rather masks too much: a word too many lost costs nothing, one left costs a person's privacy.
"""

from __future__ import annotations

import re
import unicodedata

from knowledge_base.names_of_people import Message

NUMBER, MAIL, NAME, PLATE, DATE = "[nomor]", "[surel]", "[nama]", "[pelat]", "[tanggal]"
LINK, PLACE, ADDRESS, ACCOUNT = "[tautan]", "[lokasi]", "[alamat]", "[akun]"

_LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w.-])(?:[\w-]{1,63}\.){1,6}(?:com|id|net|org|me|co|gl|ly|be|tv|app|io|info|link)\b(?:/\S*)?",
    re.IGNORECASE,
)
_MAIL = re.compile(r"\S+@\S+|(?<!\w)@\s?\w[\w.]{2,}")
_ACCOUNT = re.compile(
    r"\b(?P<where>fb|facebook|ig|insta(?:gram)?|tik\s?tok|tt|twitter|telegram|tele|line|akun|username|user)\b"
    r"\s*(?:sy|saya|beta|nya)?\s*[:=]?\s*(?!(?:mau|di|ke|yang|yg|dan|apa|ada|resmi|admin|untuk|utk|wa|ig|fb)\b)"
    r"(?:\w+[._]\w+|\w*\d\w*|(?<=[:=])\s*\w+|(?<=[:=] )\w+)",
    re.IGNORECASE,
)
_POSITION = re.compile(
    r"(?:\b(?:lat(?:itude)?|lo?ng(?:itude)?|koordinat)\s*[:=]?\s*)?(?<![\d.,])[-+]?\d{1,3}[.,]\d{3,}\s*°?\s*[NSEWLUBT]{0,2}\s*[,;/|\s]\s*"
    r"(?:lo?ng?(?:itude)?\s*[:=]?\s*)?[-+]?\d{1,3}[.,]\d{3,}(?![.,]?\d)°?|(?<![\d.,])[-+]?\d{1,3}\.\d{4,}(?![.,]?\d)"
    r"|\d{1,3}\s*°\s*\d{1,2}(?:\s*['′’]\s*(?:\d{1,2}(?:[.,]\d+)?\s*[\"″”]?)?)?\s*[NSEWLUBT]{0,2}"
    r"|\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}\b",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|mei|may|jun|jul|ag[us]|agt|sep|okt|oct|nov|nop|des|dec)[a-z]*"
_DATE = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}\s*[-/.\s]\s*\d{{1,2}}\s*[-/.\s]\s*(?:19|20)\d{{2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2}}"
    rf"|(?:19|20)\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[\s\-/.]*{_MONTH}[\s\-/.,']*(?:(?:19|20)\d{{2}}|\d{{2}}))(?!\d)"
    rf"|\b(?:(?:tgl|tanggal|tempat|thn|tahun|bln|bulan)[\s/]*){{0,3}}(?:lahir(?:an)?|kelahiran|lhr|ttl|dob|ultah)\b"
    rf"(?:\s*(?:saya|sy|beta|di|tgl|tanggal|thn|tahun|pada|[:=,])\s*)*\s*(?:[a-z]+\s*,?\s+)?"
    rf"\d{{1,4}}(?:[\s\-/.]*(?:{_MONTH}|\d{{1,2}}))?(?:[\s\-/.]*\d{{2,4}})?(?!\d)",
    re.IGNORECASE,
)
_GAP = r"[\s.\-()/_*,|:~+]{0,3}"
_LONG_NUMBER = re.compile(rf"\+?\d(?:{_GAP}\d){{5,}}")  # telephone, NIK, KK, account: six digits and more
# Letters that look like digits, among digits: "o8l2 345o".
_LIKE_DIGITS = re.compile(rf"(?<!\w)\+?[\doOlLiIsSzZbB](?:{_GAP}[\doOlLiIsSzZbB]){{5,}}(?!\w)")
_FEWEST_DIGITS = 3  # among such letters
_SPOKEN = (
    r"(?:nol|kosong|kosng|satu|dua|tiga|empat|ampat|lima|enam|anam|tujuh|tuju|delapan|dlapan|lapan|sembilan|"
    r"smbilan|sambilan|double|dobel|zero|one|two|three|four|five|six|seven|eight|nine|belas|puluh)"
)
_SPELLED = re.compile(rf"\b(?:\d+[\s,.\-/]+)*{_SPOKEN}(?:[\s,.\-/]*{_SPOKEN}|[\s,.\-/]+\d+\b){{4,}}", re.IGNORECASE)
# What stands first on a number plate, by region.
_REGIONS = """A B D E F G H K L M N P R S T W Z AA AB AD AE AG BA BB BD BE BG BH BK BL BM BN BP DA DB DC DD DE DG DH
    DK DL DM DN DP DR DS DT DW EA EB ED KB KH KT KU PA PB"""
_PLATE = re.compile(rf"\b(?:{'|'.join(_REGIONS.split())})[\s.\-]?\d{{1,4}}[\s.\-]?[A-Z]{{1,3}}\b", re.IGNORECASE)
_DOOR = (
    r"(?:no(?:mor|mer|\.)?|nmr|blok|blk|rt|rw|km|lantai|lt|kav(?:ling)?)\.?"
    r"\s*[a-z]{0,2}[\s./-]?\d+[a-z]?(?:\s*/\s*\d+)?"
)
_STREET = re.compile(
    rf"\b(?:jln?|gg|lrg|lr)\b\.?\s*(?!(?:raya|rusak)\b)(?:[a-z][\w']*\s*?){{1,2}}(?:[\s,]+{_DOOR})*"
    rf"|\b(?:jalan|gang|lorong|perum(?:ahan)?|kompleks?|btn|blok|rumah|rmh)\s+(?:[a-z][\w']*\s+){{0,3}}?{_DOOR}(?:[\s,]+{_DOOR})*"
    rf"|\b(?:rt|rw)\b[\s./:]*\d+(?:[\s,/]*(?:rw)?[\s./:]*\d+)?",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """``text`` with numbers, addresses, accounts, places on the map, plates, dates and names put out of sight."""
    text = _plain(text)
    for pattern, mask in ((_MAIL, MAIL), (_LINK, LINK), (_POSITION, PLACE), (_DATE, DATE), (_PLATE, PLATE)):
        text = pattern.sub(mask, text)
    text = _ACCOUNT.sub(lambda found: f"{found['where']} {ACCOUNT}", text)
    text = _SPELLED.sub(NUMBER, _LONG_NUMBER.sub(NUMBER, _LIKE_DIGITS.sub(_number, text)))
    return _without_names(_STREET.sub(ADDRESS, text))


def _plain(text: str) -> str:
    """Without signs that nobody sees, and with letters and digits as they are typed by most."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Me", "Mn"))


def _number(found: re.Match[str]) -> str:
    return NUMBER if sum(sign.isdigit() for sign in found[0]) >= _FEWEST_DIGITS else found[0]


def _without_names(text: str) -> str:
    kept: list[str] = []
    at = 0
    for start, end in Message(text).names():
        kept += [text[at:start], NAME]
        at = end
    return "".join([*kept, text[at:]])
