"""Who is logged in, and everything that their page must know of the cities before the first case comes."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from handoff.console.close_reasons import CLOSE_REASONS
from handoff.console.ports import ConsolePorts
from handoff.console.shapes import Id, Shape
from handoff.operators import Role
from handoff.sessions import Session
from knowledge_base.areas import Area
from knowledge_base.city import AgencyFile, City
from knowledge_base.telltales import TELLTALES


class OperatorShape(Shape):
    """The person at this page."""

    id: Id
    username: str
    name: str
    role: Role
    must_change_password: bool


class CategoryShape(Shape):
    """A kind of emergency; ``severity`` is what it weighs before anything is known."""

    slug: str
    name: str
    severity: int
    restricted: bool


class NamedShape(Shape):
    """A word that is kept, and what it is called."""

    slug: str
    name: str


class AreaShape(Shape):
    """An official area; ``parent`` is its kecamatan's code."""

    code: str
    name: str
    level: Literal["kecamatan", "kelurahan"]
    parent: str | None
    lat: float | None
    lon: float | None


class PhoneShape(Shape):
    """A number, and the day on which somebody confirmed it."""

    number: str
    label: str
    confirmed_on: date | None


class AgencyShape(Shape):
    """Whom to call. No phones: no number is confirmed."""

    slug: str
    name: str
    phones: list[PhoneShape]


class QuickReplyShape(Shape):
    """A sentence that operators send often; ``text`` may hold {code}, {voice}, {city} and {short}."""

    slug: str
    title: str
    text: str
    keys: str | None
    order: int


class CityShape(Shape):
    """One city. Points are [latitude, longitude]."""

    slug: str
    name: str
    short_name: str
    timezone: str
    centre: tuple[float, float]
    bounds: tuple[tuple[float, float], tuple[float, float]]
    categories: list[CategoryShape]
    close_reasons: list[NamedShape]
    areas: list[AreaShape]
    agencies: list[AgencyShape]
    voice_number: str
    quick_replies: list[QuickReplyShape]


class TelltalesShape(Shape):
    """Words that a reply to somebody in silent mode must not hold by mistake: see telltales.yml."""

    stems: list[str]
    numbers: list[str]


class TemplateShape(Shape):
    """An account whose replies leave as an approved template once the window for free text is shut."""

    channel: str
    account: str


class MapShape(Shape):
    """Where the map's tiles come from; null: districts and pins alone."""

    tile_url: str | None
    attribution: str


class Me(Shape):
    """``csrf`` goes into the header X-CSRF-Token of every call that is no GET."""

    operator: OperatorShape
    csrf: str
    server_time: AwareDatetime
    cities: list[CityShape]
    map: MapShape
    telltales: TelltalesShape
    templates: list[TemplateShape]


def me_of(desk: ConsolePorts, session: Session) -> Me:
    """All that the page needs to begin."""
    return Me(
        operator=OperatorShape.model_validate(session.operator),
        csrf=session.csrf,
        server_time=desk.clock.now(),
        cities=[city_shape(desk.cities[slug]) for slug in session.operator.cities if slug in desk.cities],
        map=MapShape(tile_url=desk.tile_url, attribution=desk.attribution),
        telltales=TelltalesShape.model_validate(TELLTALES),
        templates=[TemplateShape(channel=channel, account=account) for channel, account in desk.templates],
    )


def city_shape(city: City) -> CityShape:
    """What the page knows of a city."""
    box = city.bounds
    return CityShape(
        slug=city.slug,
        name=city.name,
        short_name=city.short_name,
        timezone=city.timezone.key,
        centre=(city.centre.lat, city.centre.lon),
        bounds=((box.south, box.west), (box.north, box.east)),
        categories=[
            CategoryShape(slug=one.slug, name=one.name, severity=one.default_severity, restricted=one.restricted)
            for one in city.categories.values()
        ],
        close_reasons=[NamedShape.model_validate(one) for one in CLOSE_REASONS],
        areas=[_area(one) for one in city.areas if one.level != "kota"],
        agencies=[_agency(one) for one in city.agencies],
        voice_number=city.voice_number,
        quick_replies=[
            QuickReplyShape.model_validate(one)
            for one in sorted(city.quick_replies, key=lambda one: (one.order, one.title.casefold()))
        ],
    )


def _area(area: Area) -> AreaShape:
    # 81.71.02.2003 lies in 81.71.02: the code's first three parts.
    parent = area.code.rpartition(".")[0] if area.is_village else None
    level: Literal["kecamatan", "kelurahan"] = "kelurahan" if area.is_village else "kecamatan"
    return AreaShape(code=area.code, name=area.name, level=level, parent=parent, lat=area.lat, lon=area.lon)


def _agency(agency: AgencyFile) -> AgencyShape:
    phones = [PhoneShape.model_validate(phone) for phone in agency.phones]
    for post in agency.posts:
        phones += [
            PhoneShape(number=phone.number, label=f"{post.name}: {phone.label}", confirmed_on=phone.confirmed_on)
            for phone in post.phones
        ]
    return AgencyShape(slug=agency.slug, name=agency.name, phones=phones)
