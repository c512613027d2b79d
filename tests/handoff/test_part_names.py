"""What the consoles' banner says of the system: in an operator's words, a technician's marked as such."""

from __future__ import annotations

import pytest

from handoff.console.part_names import part_detail

SAID = [
    ("database", "nothing was read within 3 s", "tidak menjawab dalam 3 detik. Segera beri tahu teknisi."),
    (
        "database",
        "has no room to write: make room on that disk",
        "tidak dapat dipakai: pesan baru tidak dapat disimpan. "
        "Segera beri tahu teknisi: has no room to write: make room on that disk",
    ),
    ("writing", "nothing was stored within 3 s", "pesan baru tidak tersimpan dalam 3 detik. Segera beri tahu teknisi."),
    (
        "writing",
        "database or disk is full",
        "gagal: pesan baru tidak dapat disimpan. Segera beri tahu teknisi: database or disk is full",
    ),
    (
        "media folder",
        "/srv/media cannot be used (No space left on device): make room on that disk, then start sigap again",
        "tidak dapat dipakai: foto dan suara tidak dapat disimpan di sana. "
        "Segera beri tahu teknisi: No space left on device",
    ),
    (
        "whatsapp/kendari",
        "network: ClientConnectorError",
        "sambungan ke penyedia terputus; dicoba lagi. Beri tahu teknisi bila berlanjut: ClientConnectorError",
    ),
    ("telegram/kendari", "time-out", "penyedia tidak menjawab; dicoba lagi. Beri tahu teknisi bila berlanjut."),
    ("telegram/kendari", "Unauthorized", "beri tahu teknisi: Unauthorized"),
    ("line kendari", "no network (denied)", "tidak ada jaringan seluler. Beri tahu teknisi: denied"),
    (
        "line kendari",
        "listening broke off: the SMSC refuses us",
        "penerimaan terputus; dicoba lagi. Beri tahu teknisi bila berlanjut: the SMSC refuses us",
    ),
    ("line kendari", "several\nlines", "beri tahu teknisi: several\nlines"),
]


@pytest.mark.parametrize(("name", "detail", "said"), SAID)
def test_every_trouble_is_told_in_indonesian_and_technicians_words_are_marked(
    name: str, detail: str, said: str
) -> None:
    assert part_detail(name, detail) == said


@pytest.mark.parametrize(
    ("name", "detail"),
    [("database", "sqlite"), ("database", "postgresql"), ("writing", "in order"), ("media folder", "one folder")],
)
def test_what_is_well_is_never_called_a_trouble(name: str, detail: str) -> None:
    assert "teknisi" not in part_detail(name, detail)
