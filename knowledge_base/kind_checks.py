"""What would not fit the rest of the city, for each kind that staff change: said in an operator's Indonesian."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from knowledge_base.agency_files import AgencyFile
from knowledge_base.answer_parts import AnswerPhone
from knowledge_base.areas import Landmark
from knowledge_base.cards import Card
from knowledge_base.categories import Category
from knowledge_base.city import City
from knowledge_base.city_checks import FAR_OUTSIDE
from knowledge_base.city_rows import Phone, Point
from knowledge_base.desk_files import REPLY_FILLINGS, Holiday, QuickReply
from knowledge_base.everyday_words import why_no_name
from knowledge_base.faq import ArticleFile
from knowledge_base.faults import EMPTY, Fault
from knowledge_base.sentence_checks import turned_round
from knowledge_base.sms_text import ONE_SEGMENT, TWO_SEGMENTS, gsm7_length
from knowledge_base.text_checks import SMS_FORM, known_fillings, texts_of
from knowledge_base.wording_file import OddPlaceholder, placeholders

LONGEST_ANSWER = 600  # once filled: what a telephone shows without scrolling
EVERYWHERE = frozenset({"voice", "city", "short"})  # what the bot fills in whatever it says
FORMS = ("_sms", "_no_call", "_gentle", "_empty")  # of a sentence: see wording/id.yml
SHORTEST_NUMBER = 3  # digits: 110
PREMIUM = ("0809", "0900")  # whoever rings them pays for it
NEW_QUESTION = "ask_"  # a category's own questions may bring sentences of their own


def article(city: City, slug: str, row: ArticleFile) -> Iterator[Fault]:
    """An answer that cannot be said, or that asks for what another one answers."""
    known = known_fillings(city.name, city.short_name, city.voice_number)
    for where, text, for_sms in texts_of(row):
        field = ".".join(where)
        fault = _braces(field, text, known)
        if fault is None:
            filled = text.format_map(known)
            fault = _sms(field, filled, TWO_SEGMENTS) if for_sms else _short(field, filled)
        if fault is not None:
            yield fault
    yield from _twice("variants", row.variants)
    yield from _others_variants(city, slug, row.variants)
    yield from _kecamatan(city, row)
    yield from _numbers("phones", row.phones)


def _short(field: str, text: str) -> Fault | None:
    if len(text) <= LONGEST_ANSWER:
        return None
    return Fault(field, f"Terlalu panjang: {len(text)} huruf, paling banyak {LONGEST_ANSWER}. Pendekkan.")


def _sms(field: str, text: str, limit: int) -> Fault | None:
    try:
        length = gsm7_length(text)
    except ValueError:
        return Fault(field, f"Tidak bisa dikirim lewat SMS karena {_strangers(text)}: ganti dengan huruf biasa.")
    if length <= limit:
        return None
    return Fault(field, f"Terlalu panjang untuk SMS: {length} huruf, paling banyak {limit}. Pendekkan.")


def _strangers(text: str) -> str:
    found = []
    for sign in dict.fromkeys(text):
        try:
            gsm7_length(sign)
        except ValueError:
            found.append(f"“{sign}”")
    return ", ".join(found[:5])


def _braces(field: str, text: str, known: Collection[str]) -> Fault | None:
    try:
        unknown = sorted(placeholders(text) - set(known))
    except OddPlaceholder as odd:
        written = odd.written if len(odd.written) <= 30 else f"{odd.written[:30]}…"
        return Fault(field, f"Di dalam kurung kurawal hanya boleh nama, seperti {{voice}}: ganti {{{written}}}.")
    except ValueError:
        return Fault(field, "Kurung kurawal tidak berpasangan: tulis seperti {voice}.")
    if not unknown:
        return None
    may = ", ".join(f"{{{name}}}" for name in sorted(known)) or "tidak ada"
    return Fault(field, f"{', '.join(f'{{{name}}}' for name in unknown)} tidak dikenal di sini. Yang boleh: {may}.")


def _said(text: str) -> str:
    return " ".join(text.casefold().split())


def _twice(field: str, texts: Iterable[str]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, text in enumerate(texts):
        first = seen.setdefault(_said(text), number)
        if first != number:
            yield Fault(f"{field}.{number}", f"Sama dengan baris {first + 1}: hapus salah satu.")


def _others_variants(city: City, slug: str, variants: Iterable[str]) -> Iterator[Fault]:
    """One question asks for one answer: else it is chance which is given."""
    asked = _asked(city)
    for number, text in enumerate(variants):
        others = (title for topic, title in asked.get(_said(text), ()) if topic != slug)
        title = next(others, None)
        if title is not None:
            yield Fault(f"variants.{number}", f"Sudah dipakai jawaban “{title}”: simpan di satu saja.")


_Asked = dict[str, tuple[tuple[str, str], ...]]
_ASKED: dict[str, tuple[tuple[ArticleFile, ...], _Asked]] = {}  # by city, while its answers are the same ones


def _asked(city: City) -> _Asked:
    """Every published way to ask, with topic and title of its answers: made once for 40,000, then asked often."""
    kept = _ASKED.get(city.slug)
    if kept is not None and kept[0] is city.articles:
        return kept[1]
    asked: _Asked = {}
    for one in city.articles:
        for said in {_said(text) for text in one.variants}:
            asked[said] = (*asked.get(said, ()), (one.topic, one.title))
    _ASKED[city.slug] = (city.articles, asked)
    return asked


def _kecamatan(city: City, row: ArticleFile) -> Iterator[Fault]:
    known = {area.name for area in city.areas if area.level == "kecamatan"}
    seen: set[str] = set()
    for number, local in enumerate(row.local):
        for name in local.kecamatan:
            if name not in known:
                yield Fault(f"local.{number}.kecamatan", f"Tidak ada kecamatan {name} di {city.name}.")
            elif name in seen:
                yield Fault(f"local.{number}.kecamatan", f"Kecamatan {name} sudah punya jawaban lain di sini.")
            seen.add(name)


def card(city: City, slug: str, row: Card) -> Iterator[Fault]:
    """A card without a step that fits an SMS, or for a kind of emergency that there is not."""
    if row.kind == "sop" and not row.body:
        yield Fault("body", EMPTY)
    if row.kind == "card" and not row.steps:
        yield Fault("steps", "Tulis paling sedikit satu langkah.")
    for number, step in enumerate(row.steps):
        fault = _sms(f"steps.{number}", step, ONE_SEGMENT) if step else Fault(f"steps.{number}", EMPTY)
        if fault is not None:
            yield fault
    yield from _there("categories", row.categories, city.categories, "kategori")
    occasions = {one: other for other in city.cards if other.slug != slug for one in other.send_when}
    for number, occasion in enumerate(row.send_when):
        yield from _there(f"send_when.{number}", (occasion.partition(":")[0],), city.categories, "kategori")
        if row.kind == "card" and occasion in occasions:
            yield Fault(f"send_when.{number}", f"Saat itu sudah dikirim kartu “{occasions[occasion].title}”.")


def last_day(said: Any) -> Iterator[Fault]:
    """Until when an approval is wanted, as a draft says it; empty: for the usual time."""
    try:
        if said not in (None, ""):
            date.fromisoformat(said)
    except (TypeError, ValueError):
        yield Fault("expires", "Tulis hari terakhir berlakunya seperti 2027-12-31, atau kosongkan.")


def _there(field: str, wanted: Iterable[str], known: Collection[str], what: str) -> Iterator[Fault]:
    for name in wanted:
        if name not in known:
            yield Fault(field, f"Tidak ada {what} “{name}”: pilih yang lain, atau terbitkan dulu.")


def sentence(city: City, key: str, row: Any) -> Iterator[Fault]:
    """A sentence that the program cannot fill, that no SMS carries, or that nobody says."""
    text = row.text
    known = _fillings(city, key)
    if known is None:
        yield Fault("", "Bot tidak memakai kalimat dengan nama ini: ubah salah satu yang ada.")
        return
    fault = _braces("text", text, known)
    if fault is not None:
        yield fault
    elif any(not name.isidentifier() for name in placeholders(text)):
        yield Fault("text", "Kurung kurawal harus berisi nama, seperti {voice}.")
    elif f"{key}{SMS_FORM}" not in city.wording:
        too_odd = _sms("text", text, limit=10**6)
        if too_odd is not None:
            yield too_odd
    if fault is None:
        filed = city.file_wording
        yield from turned_round(key, text, filed.get(key), filed.get(_base(city, key) or ""))


def _fillings(city: City, key: str) -> frozenset[str] | None:
    """What may stand in braces in this sentence; None for one that nobody says."""
    base = _base(city, key)
    if base is not None:
        return city.fillings[base]
    return EVERYWHERE if key.startswith(NEW_QUESTION) and key.isidentifier() else None


def _base(city: City, key: str) -> str | None:
    """The sentence of the files that this is, or is another form of."""
    base = key
    while base not in city.fillings:
        if not base.endswith(FORMS):
            return None
        base = base.removesuffix(next(form for form in FORMS if base.endswith(form)))
    return base


def category(city: City, slug: str, row: Category) -> Iterator[Fault]:
    """A category that names what there is not, or that opens to everybody what is kept to few."""
    agencies = {one.slug for one in city.agencies}
    for name in ("first", "also", "operator_only"):
        yield from _there(f"agencies.{name}", getattr(row.agencies, name), agencies, "instansi")
    old = city.categories.get(slug)
    if not row.agencies.first and (old is None or old.agencies.first):
        yield Fault("agencies.first", "Pilih paling sedikit satu instansi pertama.")
    yield from _there("cards", row.cards, {one.slug for one in city.cards}, "kartu")
    for number, question in enumerate(row.questions):
        yield from _there(f"questions.{number}.wording", (question.wording,), city.wording, "kalimat")
    for name, said in (("restricted", "terbatas"), ("silent", "senyap")):
        if old is not None and getattr(old, name) and not getattr(row, name):
            yield Fault(name, f"Kategori ini {said} demi keselamatan korban: tidak boleh dibuka dari sini.")
    filed = city.file_categories.get(slug)
    if filed is not None:
        yield from _less_urgent(filed, row)


def _less_urgent(filed: Category, row: Category) -> Iterator[Fault]:
    """What would make an emergency of this kind wait longer, or reach fewer, than the city's files have it."""
    if row.default_severity > filed.default_severity:
        least = filed.default_severity
        yield Fault("default_severity", f"Kategori ini paling sedikit P{least}: boleh dinaikkan, tidak diturunkan.")
    asked = {one.fact for one in row.questions if one.yes_is == 1}
    for question in filed.questions:
        if question.yes_is == 1 and question.fact not in asked:
            yield Fault("questions", f"Pertanyaan “{question.fact}” menentukan P1: kembalikan, dengan ya berarti 1.")
    gone = [one for one in filed.agencies.first if one not in row.agencies.first]
    if gone and row.agencies.first:
        names = ", ".join(gone)
        yield Fault("agencies.first", f"Instansi {names} tidak boleh dihapus dari sini; yang lain boleh ditambahkan.")


def agency(city: City, _slug: str, row: AgencyFile) -> Iterator[Fault]:
    """A post in no kelurahan of the city or outside its borders, or a number that nobody should be sent to."""
    villages = {area.code for area in city.areas if area.is_village}
    yield from _numbers("phones", row.phones)
    for number, post in enumerate(row.posts):
        yield from _numbers(f"posts.{number}.phones", post.phones)
        if post.area_code and post.area_code not in villages:
            yield Fault(f"posts.{number}.kelurahan_kode", "Kelurahan itu tidak ada di kota ini: pilih dari daftar.")
        yield from _inside(city, f"posts.{number}.lat", post.point, 0.0)


def _numbers(field: str, phones: Iterable[Phone | AnswerPhone]) -> Iterator[Fault]:
    for number, one in enumerate(phones):
        digits = "".join(sign for sign in one.number if sign.isdigit())
        if one.number.startswith("+62"):
            digits = f"0{digits.removeprefix('62')}"
        if len(digits) < SHORTEST_NUMBER:
            yield Fault(f"{field}.{number}.number", f"Nomor terlalu pendek: paling sedikit {SHORTEST_NUMBER} angka.")
        elif digits.startswith(PREMIUM):
            yield Fault(f"{field}.{number}.number", "Nomor berbayar mahal: tulis nomor biasa.")


def landmark(city: City, slug: str, row: Landmark) -> Iterator[Fault]:
    """A place outside the city, or whose name another has."""
    area = city.area(row.area_code) if row.area_code else None
    if row.area_code and (area is None or not area.is_village):
        yield Fault("area_code", "Kelurahan itu tidak ada di kota ini: pilih dari daftar.")
    if row.outside and row.area_code:
        yield Fault("area_code", "Tempat di luar kota tidak punya kelurahan di kota ini: kosongkan salah satunya.")
    yield from _inside(city, "lat", row.point, FAR_OUTSIDE if row.outside else 0.0)
    yield from _names(city, slug, row)


def _names(city: City, slug: str, row: Landmark) -> Iterator[Fault]:
    others = {
        name.casefold(): one.name for one in city.landmarks if one.slug != slug for name in (one.name, *one.aliases)
    }
    seen: set[str] = set()
    kept = {name.casefold() for one in city.landmarks if one.slug == slug for name in (one.name, *one.aliases)}
    for field, name in (("name", row.name), *((f"aliases.{n}", alias) for n, alias in enumerate(row.aliases))):
        if not name:
            yield Fault(field, EMPTY)
        elif ";" in name or not name.isprintable():
            yield Fault(field, "Jangan pakai titik koma atau baris baru di dalam nama.")
        elif name.casefold() in others:
            yield Fault(field, f"Nama ini sudah dipakai patokan “{others[name.casefold()]}”.")
        elif name.casefold() in seen:
            yield Fault(field, "Nama ini ada dua kali: hapus salah satu.")
        elif name.casefold() not in kept and (why := why_no_name(name)) is not None:
            yield Fault(field, why)
        seen.add(name.casefold())


def _inside(city: City, field: str, point: Point | None, margin: float) -> Iterator[Fault]:
    if point is not None and not city.bounds.holds(point, margin):
        yield Fault(field, f"Titik ini jauh di luar {city.name}: klik tempatnya di peta.")


def quick_reply(city: City, slug: str, row: QuickReply) -> Iterator[Fault]:
    """A reply with a placeholder that nothing fills, or whose short word another has."""
    fault = _braces("text", row.text, REPLY_FILLINGS)
    if fault is not None:
        yield fault
    other = next((one for one in city.quick_replies if row.keys and one.keys == row.keys and one.slug != slug), None)
    if other is not None:
        yield Fault("keys", f"Kata pintas ini sudah dipakai “{other.title}”: pilih kata lain.")


def holiday(_city: City, _slug: str, _row: Holiday) -> Iterator[Fault]:
    """Nothing in the city contradicts a day off."""
    return iter(())
