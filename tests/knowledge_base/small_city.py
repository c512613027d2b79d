"""The smallest city that loads, to be broken in one place at a time."""

from pathlib import Path

FILES = {
    "_shared/categories.yml": """\
- slug: kebakaran
  name: Kebakaran
  description: Api.
  default_severity: 1
  agencies: {first: [damkar]}
  bot_prenotice: true
  cards: [kartu_api]
  questions:
    - {fact: trapped, wording: ask_trapped}
""",
    "_shared/wording/id.yml": """\
first: "Pesan masuk. Telepon {voice}."
ask_trapped: "Ada yang terjebak? 1 ya, 2 tidak"
""",
    "_shared/faq.yml": """\
- topic: biaya_112
  title: Biaya
  answer: Menelepon {voice} gratis.
  sms: "{voice} gratis."
  ask: Diskominfo {city}
  confirmed_on: 2026-01-02
  source: Diskominfo
  cities:
    kota:
      title: Biaya di kota
""",
    "_shared/sop/kartu_api.md": """\
---
slug: kartu_api
kind: card
title: Kebakaran
categories: [kebakaran]
owner: Kepala Damkar
approved_by: Kepala Damkar
approved_on: 2026-01-01
expires: 2026-12-31
version: 1
---
1. Keluar sekarang.
2. Tutup pintu.
""",
    "kota/city.yml": """\
slug: kota
name: Kota Kota
short_name: Kota
timezone: Asia/Jayapura
timezone_label: WIT
code: "81.71"
incident_prefix: Q
centre: {lat: -3.7, lon: 128.2}
bounds: {south: -3.8, west: 128.0, north: -3.5, east: 128.4}
voice_number: "112"
national_numbers:
  - number: "110"
    label: Polisi
    confirmed_on: 2026-01-02
    source: Polresta
neighbours:
  - {name: Masohi}
shifts:
  - {name: Malam, start: "21:00", end: "07:00"}
demo:
  number_prefix: "+62 811 5550"
""",
    "kota/agencies.yml": """\
- slug: damkar
  name: Damkar Kota
  kind: fire
  phones:
    - number: 0401-3122113
      label: Pos
      confirmed_on: 2026-01-02
      source: Damkar
  posts:
    - name: Pos Passo
      kelurahan_kode: 81.71.03.2001
""",
    "kota/districts.csv": """\
kode,tingkat,nama,kecamatan,lat,lon,alias
81.71,kota,Kota Kota,,-3.7,128.2,
81.71.03,kecamatan,Baguala,Baguala,-3.6,128.2,teluk ambon baguala
81.71.03.2001,desa/negeri,Passo,Baguala,-3.6,128.25,paso
81.71.03.2002,desa/negeri,Halong,Baguala,,,
""",
    "kota/landmarks.csv": """\
nama,jenis,alias,kelurahan_kode,lat,lon,radius_m,luar
Pasar Passo,pasar,pasar paso,81.71.03.2001,-3.61,128.25,200,
Pantai Natsepa,pantai,natsepa,,,,,ya
""",
}


def write_city(root: Path, *, replacing: tuple[str, str, str] | None = None, without: str | None = None) -> Path:
    """Write the city below ``root``; `replacing` is (file, old text, new text), `without` a file that is left out."""
    for name, text in FILES.items():
        if name == without:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_replaced(name, text, replacing), encoding="utf-8")
    return root


def _replaced(name: str, text: str, replacing: tuple[str, str, str] | None) -> str:
    if replacing is None or replacing[0] != name:
        return text
    _, old, new = replacing
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in {name}")
    return text.replace(old, new)
