"""From labelled phrases to a Model: deterministic, on two cores in less than a minute for 20,000 phrases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from nlu.alarm import CALLED_FOR_NOTHING, Alarm
from nlu.clean import Cleaner
from nlu.danger import Danger, Reading
from nlu.features import Features
from nlu.fit import Fitted, fit, heating_of
from nlu.intents import softmax
from nlu.language import LANGUAGES, language_of
from nlu.limits import Judged, fit_limits
from nlu.meaning import KINDS
from nlu.model import VERSION, Floats, Model, data_hash
from nlu.net import UNTAUGHT, Task, fit_net
from nlu.phrases import OUT_OF_SCOPE, TrainingPhrase, category_of, kind_of, topic_of
from nlu.policy import level_of
from nlu.second_look import evidence, fit_look, look
from nlu.units import units_of

_KNOWN = 3  # times that a spelling must be seen to be taken for a word
_FOLDS = 3  # for calibration and thresholds
_STRENGTH = 60.0
_ROUNDS = {"kind": 60, "category": 60, "topic": 50, "severity": 40, "language": 30}
_NET_HEADS = ("kind", "category", "topic", "severity")  # these are answered by both models, the mean of their logits
_CALIBRATED = ("kind", "category", "topic")
_AT_ONCE = 2  # trainings side by side; the sparse products let go of the interpreter
_COMMON_TOPIC = 0.4  # how much a question outside the topics counts: there are many, and they are all alike


@dataclass(frozen=True, slots=True)
class _Head:
    """A question that the model answers: which phrases teach it, and with which label each."""

    labels: tuple[str, ...]
    taught: np.ndarray  # indices of phrases
    label: np.ndarray  # index of the label of each taught phrase
    cares: Floats


@dataclass(frozen=True, slots=True)
class _Joined:
    """Both models as one: `weights` [features, labels + HIDDEN], the rest as `nlu.model.Model` keeps it."""

    weights: Floats
    bias: Floats
    hidden_bias: Floats
    out: Floats

    def logits(self, features: sparse.csr_matrix) -> Floats:
        """One row a message, head after head."""
        told = features @ self.weights
        hidden = np.maximum(told[:, len(self.bias) :] + self.hidden_bias, 0.0)
        return np.asarray(told[:, : len(self.bias)] + hidden @ self.out + self.bias, np.float32)


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
    joined, held_out = _taught(heads, features.matrix(messages), seed)
    heating = {name: _heating(heads[name], held_out[name]) if name in _CALIBRATED else 1.0 for name in heads}
    heated = {name: softmax(held_out[name] * heating[name]) for name in _CALIBRATED}
    weighed = evidence(heated, cleaned, readings, heads["topic"].labels.index(OUT_OF_SCOPE))
    weights = _second_look(phrases, readings, weighed)
    limits = fit_limits(_judged(phrases, readings, heads, heated, look(weighed, weights)))
    unit_rows, sizes, gram_rows, gram_sizes = features.rows(joined.weights)
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
        bias=joined.bias,
        hidden_bias=joined.hidden_bias,
        out=joined.out,
        second_look=weights,
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
        "topic": _head(tuple(sorted({*topics, OUT_OF_SCOPE})), asked, topics, cares),
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


def _taught(heads: Mapping[str, _Head], rows: sparse.csr_matrix, seed: int) -> tuple[_Joined, dict[str, Floats]]:
    """The model taught on every phrase, and what each calibrated head says of the phrases that it was not taught."""
    fold = np.random.default_rng(seed).permutation(rows.shape[0]) % _FOLDS
    every = np.arange(rows.shape[0])
    lessons = [(every, tuple(heads)), *((np.flatnonzero(fold != at), _CALIBRATED) for at in range(_FOLDS))]
    with threadpool_limits(1), ThreadPoolExecutor(_AT_ONCE) as desk:  # small products gain nothing from more threads
        whole, *parts = desk.map(lambda lesson: _join(heads, rows, lesson[0], lesson[1], seed), lessons)
    said = np.zeros((rows.shape[0], len(whole.bias)), np.float32)
    for number, part in enumerate(parts):
        said[fold == number] = part.logits(rows[fold == number])
    found, first = dict[str, Floats](), 0
    for name, head in heads.items():
        if name in _CALIBRATED:
            found[name] = said[:, first : first + len(head.labels)]
        first += len(head.labels)
    return whole, found


def _join(
    heads: Mapping[str, _Head], rows: sparse.csr_matrix, taught: np.ndarray, needed: Sequence[str], seed: int
) -> _Joined:
    """Both models, taught side by side; linear weights of heads that are not `needed` stay zero."""
    linear = {name: _fit(head, rows, taught if name in needed else taught[:0], name) for name, head in heads.items()}
    tasks = [_task(heads[name], rows.shape[0]).of(taught) for name in _NET_HEADS]
    net = fit_net(rows[taught], tasks, seed=seed)
    half = np.concatenate([np.full(len(heads[n].labels), 0.5 if n in _NET_HEADS else 1.0, np.float32) for n in heads])
    alone = len(half) - len(net.bias)  # labels that the net does not answer stand last
    return _Joined(
        weights=np.hstack([np.hstack([one.weights for one in linear.values()]) * half, net.hidden]),
        bias=np.concatenate([one.bias for one in linear.values()]) * half + np.pad(net.bias / 2, (0, alone)),
        hidden_bias=net.hidden_bias,
        out=np.pad(net.out / 2, ((0, 0), (0, alone))),
    )


def _task(head: _Head, phrases: int) -> Task:
    wanted, cares = np.full(phrases, UNTAUGHT, np.intp), np.zeros(phrases, np.float32)
    wanted[head.taught], cares[head.taught] = head.label, head.cares
    return Task(len(head.labels), wanted, cares)


def _fit(head: _Head, rows: sparse.csr_matrix, taught: np.ndarray, name: str) -> Fitted:
    chosen = np.isin(head.taught, taught)
    if not chosen.any() or len(head.labels) < 2:
        return Fitted(np.zeros((rows.shape[1], len(head.labels)), np.float32), np.zeros(len(head.labels), np.float32))
    wanted = np.eye(len(head.labels), dtype=np.float32)[head.label[chosen]]
    return fit(rows[head.taught[chosen]], wanted, head.cares[chosen], strength=_STRENGTH, rounds=_ROUNDS[name])


def _heating(head: _Head, held_out: Floats) -> float:
    return heating_of(held_out[head.taught], np.eye(len(head.labels), dtype=np.float32)[head.label])


def _second_look(phrases: Sequence[TrainingPhrase], readings: Sequence[Reading], weighed: Floats) -> Floats:
    """Fitted on the phrases that no certain danger word decides already."""
    open_ = np.array([not reading.certain for reading in readings])
    emergency = np.array([kind_of(phrase.intent) == "emergency" for phrase in phrases])
    return fit_look(weighed[open_], emergency[open_])


def _judged(
    phrases: Sequence[TrainingPhrase],
    readings: Sequence[Reading],
    heads: Mapping[str, _Head],
    heated: Mapping[str, Floats],
    emergency: Floats,
) -> list[Judged]:
    topics, labels = heated["topic"], heads["topic"].labels
    judged: list[Judged] = []
    for at, phrase in enumerate(phrases):
        best = int(topics[at].argmax())
        asked = kind_of(phrase.intent) == "question" and labels[best] != OUT_OF_SCOPE
        judged.append(
            Judged(
                severity=(phrase.severity or 2) if kind_of(phrase.intent) == "emergency" else None,
                level=level_of(readings[at]),
                emergency=float(emergency[at]),
                topic_score=float(topics[at][best]) if asked else None,
                topic_right=asked and labels[best] == topic_of(phrase.intent),
            )
        )
    return judged
