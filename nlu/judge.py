"""From scores and rules to an Understanding: the kind, categories, severity, topics and reasons of one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlu.clean import Cleaned
from nlu.danger import Reading
from nlu.intents import Scores
from nlu.meaning import KINDS, Fact, Kind, PlaceGuess, Understanding
from nlu.model import Floats
from nlu.phrases import OUT_OF_SCOPE
from nlu.policy import Limits, Seen, decide, level_of, shows_topics
from nlu.reasons import reasons_of
from nlu.second_look import evidence, look

_PART_DISCOUNT = 0.1  # of a part's odds: a clause alone says much less than a message
_TOPICS_SHOWN = 5
_FAINTEST_TOPIC = 0.02
_LIKELY_AT_ALL = 0.2
_RULE_WEIGHT = 0.1  # what a certain danger word adds to its category: the words around it know better
_ALSO = 0.45  # of the best category: from there a second one is named too
_RULED_OUT = 0.02  # probability of a category below which its danger word means something else
_WORTH_A_GUESS = 0.05  # probability from which a question back says of which danger it thinks
_SURE_OF_LANGUAGE = 0.55  # below it a reply in plain Indonesian offends nobody
_BRIEF = 4  # words
_SEVERE_IF_BRIEF = 0.6
_SEVERE = 0.35  # probability of severity 1 from which 1 is said: too high wakes an operator, too low costs a life


@dataclass(frozen=True, slots=True)
class View:
    """One message's probabilities as plain numbers. `calm` is the likeliest kind that is no emergency.

    `topics` are the best few, best first; `language` the likeliest with its probability; the rest is in label order.
    """

    emergency: float
    kinds: list[float]
    calm: Kind
    categories: list[float]
    topics: list[tuple[float, int]]
    severities: list[float]
    language: tuple[float, int]
    familiar: float
    telling: list[str]


class Judge:
    """Applies the policy and puts the answer together."""

    def __init__(self, heads: Mapping[str, Sequence[str]], second_look: Floats, limits: Limits) -> None:
        self._categories = list(heads["category"][: -len(KINDS) + 1])
        self._topics = [label.removeprefix("faq_") for label in heads["topic"]]
        self._outside_at = list(heads["topic"]).index(OUT_OF_SCOPE)
        self._outside = OUT_OF_SCOPE.removeprefix("faq_")
        self._languages = list(heads["language"])
        self._second_look = second_look
        self._limits = limits

    def views(self, scores: Scores, read: Sequence[tuple[Cleaned, Reading]], parts: Sequence[int]) -> list[View]:
        """One row of scores for each that was `read`: messages, then their parts, `parts[i]` naming the message."""
        whole = len(read) - len(parts)
        heads = {head: values[:whole] for head, values in scores.heads.items()}
        cleaned, readings = [one for one, _ in read], [reading for _, reading in read]
        emergency = look(evidence(scores.heads, cleaned, readings, self._outside_at), self._second_look)
        rest = heads["category"][:, : len(self._categories)]
        columns = (
            emergency[:whole].tolist(),
            heads["kind"].tolist(),
            [KINDS[1 + at] for at in heads["kind"][:, 1:].argmax(axis=1).tolist()],
            (rest / np.maximum(rest.sum(axis=1, keepdims=True), 1e-6)).tolist(),
            _best(heads["topic"], _TOPICS_SHOWN),
            heads["severity"].tolist(),
            [pairs[0] for pairs in _best(heads["language"], 1)],
            scores.familiar[:whole].tolist(),
            scores.telling[:whole],
        )
        views = [View(*row) for row in zip(*columns, strict=True)]
        for row, at in enumerate(parts, start=whole):
            odds = _PART_DISCOUNT * float(emergency[row]) / max(1.0 - float(emergency[row]), 1e-6)
            loud = odds / (1 + odds)
            if loud > views[at].emergency:
                views[at] = replace(
                    views[at],
                    emergency=loud,
                    categories=np.maximum(
                        views[at].categories, scores.heads["category"][row][: len(self._categories)]
                    ).tolist(),
                    severities=scores.heads["severity"][row].tolist(),
                    telling=scores.telling[row],
                )
        return views

    def judge(
        self,
        cleaned: Cleaned,
        reading: Reading,
        view: View,
        facts: dict[str, Fact],
        places: tuple[PlaceGuess, ...],
    ) -> Understanding:
        """What the door says of one message."""
        topics = _led(self._ranked_topics(view), reading) if names_something(cleaned) else []
        seen = Seen(
            level=level_of(reading),
            emergency=view.emergency,
            kind=view.calm,
            topic=topics[0][1] if topics and topics[0][0] != self._outside else 0.0,
            readable=view.familiar,
            empty=_says_nothing(cleaned),
            prank_admitted="prank_admitted" in facts,
            silent="silent" in facts,
        )
        kind, action = decide(seen, self._limits)
        answered = shows_topics(seen, kind, self._limits)
        refused = kind in ("question", "complaint") and not answered
        guessed = bool(reading.doubtful) or view.emergency >= _WORTH_A_GUESS
        urgent = kind == "emergency" or (action == "ask" and guessed) or "silent" in facts
        return Understanding(
            kind=kind,
            action=action,
            categories=self._named_categories(reading, view) if urgent else (),
            severity=_severity(cleaned, reading, view) if kind == "emergency" else None,
            topics=tuple(topic for topic in topics if topic[0] != self._outside) if answered else (),
            places=places,
            facts=facts,
            language=self._language(view),
            scores=self._scores(view, topics) | {f"rule_{hit.group.category}": 1.0 for hit in reading.certain},
            reasons=tuple(reasons_of(reading, seen, view.telling, self._limits, refused=refused)),
        )

    def is_calm(self, cleaned: Cleaned, reading: Reading, said: Understanding) -> bool:
        """Whether it is asked back only because its words are strange to the model: none is near a danger."""
        spoken = reading.certain or reading.doubtful or reading.hints or reading.voided or "silent" in said.facts
        doubted = said.scores.get("emergency", 1.0) >= self._limits.ask["none"]
        return said.action == "ask" and not spoken and not doubted and not _says_nothing(cleaned)

    def _language(self, view: View) -> str:
        sure, best = view.language
        return self._languages[best if sure >= _SURE_OF_LANGUAGE else 0]

    def _ranked_topics(self, view: View) -> list[tuple[str, float]]:
        return [(self._topics[at], round(score, 4)) for score, at in view.topics if score >= _FAINTEST_TOPIC]

    def _named_categories(self, reading: Reading, view: View) -> tuple[str, ...]:
        likely = dict(zip(self._categories, view.categories, strict=True))
        certain = {hit.group.category for hit in reading.certain}
        # A danger word's own kind is named beside a likelier one, unless the words around it all but rule it out.
        named = {category for category in certain if likely.get(category, 0.0) >= _RULED_OUT}
        for category in certain:
            likely[category] = likely.get(category, 0.0) + _RULE_WEIGHT
        ranked = sorted(likely.items(), key=lambda item: (-item[1], item[0]))
        enough = max(_ALSO * ranked[0][1], 0.2)
        return tuple(name for name, score in ranked if score >= enough or name in named) or (ranked[0][0],)

    def _scores(self, view: View, topics: Sequence[tuple[str, float]]) -> dict[str, float]:
        calm = max(sum(view.kinds[1:]), 1e-6)
        scores = {"emergency": round(view.emergency, 4)}
        for kind, score in zip(KINDS[1:], view.kinds[1:], strict=True):
            scores[kind] = round((1 - view.emergency) * score / calm, 4)
        best = max(view.categories)
        scores[f"darurat_{self._categories[view.categories.index(best)]}"] = round(view.emergency * best, 4)
        scores.update({f"faq_{name}": round(scores["question"] * score, 4) for name, score in topics[:2]})
        return scores


def _best(values: Floats, most: int) -> list[list[tuple[float, int]]]:
    """For each row its largest values with their columns, largest first."""
    columns = np.argsort(-values, axis=1)[:, :most]
    largest = np.take_along_axis(values, columns, axis=1)
    return [list(zip(*pair, strict=True)) for pair in zip(largest.tolist(), columns.tolist(), strict=True)]


def _led(topics: list[tuple[str, float]], reading: Reading) -> list[tuple[str, float]]:
    """A question with words of violence in it is one about violence first, if that is likely at all."""
    meant = {hit.group.topic for hit in (*reading.doubtful, *reading.hints)}
    led = next((name for name, score in topics if name in meant and score >= _LIKELY_AT_ALL), None)
    if led is None:
        return topics
    return [(led, topics[0][1]), *(topic for topic in topics if topic[0] != led)]


def _severity(cleaned: Cleaned, reading: Reading, view: View) -> int:
    """Of a few words ("ada kecelakaan di Baruga") no more is known than their danger word says."""
    brief = bool(reading.certain) and len(cleaned.words) <= _BRIEF
    severe = _SEVERE_IF_BRIEF if brief else _SEVERE
    guessed = 1 if view.severities[0] >= severe else 2 if view.severities[1] >= view.severities[2] else 3
    return min([guessed, *(hit.group.severity for hit in reading.certain)])


def _says_nothing(cleaned: Cleaned) -> bool:
    """Lone letters and emoji alone say nothing that an answer could rest on."""
    return not any(len(word) > 1 and word.isalnum() for word in cleaned.raw)


def names_something(cleaned: Cleaned) -> bool:
    """Whether a word is long enough to name a matter: two letters name none but the family card and the hospital."""
    return any((len(word) > 2 and word.isalnum()) or word in ("kk", "rs") for word in cleaned.raw)
