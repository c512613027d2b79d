from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlu.intents import Classifier
from nlu.language import LANGUAGES
from nlu.meaning import KINDS
from nlu.model import Model
from nlu.phrases import TrainingPhrase, category_of, kind_of, topic_of
from nlu.train import train
from nlu.units import grams_of, is_word


@pytest.fixture(scope="module")
def few(phrases: list[TrainingPhrase]) -> list[TrainingPhrase]:
    return phrases[::40]


def test_training_is_deterministic(few: list[TrainingPhrase], danger: dict[str, Any], slang: dict[str, str]) -> None:
    first, second = train(few, danger, slang), train(list(reversed(few)), danger, slang)
    assert first.units == second.units
    assert np.array_equal(first.rows, second.rows)
    assert first.thresholds == second.thresholds
    assert first.data_hash == second.data_hash


def test_a_model_knows_when_its_data_changed(
    few: list[TrainingPhrase], danger: dict[str, Any], slang: dict[str, str], tmp_path: Path
) -> None:
    model = train(few, danger, slang)
    model.save(tmp_path / "data" / "model.npz")
    kept = Model.load(tmp_path / "data" / "model.npz")
    assert not kept.is_stale(few, danger, slang)
    assert kept.is_stale([*few, TrainingPhrase("ada naga", "iseng")], danger, slang)
    assert kept.is_stale(few, danger, slang | {"naga": "ular"})
    assert kept.heads == model.heads
    assert np.allclose(kept.rows, model.rows, atol=0.05, rtol=0.01)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["model.npz"]


def test_a_missing_or_foreign_file_is_said(model: Model, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Model.load(tmp_path / "none.npz")
    replace(model, version=0).save(tmp_path / "old.npz")
    with pytest.raises(ValueError, match="version"):
        Model.load(tmp_path / "old.npz")


def test_an_unknown_intent_is_refused(danger: dict[str, Any], slang: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="unknown intent"):
        train([TrainingPhrase("apa saja", "salam")], danger, slang)


def test_heads_and_labels(model: Model) -> None:
    assert list(model.heads) == ["kind", "category", "topic", "severity", "language"]
    assert model.heads["kind"] == KINDS
    assert model.heads["category"][-4:] == KINDS[1:]
    assert len(model.heads["category"]) == 13 + 4
    assert len(model.heads["topic"]) == 44
    assert model.heads["language"] == LANGUAGES
    assert sum(map(len, model.heads.values())) == len(model.bias) == model.out.shape[1]
    assert model.rows.shape[1] == len(model.bias) + len(model.hidden_bias)


def test_probabilities_sum_to_one_and_batches_agree_with_singles(model: Model) -> None:
    classifier = Classifier(model)
    messages = [["tolong", "api"], ["zzqqj"], [], ["syarat", "ktp", "syarat ktp"]]
    counts = [2, 1, 0, 2]
    together = classifier.score(messages, counts)
    for number, (units, count) in enumerate(zip(messages, counts, strict=True)):
        alone = classifier.score([units], [count])
        for head, values in alone.heads.items():
            assert values.sum() == pytest.approx(1.0, abs=1e-4)
            assert np.allclose(values[0], together.heads[head][number], atol=1e-5)


def test_words_never_seen_do_not_pile_up(model: Model) -> None:
    classifier = Classifier(model)
    for batch in range(5):
        words = [f"kata{batch}x{number}" for number in range(7000)]
        assert np.isfinite(classifier.score([words], [len(words)]).heads["kind"]).all()


def test_intents_are_read_by_their_names() -> None:
    assert (kind_of("darurat_medis"), category_of("darurat_medis")) == ("emergency", "medis")
    assert (kind_of("faq_ktp"), topic_of("faq_ktp")) == ("question", "ktp")
    assert topic_of("faq_luar_topik") is None
    assert [kind_of(name) for name in ("keluhan", "basabasi", "iseng")] == ["complaint", "smalltalk", "prank"]


def test_units() -> None:
    assert is_word("api")
    assert not any(map(is_word, ("api besar", "@c:api", "##", "=apix")))
    assert {"<a", "ap", "pi", "i>", "<api>"} <= set(grams_of("api"))
