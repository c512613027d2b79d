"""Training phrases in both forms of Rasa's nlu.yml, shared ones and a city's own."""

from pathlib import Path

import pytest

from knowledge_base.phrases import Phrase, load_phrases
from knowledge_base.problems import CityDataError

SHARED = """\
version: "3.1"
nlu:
- intent: darurat_kebakaran
  metadata: {severity: 1, style: sms, hard: true}
  examples: |
    - tlg rmh kbakar
    -  api!!
- intent: basabasi
  examples:
  - text: |
      makasih ya
    metadata: {style: santai}
  - text: halo
"""
OWN = """\
nlu:
- intent: darurat_kebakaran
  metadata: {severity: 2, style: dialek}
  examples:
  - text: adami kebakaran bela
    metadata: {severity: 1}
"""


def _write(root: Path, shared: str = SHARED, own: str = OWN) -> Path:
    for folder, text in (("_shared", shared), ("kota", own)):
        (root / folder / "phrases").mkdir(parents=True)
        (root / folder / "phrases" / "a.yml").write_text(text, encoding="utf-8")
    return root


def test_shared_phrases_in_both_forms(tmp_path: Path) -> None:
    fire = {"severity": 1, "style": "sms", "hard": True}
    assert load_phrases(None, _write(tmp_path)) == [
        Phrase("tlg rmh kbakar", "darurat_kebakaran", fire),
        Phrase("api!!", "darurat_kebakaran", fire),
        Phrase("makasih ya", "basabasi", {"style": "santai"}),
        Phrase("halo", "basabasi", {}),
    ]


def test_a_citys_own_phrases_come_after_and_know_their_city(tmp_path: Path) -> None:
    own = load_phrases("kota", _write(tmp_path))[-1]
    assert own == Phrase("adami kebakaran bela", "darurat_kebakaran", {"severity": 1, "style": "dialek"}, "kota")


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("    -  api!!", "    api!!", "_shared/phrases/a.yml:7", "begins with `- `"),
        ("    -  api!!", "    -", "_shared/phrases/a.yml:7", "has words"),
        ("- intent: basabasi", "- maksud: basabasi", "_shared/phrases/a.yml:8", "needs `intent` and `examples`"),
        ("  - text: halo", "  - teks: halo", "_shared/phrases/a.yml:13", "has no `text`"),
        (
            "  - text: halo",
            "  - text: API!!",
            "_shared/phrases/a.yml:13",
            "also `darurat_kebakaran` at _shared/phrases",
        ),
        ("nlu:", "nlu: {}\nx:", "_shared/phrases/a.yml:1", "there is no list `nlu`"),
    ],
)
def test_a_broken_phrase_is_named(tmp_path: Path, old: str, new: str, where: str, what: str) -> None:
    _write(tmp_path, shared=SHARED.replace(old, new))

    with pytest.raises(CityDataError) as caught:
        load_phrases(None, tmp_path)

    said = str(caught.value).splitlines()
    assert any(line.startswith(f"{where}: ") and what in line for line in said), said


@pytest.mark.parametrize("city", [None, "ambon", "kendari"])
def test_the_products_phrases_load(city: str | None) -> None:
    phrases = load_phrases(city)
    assert len(phrases) > 1000
    assert {phrase.city for phrase in phrases} <= {None, city}
