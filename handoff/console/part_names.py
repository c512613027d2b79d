"""The parts of the system in an operator's words: what the banner calls that which does not work."""

from __future__ import annotations

import re

_NAMES = {
    "database": "Basis data",
    "writing": "Penyimpanan pesan",
    "clocks": "Jam antarmesin",
    "other processes": "Kabar dari proses lain",
    "loop send": "Pengiriman balasan",
    "loop send urgent": "Pengiriman balasan darurat",
    "loop looks": "Pengingat laporan yang menunggu",
    "loop answer urgent": "Jawaban darurat yang tertunda",
    "loop backlog": "Jawaban pesan yang tertunda",
    "loop media": "Pengambilan foto dan suara",
    "loop reports": "Laporan terkirim",
    "loop towns": "Pembaruan jawaban",
    "loop count": "Penghitungan antrean",
    "loop heard": "Catatan jalur masuk",
    "loop photos": "Pembersihan foto",
    "loop lines": "Catatan jalur SMS",
    "loop training": "Pelatihan model",
    "loop learning": "Pengelompokan pertanyaan",
    "media folder": "Folder foto dan suara",
    "workers": "Proses pengirim balasan",
}
_DETAILS = {
    "the line to other processes is down: what they do shows late": "terputus; perubahan petugas lain terlambat tampil",
    "processes keep media in different folders: share one folder (docs/operations.md)": (
        "sebagian foto dan suara tidak dapat dibuka karena tersimpan di folder yang berbeda. "
        "Beri tahu teknisi: satukan foldernya (docs/operations.md)."
    ),
}
_FIGURES = (
    (re.compile(r"no success for (\d+) s"), "tidak berhasil selama {} detik. Beri tahu teknisi."),
    (
        re.compile(r"another process' clock is (-?\d+) s off: .*"),
        "selisih {} detik antarmesin. Beri tahu teknisi (NTP).",
    ),
)
_IDLE = re.compile(r"nobody does the background work of (\S+): .*")
_NOBODY_WORKS = (
    "berhenti untuk {}. Pesan masuk tetap tersimpan, tetapi balasan kepada warga tidak terkirim, juga balasan darurat "
    "dan balasan petugas. Segera beri tahu teknisi (sigap worker)."
)
_BUSY = {
    "sheds media": "foto dan video diambil belakangan, rekaman suara tetap diambil",
    "sheds answers": "pertanyaan dijawab belakangan, darurat tetap lebih dulu",
}
_CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS", "web": "Halaman web"}


def part_name(name: str) -> str:
    """``name`` of `/health` as an operator would say it; one that is new to us stays as it is."""
    listens = "Penerimaan " if name.startswith("loop listen ") else ""
    if name.startswith("line "):
        return f"Modem/jalur SMS {name.removeprefix('line ')}"
    channel, _, account = name.removeprefix("loop listen ").partition("/")
    if account:
        return f"{listens}{_CHANNELS.get(channel, channel)} {account}"
    return "Pesan sangat ramai" if name in _BUSY else _NAMES.get(name, name)


def part_detail(name: str, detail: str) -> str:
    """What there is to say of it."""
    for figure, said in _FIGURES:
        if found := figure.fullmatch(detail):
            return said.format(found[1])
    if idle := _IDLE.fullmatch(detail):
        return _NOBODY_WORKS.format(idle[1].replace("-", " ").title())
    return _BUSY.get(name) or _DETAILS.get(detail, detail)
