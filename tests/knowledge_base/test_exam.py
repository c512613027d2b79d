"""The exam is whole, a stranger to what is taught and to the test sets; its floors hold for the shipped model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from knowledge_base.city import load_city
from knowledge_base.exam import FLOORS, FOLDER, load_exam
from knowledge_base.phrases import CITIES, SHARED, Phrase, load_phrases
from knowledge_base.problems import CityDataError
from nlu.evaluate import evaluate, measures, out_of_bounds
from nlu.exam import load_exams, of_phrase
from nlu.phrases import TrainingPhrase
from tests.nlu.test_testsets import SETS, near_duplicates
from tests.understanders import CITIES as NAMES
from tests.understanders import real_understander

STYLES = {"formal", "santai", "sms", "teriak", "singkat", "panjang", "ambon", "kendari", "jawa", "bugis", "inggris"}
MOST = {"luar_topik": 40, "keluhan": 40, "basabasi": 40, "iseng": 40}

TAUGHT = """\
nlu:
- intent: basabasi
  examples: |
    - halo semua
"""
ASKED = """\
nlu:
- intent: darurat_sar
  metadata: {severity: 1, style: santai}
  examples: |
    - perahu kami bocor
"""


@pytest.fixture(scope="module")
def exam() -> list[Phrase]:
    return load_exam()


@pytest.fixture(scope="module")
def floors() -> Mapping[str, Mapping[str, float]]:
    read: Mapping[str, Mapping[str, float]] = yaml.safe_load((CITIES / SHARED / FOLDER / FLOORS).read_text("utf-8"))
    return read


def _taught() -> list[str]:
    return sorted({phrase.text for city in NAMES for phrase in load_phrases(city)})


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _slugs(file: str, key: str) -> set[str]:
    return {one[key] for one in yaml.safe_load((CITIES / SHARED / file).read_text(encoding="utf-8"))}


def _root(tmp_path: Path, asked: str = ASKED) -> Path:
    for folder, text in (("phrases", TAUGHT), (FOLDER, asked)):
        (tmp_path / SHARED / folder).mkdir(parents=True)
        (tmp_path / SHARED / folder / "a.yml").write_text(text, encoding="utf-8")
    (tmp_path / SHARED / FOLDER / FLOORS).write_text("severity 1 missed: { most: 0.1 }\n", encoding="utf-8")
    return tmp_path


def test_the_exam_is_not_taught_and_its_floors_are_no_phrases(tmp_path: Path) -> None:
    root = _root(tmp_path)
    assert [phrase.text for phrase in load_phrases(None, root)] == ["halo semua"]
    assert load_exam(root) == [Phrase("perahu kami bocor", "darurat_sar", {"severity": 1, "style": "santai"})]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityDataError, match=r"_shared/exam/a\.yml:5: .* begins with `- `"):
        load_exam(_root(tmp_path, ASKED.replace("- perahu", "perahu")))


def test_one_text_has_one_meaning(tmp_path: Path) -> None:
    twice = ASKED + "- intent: iseng\n  examples: |\n    - Perahu kami  bocor\n"
    with pytest.raises(CityDataError, match=r"_shared/exam/a\.yml:8: .* is also `darurat_sar`"):
        load_exam(_root(tmp_path, twice))


def test_every_category_has_every_severity_and_every_style_is_heard(exam: list[Phrase]) -> None:
    emergencies = [one for one in exam if one.intent.startswith("darurat_")]
    assert len(emergencies) >= 400
    seen = {(one.intent.removeprefix("darurat_"), one.metadata["severity"]) for one in emergencies}
    assert seen == {(slug, severity) for slug in _slugs("categories.yml", "slug") for severity in (1, 2, 3)}
    assert {one.metadata["style"] for one in emergencies} == STYLES


def test_every_topic_has_its_questions_and_every_other_kind_its_lines(exam: list[Phrase]) -> None:
    counts = Counter(one.intent.removeprefix("faq_") for one in exam if not one.intent.startswith("darurat_"))
    assert counts.total() >= 300
    topics = _slugs("faq.yml", "topic")
    assert set(counts) == topics | set(MOST)
    assert all(counts[topic] >= 3 for topic in topics)
    assert all(counts[kind] >= least for kind, least in MOST.items())


def test_no_line_of_the_exam_was_taught_or_stands_in_a_test_set(exam: list[Phrase]) -> None:
    others = _taught() + [one.text for one in load_exams(SETS)]
    texts = [one.text for one in exam]
    assert near_duplicates(texts, others) == []
    # Short cries and greetings too: equal is taught, however few the words.
    assert {_words(text) for text in texts} & {_words(text) for text in others} == set()


def test_no_line_of_the_exam_stands_in_it_twice(exam: list[Phrase]) -> None:
    texts = [one.text for one in exam]
    assert [pair for pair in near_duplicates(texts, texts) if pair[1] != pair[2]] == []
    assert len({_words(text) for text in texts}) == len(texts)


def test_the_shipped_model_is_above_the_floors(exam: list[Phrase], floors: Mapping[str, Mapping[str, float]]) -> None:
    understander = real_understander({name: load_city(name) for name in NAMES})
    asked = [of_phrase(TrainingPhrase(one.text, one.intent, one.metadata, one.city)) for one in exam]
    found = measures(evaluate(understander, asked))
    assert all(found[name].total for name in floors)  # a floor of nothing would refuse every model, or none
    assert out_of_bounds(found, floors) == []


def test_a_missed_life_has_the_strictest_floor(floors: Mapping[str, Mapping[str, float]]) -> None:
    limits = {name: bound.get("most", 1 - bound.get("least", 0.0)) for name, bound in floors.items()}
    assert limits["severity 1 missed"] <= min(limits["severity 1 asked back"], limits["emergencies asked back"])
    assert limits["emergencies missed"] < min(limits["emergencies asked back"], limits["non-emergencies that ring"])
