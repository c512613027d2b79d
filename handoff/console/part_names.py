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
    "in order": "baik",
    "sqlite": "baik",
    "postgresql": "baik",
    "in memory only: nothing leaves this machine": "latihan: tidak ada SMS yang keluar dari mesin ini",
    "one folder": "satu folder",
    "nothing heard yet": "belum ada pesan masuk",
    "not opened": "belum tersambung",
    "not bound yet": "belum tersambung ke operator seluler",
    "time-out": "penyedia tidak menjawab; dicoba lagi. Beri tahu teknisi bila berlanjut.",
    "the line to other processes is down: what they do shows late": "terputus; perubahan petugas lain terlambat tampil",
    "processes keep media in different folders: share one folder (docs/operations.md)": (
        "sebagian foto dan suara tidak dapat dibuka karena tersimpan di folder yang berbeda. "
        "Beri tahu teknisi: satukan foldernya (docs/operations.md)."
    ),
}
_FIGURES = (
    (re.compile(r"no success for (\d+) s"), "tidak berhasil selama {} detik. Beri tahu teknisi."),
    (re.compile(r"nothing was read within (\S+) s"), "tidak menjawab dalam {} detik. Segera beri tahu teknisi."),
    (
        re.compile(r"nothing was stored within (\S+) s"),
        "pesan baru tidak tersimpan dalam {} detik. Segera beri tahu teknisi.",
    ),
    (re.compile(r"last heard (.+) UTC"), "pesan terakhir masuk {} UTC"),
    (re.compile(r"no network \((.+)\)"), "tidak ada jaringan seluler. Beri tahu teknisi: {}"),
    (
        re.compile(r"network: (.+)"),
        "sambungan ke penyedia terputus; dicoba lagi. Beri tahu teknisi bila berlanjut: {}",
    ),
    (
        re.compile(r"listening broke off: (.+)"),
        "penerimaan terputus; dicoba lagi. Beri tahu teknisi bila berlanjut: {}",
    ),
    (
        re.compile(r".+ cannot be used \((.+)\): .+"),
        "tidak dapat dipakai: foto dan suara tidak dapat disimpan di sana. Segera beri tahu teknisi: {}",
    ),
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
_FAULTS = {
    "database": "tidak dapat dipakai: pesan baru tidak dapat disimpan. Segera beri tahu teknisi: {}",
    "writing": "gagal: pesan baru tidak dapat disimpan. Segera beri tahu teknisi: {}",
}
_FOR_TECHNICIANS = "beri tahu teknisi: {}"  # a driver's or a provider's own words, to be read out to one
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
    """What there is to say of it; what only a technician understands is marked as meant for one."""
    for figure, said in _FIGURES:
        if found := figure.fullmatch(detail):
            return said.format(found[1])
    if idle := _IDLE.fullmatch(detail):
        return _NOBODY_WORKS.format(idle[1].replace("-", " ").title())
    known = _BUSY.get(name) or _DETAILS.get(detail)
    return known or _FAULTS.get(name, _FOR_TECHNICIANS).format(detail)
