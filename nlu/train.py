"""From labelled phrases to a Model: deterministic, on two cores in about a minute for 30,000 phrases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nlu.alarm import CALLED_FOR_NOTHING, Alarm
from nlu.clean import Cleaner
from nlu.danger import Danger, Reading
from nlu.features import Features
from nlu.fit import heating_of
from nlu.intents import softmax
from nlu.lessons import CALIBRATED, Head, heads_of, teach
from nlu.limits import Judged, fit_limits
from nlu.model import VERSION, Floats, Model, data_hash
from nlu.phrases import OUT_OF_SCOPE, TrainingPhrase, kind_of, topic_of
from nlu.policy import level_of
from nlu.second_look import evidence, fit_look, look
from nlu.units import units_of

_KNOWN = 3  # times that a spelling must be seen to be taken for a word


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
    heads = heads_of(phrases)
    features = Features(messages)
    joined, held_out = teach(heads, features.matrix(messages), seed)
    heating = {name: _heating(heads[name], held_out[name]) if name in CALIBRATED else 1.0 for name in heads}
    heated = {name: softmax(held_out[name] * heating[name]) for name in CALIBRATED}
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


def _heating(head: Head, held_out: Floats) -> float:
    return heating_of(held_out[head.taught], np.eye(len(head.labels), dtype=np.float32)[head.label])


def _second_look(phrases: Sequence[TrainingPhrase], readings: Sequence[Reading], weighed: Floats) -> Floats:
    """Fitted on the phrases that no certain danger word decides already."""
    open_ = np.array([not reading.certain for reading in readings])
    emergency = np.array([kind_of(phrase.intent) == "emergency" for phrase in phrases])
    return fit_look(weighed[open_], emergency[open_])


def _judged(
    phrases: Sequence[TrainingPhrase],
    readings: Sequence[Reading],
    heads: Mapping[str, Head],
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
