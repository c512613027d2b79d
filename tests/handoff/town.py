"""A small invented city, as the files of a real one would give it."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from knowledge_base.areas import Area, Landmark
from knowledge_base.cards import Card
from knowledge_base.categories import Category
from knowledge_base.city import AgencyFile, Bounds, City, Phone, Point, Post


def town(slug: str = "ujung", prefix: str = "U") -> City:
    """Two kecamatan, one landmark, four categories, an approved card and one that nobody approved."""
    return City(
        slug=slug,
        name=f"Kota {slug.title()}",
        short_name=slug.title(),
        timezone=ZoneInfo("Asia/Jayapura"),
        timezone_label="WIT",
        code="99.71",
        incident_prefix=prefix,
        centre=Point(lat=-3.7, lon=128.2),
        bounds=Bounds(south=-3.8, west=128.0, north=-3.6, east=128.3),
        voice_number="112",
        national_numbers=(),
        neighbours=(),
        shifts=(),
        demo_number_prefix="+628005550",
        areas=(
            _area("99.71", "kota", f"Kota {slug.title()}", ""),
            _area("99.71.01", "kecamatan", "Pantai", "Pantai"),
            _area("99.71.01.1001", "kelurahan", "Karang Panjang", "Pantai", lat=-3.71, lon=128.19, alias="karpan"),
            _area("99.71.01.2001", "desa/negeri", "Batu Merah", "Pantai"),
        ),
        landmarks=(
            Landmark.model_validate(
                {
                    "nama": "Masjid Raya An-Nur",
                    "jenis": "masjid",
                    "alias": "mesjid annur",
                    "kelurahan_kode": "99.71.01.2001",
                    "lat": -3.70,
                    "lon": 128.18,
                }
            ),
        ),
        agencies=(_agency(),),
        categories=MappingProxyType({one.slug: one for one in _categories()}),
        wording=MappingProxyType(
            {
                "closed": "Penanganan {code} kami akhiri. Masih butuh bantuan? Balas pesan ini.",
                "operator_here": "Petugas sudah membuka laporan Anda.",
            }
        ),
        articles=(),
        cards=_cards(),
    )


def _area(code: str, level: str, name: str, kecamatan: str, alias: str = "", **point: float) -> Area:
    return Area.model_validate(
        {"kode": code, "tingkat": level, "nama": name, "kecamatan": kecamatan, "alias": alias, **point}
    )


def _phone(number: str, label: str) -> Phone:
    return Phone.model_validate({"number": number, "label": label, "confirmed_on": "2026-01-02", "source": "uji"})


def _agency() -> AgencyFile:
    post = Post(name="Pos Pantai", phones=(_phone("0900-555022", "jaga"),))
    return AgencyFile(
        slug="damkar", name="Damkar", kind="fire", phones=(_phone("0900-555011", "pusat"),), posts=(post,)
    )


def _categories() -> list[Category]:
    def category(slug: str, severity: int, **more: bool) -> Category:
        return Category.model_validate(
            {"slug": slug, "name": slug.title(), "description": slug, "default_severity": severity, "agencies": {}}
            | more
        )

    return [
        category("kebakaran", 1),
        category("medis", 2),
        category("kdrt", 1, restricted=True, silent=True),
        category("lainnya", 3),
    ]


def _cards() -> tuple[Card, ...]:
    def card(slug: str, *, approved: bool) -> Card:
        approval = ("dr. Uji", date(2025, 1, 1), date(2027, 1, 1)) if approved else (None, None, None)
        by, on, until = approval
        return Card(
            slug=slug,
            title="Kebakaran",
            kind="card",
            owner="Damkar",
            approved_by=by,
            approved_on=on,
            expires=until,
            version=3,
            categories=("kebakaran",),
            body="1. Keluar sekarang.\n2. Jangan kembali.",
            steps=("Keluar sekarang.", "Jangan kembali."),
        )

    return (card("kartu_kebakaran", approved=True), card("kartu_lama", approved=False))
