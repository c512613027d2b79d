"""Invented cases for looking at the staff app alone, in the shapes of the console's API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

ME = {"id": "501", "name": "Sari Wulandari"}
COLLEAGUE = {"id": "502", "name": "Budi Latuconsina"}
CATEGORIES = [
    ("kebakaran", "Kebakaran", 1, False),
    ("medis", "Medis", 2, False),
    ("kecelakaan", "Kecelakaan", 2, False),
    ("kriminal", "Kriminal", 2, False),
    ("bencana", "Bencana", 2, False),
    ("kdrt", "KDRT", 1, True),
    ("listrik", "Listrik", 3, False),
    ("lainnya", "Lainnya", 3, False),
]
QUICK_REPLIES = [
    {"slug": "tunggu", "title": "Minta menunggu", "text": "Tunggu sebentar, sedang kami catat.", "keys": "t"},
    {"slug": "nomor", "title": "Nomor laporan", "text": "Nomor laporan Anda {code}, {short}.", "keys": "no"},
    {"slug": "telepon", "title": "Minta menelepon", "text": "Telepon {voice} bila aman.", "keys": None},
]
KENDARI: dict[str, Any] = {
    "slug": "kendari",
    "name": "Kota Kendari",
    "short_name": "Kendari",
    "timezone": "Asia/Makassar",
    "centre": [-3.99, 122.52],
    "bounds": [[-4.07, 122.43], [-3.93, 122.62]],
    "voice_number": "112",
    "quick_replies": QUICK_REPLIES,
    "categories": [{"slug": s, "name": n, "severity": v, "restricted": r} for s, n, v, r in CATEGORIES],
    "close_reasons": [
        {"slug": "ditangani", "name": "Sudah ditangani di lapangan"},
        {"slug": "palsu", "name": "Laporan palsu, sudah diperiksa petugas"},
    ],
    "areas": [
        *(
            {"code": code, "name": name, "level": "kecamatan", "parent": None, "lat": lat, "lon": lon}
            for code, name, lat, lon in (
                ("74.71.01", "Mandonga", -3.962, 122.502),
                ("74.71.05", "Kendari Barat", -3.968, 122.545),
                ("74.71.07", "Wua-Wua", -4.003, 122.503),
                ("74.71.04", "Poasia", -4.003, 122.553),
                ("74.71.06", "Abeli", -3.998, 122.598),
            )
        ),
        *(
            {"code": code, "name": name, "level": "kelurahan", "parent": parent, "lat": lat, "lon": lon}
            for code, name, parent, lat, lon in (
                ("74.71.05.1001", "Benu-Benua", "74.71.05", -3.969, 122.538),
                ("74.71.05.1002", "Sanua", "74.71.05", -3.971, 122.551),
                ("74.71.07.1001", "Bonggoeya", "74.71.07", -4.009, 122.508),
            )
        ),
    ],
    "agencies": [
        {
            "slug": "damkar",
            "name": "Dinas Pemadam Kebakaran",
            "phones": [{"number": "0401-555-0113", "label": "piket", "confirmed_on": "2026-11-01"}],
        },
        {
            "slug": "psc",
            "name": "PSC 119",
            "phones": [{"number": "0401-555-0119", "label": "ambulans", "confirmed_on": None}],
        },
    ],
}
AMBON: dict[str, Any] = KENDARI | {
    "slug": "ambon",
    "name": "Kota Ambon",
    "short_name": "Ambon",
    "timezone": "Asia/Jayapura",
    "centre": [-3.69, 128.18],
    "bounds": [[-3.79, 128.07], [-3.6, 128.3]],
    "areas": [
        {"code": "81.71.02", "name": "Sirimau", "level": "kecamatan", "parent": None, "lat": -3.70, "lon": 128.20},
        {"code": "81.71.01", "name": "Nusaniwe", "level": "kecamatan", "parent": None, "lat": -3.71, "lon": 128.16},
    ],
}
TELLTALES: Json = {"stems": ["polis", "petugas", "lapor"], "numbers": ["112"]}
CARDS = [
    {
        "slug": "kartu_kebakaran",
        "kind": "card",
        "title": "Kebakaran",
        "categories": ["kebakaran"],
        "steps": [
            "Keluar sekarang. Jangan kembali mengambil barang.",
            "Tutup pintu di belakang Anda. Merunduk bila ada asap.",
        ],
        "body": "",
        "approved": True,
        "expires": "2027-11-01",
    },
    {
        "slug": "kartu_luka",
        "kind": "card",
        "title": "Perdarahan",
        "categories": ["medis"],
        "steps": ["Tekan kuat dengan kain bersih. Jangan dilepas."],
        "body": "",
        "approved": False,
        "expires": None,
    },
    {
        "slug": "sop_kebakaran",
        "kind": "sop",
        "title": "SOP operator kebakaran",
        "categories": ["kebakaran"],
        "steps": [],
        "body": "**Tanya**\n1. Di mana? Minta pin.\n2. Ada orang di dalam?\n\n**Jangan**\n- Jangan menunggu lengkap.",
        "approved": True,
        "expires": "2027-11-01",
    },
]


def stamp(at: datetime) -> str:
    """A time as the API writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ago(seconds: float) -> str:
    """The time so many seconds before now."""
    return stamp(datetime.now(UTC) - timedelta(seconds=seconds))


def place(text: str, kelurahan: str | None, kecamatan: str | None, lat: float | None, lon: float | None) -> Json:
    """A place that was read out of a text."""
    known = {"text": text, "kelurahan": kelurahan, "kecamatan": kecamatan, "landmark": None, "lat": lat, "lon": lon}
    return known | {"accuracy_m": None, "source": "text", "confidence": 0.72}


def contact(number: int, channel: str, name: str = "") -> Json:
    """An invented citizen."""
    phone = None if channel in ("telegram", "web") else f"+6281255500{number:02d}"
    about = {"id": str(9000 + number), "name": name, "phone": phone, "channel": channel, "cannot_call": False}
    return about | {"address": phone or f"chat-{number}", "language": "id"}


def incident(number: int, category: str | None, severity: int, words: str, seconds: float, **more: Any) -> Json:
    """An open case that came by WhatsApp unless `more` says otherwise."""
    conversation_id = str(2_000_000_000_000_000_000 + number)
    channel = more.pop("channel", "whatsapp")
    return {
        "city": "kendari",
        "id": str(1_000_000_000_000_000_000 + number),
        "code": f"K-{number:04d}",
        "number": number,
        "status": "waiting",
        "reason": "emergency",
        "source": "chat",
        "category": category,
        "categories": [category],
        "severity": severity,
        "restricted": category == "kdrt",
        "summary": words,
        "place": None,
        "alternatives": [],
        "outside": False,
        "facts": {},
        "why": ["kata bahaya: kebakaran"],
        "note": "",
        "alarm": None,
        "conversation_id": conversation_id,
        "channel": channel,
        "contact": contact(number % 100, channel, more.pop("name", "")),
        "silent": False,
        "opened_at": ago(seconds - 1),
        "heard_at": ago(seconds),
        "claimed_at": None,
        "claimed_by": None,
        "closed_at": None,
        "close_reason": None,
        "last_in_at": ago(max(seconds - 8, 1)),
        "last_text": words,
        "version": 1,
    } | more


def conversation(case: Json | None, number: int, channel: str, words: str, **more: Any) -> Json:
    """The thread of a case, or of somebody who is talking with the bot."""
    held = case is not None and case["status"] == "claimed"
    return {
        "city": "kendari",
        "id": case["conversation_id"] if case else str(2_000_000_000_000_000_000 + number),
        "contact": case["contact"] if case else contact(number % 100, channel),
        "holder": "operator" if held else "bot",
        "operator": case["claimed_by"] if case and held else None,
        "silent": bool(case and case["silent"]),
        "incident_id": case["id"] if case and case["status"] != "closed" else None,
        "state": "petugas" if held else "menanyakan tempat",
        "last_in_at": ago(20),
        "last_out_at": ago(15),
        "last_text": words,
        "window_until": ago(-80_000) if channel == "whatsapp" else None,
        "channel": channel,
        "account": "resmi" if number == 430 else "utama",
    } | more


def message(number: int, talk: Json, direction: str, author: str, words: str, seconds: float, **more: Any) -> Json:
    """One line of a transcript."""
    return {
        "id": str(3_000_000_000_000_000_000 + number),
        "conversation_id": talk["id"],
        "direction": direction,
        "author": author,
        "operator": None,
        "kind": "text",
        "text": words,
        "place": None,
        "attachments": [],
        "buttons": [],
        "at": ago(seconds),
        "received_at": ago(seconds - 0.4),
        "state": None if direction == "in" else "delivered",
        "error": None,
        "client_id": None,
        "edited_text": None,
        "deleted": False,
        "understanding": None,
    } | more


def cases() -> list[Json]:
    """A desk at three in the morning."""
    benua = place("dekat SDN 5 benu benua", "Benu-Benua", "Kendari Barat", -3.969, 122.538) | {"landmark": "SDN 5"}
    mine = {"status": "claimed", "claimed_by": ME, "claimed_at": ago(60)}
    theirs = {"status": "claimed", "claimed_by": COLLEAGUE, "claimed_at": ago(200)}
    closed = {"status": "closed", "closed_at": ago(900), "close_reason": "ditangani"}
    silent = {"silent": True, "reason": "silent", "channel": "telegram"}
    by_phone = {"source": "phone", "reason": "by_hand", "conversation_id": None, "channel": None}
    lost = {"channel": "telegram", "alarm": "disconnected"}
    return [
        incident(427, "kebakaran", 1, "Tolong ada kebakaran dekat SDN 5, api besar, ada orang", 24, place=benua),
        incident(426, "kdrt", 1, "suami saya pukul, jangan telepon", 71, **silent),
        incident(425, "medis", 2, "bapak saya sesak napas", 95, name="Wa Ode Rahma", channel="sms"),
        incident(424, "kecelakaan", 2, "ada tabrakan di wua wua", 130, **lost),
        incident(423, None, 3, "🎤 pesan suara", 44, reason="media", channel="web"),
        incident(422, "listrik", 4, "lampu jalan mati", 600, reason="unclear", outside=True),
        incident(421, "kebakaran", 2, "asap tebal dari gudang", 410, place=benua, **mine),
        incident(420, "bencana", 2, "air naik sampai lutut di kambu", 820, channel="sms", **theirs),
        incident(419, "kecelakaan", 3, "", 1500, **by_phone, **mine),
        incident(418, "medis", 2, "ibu jatuh di kamar mandi", 5400, place=benua, **closed),
    ]


def transcript(case: Json, talk: Json) -> list[Json]:
    """What was said in a case so far: all that a transcript can show."""
    base = int(case["number"]) * 100
    meant = {"kind": "emergency", "categories": [case["category"] or "lainnya"], "severity": case["severity"]}
    meant |= {"action": "escalate", "topics": [], "facts": {"people_inside": True}, "language": "id"}
    said = case["last_text"] or "tolong"
    pin = {"lat": -3.9691, "lon": 122.5379, "accuracy_m": 18.0, "label": None, "live": False}
    photo = {"id": "77", "kind": "photo", "mime": "image/svg+xml", "size": 512, "seconds": None, "state": "fetched"}
    voice = photo | {"id": "78", "kind": "voice", "mime": "audio/ogg", "seconds": 7}
    there = photo | {"url": "/api/media/kendari/77"}
    heard = voice | {"url": "/api/media/kendari/78"}
    coming = photo | {"state": "queued", "url": None}
    asked = "Pesan masuk. Petugas sedang dipanggil. Di mana tempatnya?"
    lines = [
        message(base, talk, "in", "citizen", said, 90, understanding=meant | {"reasons": ["kata bahaya: kebakaran"]}),
        message(base + 1, talk, "out", "bot", asked, 88, state="read"),
        message(base + 2, talk, "in", "citizen", "", 70, kind="location", place=pin),
        message(base + 3, talk, "in", "citizen", "", 60, kind="photo", attachments=[there]),
        message(base + 4, talk, "in", "citizen", "", 55, kind="voice", attachments=[heard]),
        message(base + 5, talk, "in", "citizen", "", 50, kind="photo", attachments=[coming]),
        message(base + 6, talk, "in", "citizen", "Ada orang didalam", 45, edited_text="Ada dua orang di dalam"),
    ]
    if case["status"] == "claimed":
        who = {"operator": case["claimed_by"]}
        lost = {"state": "failed", "error": "nomor tidak aktif"}
        lines.append(message(base + 7, talk, "out", "operator", "Saya Sari. Apinya di lantai berapa?", 30, **who))
        lines.append(message(base + 8, talk, "out", "operator", "Semua sudah keluar?", 25, **who, **lost))
    return lines
