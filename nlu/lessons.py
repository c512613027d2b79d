"""What the model is taught: each head's phrases and labels, the two models joined, and what they say held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from nlu.fit import Fitted, fit
from nlu.language import LANGUAGES, language_of
from nlu.meaning import KINDS
from nlu.model import Floats
from nlu.net import UNTAUGHT, Task, fit_net
from nlu.phrases import OUT_OF_SCOPE, TrainingPhrase, category_of, kind_of, topic_of

CALIBRATED = ("kind", "category", "topic")
_FOLDS = 3  # for calibration and thresholds
_STRENGTH = 60.0
_ROUNDS = {"kind": 60, "category": 60, "topic": 50, "severity": 40, "language": 30}
NET_HEADS = ("kind", "category", "topic", "severity")  # these are answered by both models, the mean of their logits
_AT_ONCE = 2  # trainings side by side; the sparse products let go of the interpreter
_COMMON_TOPIC = 0.4  # how much a question outside the topics counts: there are many, and they are all alike


@dataclass(frozen=True, slots=True)
class Head:
    """A question that the model answers: which phrases teach it, and with which label each."""

    labels: tuple[str, ...]
    taught: np.ndarray  # indices of phrases
    label: np.ndarray  # index of the label of each taught phrase
    cares: Floats


@dataclass(frozen=True, slots=True)
class Joined:
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


def heads_of(phrases: Sequence[TrainingPhrase]) -> dict[str, Head]:
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
) -> Head:
    at = {label: number for number, label in enumerate(labels)}
    return Head(
        tuple(labels),
        np.asarray(taught, np.intp),
        np.asarray([at[label] for label in given], np.intp),
        np.asarray(cares or [1.0] * len(taught), np.float32),
    )


def teach(heads: Mapping[str, Head], rows: sparse.csr_matrix, seed: int) -> tuple[Joined, dict[str, Floats]]:
    """The model taught on every phrase, and what each calibrated head says of the phrases that it was not taught."""
    fold = np.random.default_rng(seed).permutation(rows.shape[0]) % _FOLDS
    every = np.arange(rows.shape[0])
    lessons = [(every, tuple(heads)), *((np.flatnonzero(fold != at), CALIBRATED) for at in range(_FOLDS))]
    with threadpool_limits(1), ThreadPoolExecutor(_AT_ONCE) as desk:  # small products gain nothing from more threads
        whole, *parts = desk.map(lambda lesson: join(heads, rows, lesson[0], lesson[1], seed), lessons)
    said = np.zeros((rows.shape[0], len(whole.bias)), np.float32)
    for number, part in enumerate(parts):
        said[fold == number] = part.logits(rows[fold == number])
    found, first = dict[str, Floats](), 0
    for name, head in heads.items():
        if name in CALIBRATED:
            found[name] = said[:, first : first + len(head.labels)]
        first += len(head.labels)
    return whole, found


def join(
    heads: Mapping[str, Head], rows: sparse.csr_matrix, taught: np.ndarray, needed: Sequence[str], seed: int
) -> Joined:
    """Both models, taught side by side; linear weights of heads that are not `needed` stay zero."""
    linear = {
        name: fit_head(head, rows, taught if name in needed else taught[:0], name) for name, head in heads.items()
    }
    tasks = [task_of(heads[name], rows.shape[0]).of(taught) for name in NET_HEADS]
    net = fit_net(rows[taught], tasks, seed=seed)
    half = np.concatenate([np.full(len(heads[n].labels), 0.5 if n in NET_HEADS else 1.0, np.float32) for n in heads])
    alone = len(half) - len(net.bias)  # labels that the net does not answer stand last
    return Joined(
        weights=np.hstack([np.hstack([one.weights for one in linear.values()]) * half, net.hidden]),
        bias=np.concatenate([one.bias for one in linear.values()]) * half + np.pad(net.bias / 2, (0, alone)),
        hidden_bias=net.hidden_bias,
        out=np.pad(net.out / 2, ((0, 0), (0, alone))),
    )


def task_of(head: Head, phrases: int) -> Task:
    wanted, cares = np.full(phrases, UNTAUGHT, np.intp), np.zeros(phrases, np.float32)
    wanted[head.taught], cares[head.taught] = head.label, head.cares
    return Task(len(head.labels), wanted, cares)


def fit_head(head: Head, rows: sparse.csr_matrix, taught: np.ndarray, name: str) -> Fitted:
    chosen = np.isin(head.taught, taught)
    if not chosen.any() or len(head.labels) < 2:
        return Fitted(np.zeros((rows.shape[1], len(head.labels)), np.float32), np.zeros(len(head.labels), np.float32))
    wanted = np.eye(len(head.labels), dtype=np.float32)[head.label[chosen]]
    return fit(rows[head.taught[chosen]], wanted, head.cares[chosen], strength=_STRENGTH, rounds=_ROUNDS[name])
