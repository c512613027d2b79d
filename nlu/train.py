"""From labelled phrases to a Model: deterministic, on two cores in less than a minute for 10,000 phrases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from nlu.alarm import CALLED_FOR_NOTHING, Alarm
from nlu.clean import Cleaner
from nlu.danger import Danger, Reading
from nlu.features import Features
from nlu.fit import Fitted, fit, heating_of
from nlu.intents import emergency_of, softmax
from nlu.language import LANGUAGES, language_of
from nlu.limits import Judged, fit_limits
from nlu.meaning import KINDS
from nlu.model import VERSION, Floats, Model, data_hash
from nlu.phrases import OUT_OF_SCOPE, TrainingPhrase, category_of, kind_of, topic_of
from nlu.policy import level_of
from nlu.units import units_of

_KNOWN = 3  # times that a spelling must be seen to be taken for a word
_FOLDS = 3  # for calibration and thresholds
_STRENGTH = 60.0
_ROUNDS = {"kind": 60, "category": 60, "topic": 50, "severity": 40, "language": 30}
_CALIBRATED = ("kind", "category", "topic")
_COMMON_TOPIC = 0.4  # how much a question outside the topics counts: there are many, and they are all alike


@dataclass(frozen=True, slots=True)
class _Head:
    """A question that the model answers: which phrases teach it, and with which label each."""

    labels: tuple[str, ...]
    taught: np.ndarray  # indices of phrases
    label: np.ndarray  # index of the label of each taught phrase
    cares: Floats


def train(
    phrases: Sequence[TrainingPhrase], danger: Mapping[str, Any], slang: Mapping[str, str], *, seed: int = 112
) -> Model:
    """`danger` and `slang` as parsed from their files. Raises ValueError for an intent outside the scheme."""
    phrases = sorted(phrases, key=lambda phrase: (phrase.text, phrase.intent))
    known = known_words(phrases)
    cleaner, rules = Cleaner(slang, known), Danger(danger)
    cleaned = [cleaner.clean(phrase.text) for phrase in phrases]
    readings = [rules.read(one) for one in cleaned]
    messages = [units_of(one, reading) for one, reading in zip(cleaned, readings, strict=True)]
    heads = _heads(phrases)
    features = Features(messages)
    rows = features.matrix(messages)
    fitted = {name: _fit(head, rows, head.taught, name) for name, head in heads.items()}
    held_out = _held_out(heads, rows, seed)
    heating = {name: heating_of(*held_out[name]) if name in _CALIBRATED else 1.0 for name in heads}
    limits = fit_limits(_judged(phrases, readings, heads, held_out, heating))
    unit_rows, sizes, gram_rows, gram_sizes = features.rows(np.hstack([one.weights for one in fitted.values()]))
    model = Model(
        data_hash=data_hash(phrases, danger, slang),
        version=VERSION,
        heads={name: head.labels for name, head in heads.items()},
        known=tuple(known),
        units=features.units,
        grams=features.grams,
        rows=unit_rows,
        sizes=sizes,
        gram_rows=gram_rows,
        gram_sizes=gram_sizes,
        bias=np.concatenate([one.bias for one in fitted.values()]),
        heating=np.concatenate([np.full(len(heads[name].labels), heating[name], np.float32) for name in heads]),
        thresholds=limits.to_thresholds(),
    )
    alarm = Alarm(danger, slang, model)
    calm = [alarm.loudness(phrase.text) for phrase in phrases if kind_of(phrase.intent) != "emergency"]
    threshold = float(np.quantile(calm, 1 - CALLED_FOR_NOTHING)) if calm else 0.0
    return replace(model, thresholds=limits.to_thresholds() | {"alarm": threshold})


def known_words(phrases: Sequence[TrainingPhrase]) -> list[str]:
    """The spellings that people use again and again, most frequent first."""
    counted = Counter(word for phrase in phrases for word in re.findall(r"[a-z]+", phrase.text.lower()))
    return [word for word, times in sorted(counted.items(), key=lambda item: (-item[1], item[0])) if times >= _KNOWN]


def _heads(phrases: Sequence[TrainingPhrase]) -> dict[str, _Head]:
    every = range(len(phrases))
    kinds = [kind_of(phrase.intent) for phrase in phrases]
    categories = [category_of(phrase.intent) or kind for phrase, kind in zip(phrases, kinds, strict=True)]
    severe = [at for at in every if kinds[at] == "emergency" and phrases[at].severity]
    asked = [at for at in every if kinds[at] == "question"]
    topics = [topic_of(phrases[at].intent) or OUT_OF_SCOPE for at in asked]
    cares = [_COMMON_TOPIC if topic == OUT_OF_SCOPE else 1.0 for topic in topics]
    return {
        "kind": _head(KINDS, every, kinds),
        "category": _head((*sorted(set(categories) - set(KINDS)), *KINDS[1:]), every, categories),
        "topic": _head(tuple(sorted(set(topics))), asked, topics, cares),
        "severity": _head(("1", "2", "3"), severe, [str(phrases[at].severity) for at in severe]),
        "language": _head(LANGUAGES, every, [language_of(phrase.metadata.get("style")) for phrase in phrases]),
    }


def _head(
    labels: Sequence[str], taught: Sequence[int], given: Sequence[str], cares: Sequence[float] | None = None
) -> _Head:
    at = {label: number for number, label in enumerate(labels)}
    return _Head(
        tuple(labels),
        np.asarray(taught, np.intp),
        np.asarray([at[label] for label in given], np.intp),
        np.asarray(cares or [1.0] * len(taught), np.float32),
    )


def _fit(head: _Head, rows: sparse.csr_matrix, taught: np.ndarray, name: str) -> Fitted:
    chosen = np.isin(head.taught, taught)
    if not chosen.any() or len(head.labels) < 2:
        return Fitted(np.zeros((rows.shape[1], len(head.labels)), np.float32), np.zeros(len(head.labels), np.float32))
    wanted = np.eye(len(head.labels), dtype=np.float32)[head.label[chosen]]
    return fit(rows[head.taught[chosen]], wanted, head.cares[chosen], strength=_STRENGTH, rounds=_ROUNDS[name])


def _held_out(heads: Mapping[str, _Head], rows: sparse.csr_matrix, seed: int) -> dict[str, tuple[Floats, Floats]]:
    """For each calibrated head the logits that it gives to phrases that it was not taught, and what was wanted."""
    fold = np.random.default_rng(seed).permutation(rows.shape[0]) % _FOLDS
    found: dict[str, tuple[Floats, Floats]] = {}
    for name in _CALIBRATED:
        head = heads[name]
        logits = np.zeros((len(head.taught), len(head.labels)), np.float32)
        for number in range(_FOLDS):
            unseen = fold[head.taught] == number
            fitted = _fit(head, rows, head.taught[~unseen], name)
            logits[unseen] = fitted.logits(rows[head.taught[unseen]])
        found[name] = (logits, np.eye(len(head.labels), dtype=np.float32)[head.label])
    return found


def _judged(
    phrases: Sequence[TrainingPhrase],
    readings: Sequence[Reading],
    heads: Mapping[str, _Head],
    held_out: Mapping[str, tuple[Floats, Floats]],
    heating: Mapping[str, float],
) -> list[Judged]:
    heated = {name: softmax(held_out[name][0] * heating[name]) for name in _CALIBRATED}
    emergency = emergency_of(heated["kind"], heated["category"])
    topics = dict(zip(heads["topic"].taught.tolist(), heated["topic"], strict=True))
    labels = heads["topic"].labels
    judged: list[Judged] = []
    for at, phrase in enumerate(phrases):
        scores = topics.get(at)
        best = int(scores.argmax()) if scores is not None else -1
        judged.append(
            Judged(
                severity=(phrase.severity or 2) if kind_of(phrase.intent) == "emergency" else None,
                level=level_of(readings[at]),
                emergency=float(emergency[at]),
                topic_score=float(scores[best]) if scores is not None and labels[best] != OUT_OF_SCOPE else None,
                topic_right=scores is not None and labels[best] == topic_of(phrase.intent),
            )
        )
    return judged
