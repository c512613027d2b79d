"""The models that were tried, taught the same phrases, measured on the same messages: why this one was chosen.

Each is judged by its raw scores, before danger words, thresholds and refusals: what it contributes by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from nlu.clean import Cleaner
from nlu.danger import Danger
from nlu.exam import OUTSIDE, Exam
from nlu.features import Features
from nlu.intents import softmax
from nlu.lessons import CALIBRATED, NET_HEADS, Head, fit_head, heads_of, task_of
from nlu.meaning import KINDS
from nlu.model import Floats
from nlu.net import fit_net
from nlu.phrases import OUT_OF_SCOPE, TrainingPhrase
from nlu.train import known_words
from nlu.units import units_of

_NEIGHBOURS = 8
_K1, _B = 1.2, 0.75
_RECALLS = (0.99, 0.995)  # of severity 1: what each model must ring or ask for nothing to reach it

Scores = Mapping[str, Floats]
Learner = Callable[["_Desk"], Scores]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every learner is given: rows of the phrases and of the messages over the same features, and the heads."""

    taught: sparse.csr_matrix
    asked: sparse.csr_matrix
    heads: Mapping[str, Head]


def compared(
    phrases: Sequence[TrainingPhrase], exams: Sequence[Exam], danger: Mapping[str, Any], slang: Mapping[str, str]
) -> Iterator[str]:
    """One line a model, as soon as it is measured."""
    exams = [exam for exam in exams if not exam.noise]
    desk = _desk(sorted(phrases, key=lambda one: (one.text, one.intent)), exams, danger, slang)
    names = [f"false at {recall:.1%}" for recall in _RECALLS]
    columns = ["kind", "category", "topic", "among 3", "refused", *names, "train s"]
    yield f"{len(phrases)} phrases, {len(exams)} messages"
    yield f"{'model':34}" + "".join(f"{name:>15}" for name in columns)
    for name, learn in _LEARNERS.items():
        began = time.process_time()
        with threadpool_limits(1):
            scores = learn(desk)
        figures = [f"{figure:15.1%}" for figure in _figures(scores, desk.heads, exams)]
        yield f"{name:34}" + "".join(figures) + f"{time.process_time() - began:15.1f}"


def _desk(
    phrases: Sequence[TrainingPhrase], exams: Sequence[Exam], danger: Mapping[str, Any], slang: Mapping[str, str]
) -> _Desk:
    cleaner, rules = Cleaner(slang, known_words(phrases)), Danger(danger)

    def units(text: str) -> list[str]:
        cleaned = cleaner.clean(text)
        return units_of(cleaned, rules.read(cleaned))

    taught = [units(phrase.text) for phrase in phrases]
    features = Features(taught)
    return _Desk(features.matrix(taught), features.matrix([units(exam.text) for exam in exams]), heads_of(phrases))


def _linear(desk: _Desk) -> Scores:
    fitted = {name: fit_head(desk.heads[name], desk.taught, desk.heads[name].taught, name) for name in CALIBRATED}
    return {name: one.logits(desk.asked) for name, one in fitted.items()}


def _net(desk: _Desk, seed: int = 112) -> Scores:
    tasks = [task_of(desk.heads[name], desk.taught.shape[0]) for name in NET_HEADS]
    logits = fit_net(desk.taught, tasks, seed=seed).logits(desk.asked)
    found, first = dict[str, Floats](), 0
    for name in NET_HEADS:
        found[name] = logits[:, first : first + len(desk.heads[name].labels)]
        first += len(desk.heads[name].labels)
    return found


def _nearest(desk: _Desk) -> Scores:
    """Retrieval: the labels of the most alike phrases, by cosine over words, pairs and letter sequences."""
    return _votes(desk, desk.taught, desk.asked)


def _bm25(desk: _Desk) -> Scores:
    """Retrieval as search engines do it: rare units count more, long phrases less (Robertson; k1 1.2, b 0.75)."""
    taught = desk.taught.sign()
    length = np.asarray(taught.sum(axis=1)).ravel()
    held = np.asarray(taught.sum(axis=0)).ravel()
    rare = np.log1p((taught.shape[0] - held + 0.5) / (held + 0.5))
    brief = (_K1 + 1) / (1 + _K1 * (1 - _B + _B * length / length.mean()))
    weighed = sparse.diags_array(brief) @ taught @ sparse.diags_array(rare)
    return _votes(desk, sparse.csr_matrix(weighed), desk.asked.sign())


def _votes(desk: _Desk, taught: sparse.csr_matrix, asked: sparse.csr_matrix) -> Scores:
    """Each head's labels by the phrases most alike, the more alike the weightier."""
    found: dict[str, Floats] = {}
    for name in CALIBRATED:
        head = desk.heads[name]
        alike = (asked @ taught[head.taught].T).toarray()
        alike /= np.maximum(alike.max(axis=1, keepdims=True), 1e-6)
        nearest = np.argpartition(-alike, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
        votes = np.zeros((len(alike), len(head.labels)), np.float32)
        weight = np.take_along_axis(alike, nearest, axis=1) ** 2
        np.add.at(votes, (np.arange(len(alike))[:, None], head.label[nearest]), weight)
        found[name] = np.log(votes + 1e-3)
    return found


def _mean(*learners: Learner) -> Learner:
    def both(desk: _Desk) -> Scores:
        said = [learn(desk) for learn in learners]
        return {name: np.asarray(sum(one[name] for one in said) / len(said), np.float32) for name in CALIBRATED}

    return both


_LEARNERS: dict[str, Learner] = {
    "linear (softmax regression)": _linear,
    "net (one hidden layer)": _net,
    "nearest phrases (cosine)": _nearest,
    "nearest phrases (BM25)": _bm25,
    "linear + net (the one in use)": _mean(_linear, _net),
    "linear + nearest": _mean(_linear, _nearest),
    "linear + BM25": _mean(_linear, _bm25),
    "linear + net + nearest": _mean(_linear, _net, _nearest),
    "linear + two nets": _mean(_linear, _net, lambda desk: _net(desk, seed=7)),
}


def _figures(scores: Scores, heads: Mapping[str, Head], exams: Sequence[Exam]) -> list[float]:
    kinds = np.array([KINDS.index(exam.kind) for exam in exams])
    urgent = kinds == 0
    categories, labels = heads["category"].labels[: -len(KINDS) + 1], heads["topic"].labels
    guessed = scores["category"][:, : len(categories)].argmax(axis=1)
    named = [categories[at] in exam.categories for at, exam in zip(guessed, exams, strict=True)]
    order = np.argsort(-scores["topic"], axis=1)
    inside = [at for at, exam in enumerate(exams) if exam.topic not in (None, OUTSIDE)]
    outside = [at for at, exam in enumerate(exams) if exam.topic == OUTSIDE]
    return [
        _part(scores["kind"].argmax(axis=1) == kinds),
        _part([hit for hit, emergency in zip(named, urgent, strict=True) if emergency]),
        _part([labels[order[at, 0]] == exams[at].topic for at in inside]),
        _part([exams[at].topic in [labels[one] for one in order[at, :3]] for at in inside]),
        _part([labels[order[at, 0]] == OUT_OF_SCOPE for at in outside]),
        *_false_alarms(scores, urgent, np.array([exam.severity == 1 for exam in exams])),
    ]


def _part(hits: Sequence[bool] | NDArray[np.bool_]) -> float:
    return float(np.mean(hits)) if len(hits) else 0.0


def _false_alarms(scores: Scores, urgent: NDArray[np.bool_], gravest: NDArray[np.bool_]) -> list[float]:
    """The share of non-emergencies above the score that lets this share of severity 1 through."""
    kinds, categories = softmax(scores["kind"]), softmax(scores["category"])
    said = (kinds[:, 0] + categories[:, :-4].sum(axis=1)) / 2
    if not gravest.any():
        return [0.0] * len(_RECALLS)
    return [_part(said[~urgent] >= np.quantile(said[gravest], 1 - recall)) for recall in _RECALLS]
