"""The only door of `nlu`: text in, `Understanding` out.

    understander = build_understander(model, danger, slang, frames=frames, areas=areas, landmarks=landmarks)
    understood = understander.understand([Heard("tolong ada kebakaran di wua wua", city="kendari")])

`danger` is danger.yml as parsed, `slang` slang.csv as a mapping, `model` from `Model.load(path)` or `train(phrases)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlu.alarm import Alarm
from nlu.boundaries import Boundaries
from nlu.clean import Cleaned, Cleaner
from nlu.danger import Danger, Reading
from nlu.facts import facts_of
from nlu.gazetteer import Area, CityFrame, Gazetteer, Landmark
from nlu.intents import Classifier
from nlu.judge import Judge, View
from nlu.meaning import Action, Heard, Kind, PlaceGuess, Understanding
from nlu.model import Model
from nlu.parts import parts_of
from nlu.phrases import TrainingPhrase
from nlu.places import Places
from nlu.policy import Limits
from nlu.units import units_of

__all__ = [
    "Action",
    "Area",
    "CityFrame",
    "Heard",
    "Kind",
    "Landmark",
    "Model",
    "PlaceGuess",
    "TrainingPhrase",
    "Understander",
    "Understanding",
    "build_understander",
]

_SLICE_MESSAGES = 48  # so that the net's product stays too small for BLAS to wake its threads
_SLICE_CHARACTERS = 16_000  # what bounds the memory and the time of one slice


class Understander:
    """Understands messages. One instance serves a whole process, from any number of threads."""

    def __init__(
        self, *, cleaner: Cleaner, danger: Danger, classifier: Classifier, judge: Judge, places: Places, alarm: Alarm
    ) -> None:
        self._cleaner = cleaner
        self._danger = danger
        self._classifier = classifier
        self._judge = judge
        self._places = places
        self._alarm = alarm

    def understand(self, heard: Sequence[Heard]) -> list[Understanding]:
        """One Understanding a message, in order. Never raises: what cannot be understood goes to a human."""
        understood: list[Understanding] = []
        for few in _slices(heard):
            try:
                understood.extend(self._understand(few))
            except Exception:  # whatever it was, its neighbours must not notice
                understood.extend(self._alone(one) for one in few)
        return understood

    def urgent(self, text: str) -> bool:
        """Whether the inbox should let this message overtake: danger words alone, microseconds, over-calls."""
        return self._alarm.rings(text)

    def places_at(
        self, lat: float, lon: float, city: str | None, accuracy_m: float | None = None
    ) -> tuple[PlaceGuess, ...]:
        """What a pin in degrees may mean, best first, never empty; `accuracy_m` as the channel gave it."""
        return self._places.at(lat, lon, city, accuracy_m)

    def use_boundaries(self, boundaries: Boundaries) -> None:
        """Place pins by these polygons from now on."""
        self._places.pins.boundaries = boundaries

    def explain(self, heard: Heard) -> dict[str, Any]:
        """Everything behind one answer, as JSON: plain words, rules that spoke, and what each unit weighed."""
        cleaned = self._cleaner.clean(heard.text)
        reading = self._danger.read(cleaned)
        weighed = self._classifier.weigh(units_of(cleaned, reading), len(cleaned.words))
        return {
            "written": cleaned.raw,
            "words": cleaned.words,
            "danger": {
                "certain": [f"{hit.group.name}: {hit.words}" for hit in reading.certain],
                "doubtful": [f"{hit.group.name}: {hit.words} ({hit.damped_by})" for hit in reading.doubtful],
                "voided": [f"{hit.group.name}: {hit.words} ({hit.damped_by})" for hit in reading.voided],
                "hints": [f"{hit.group.name}: {hit.words}" for hit in reading.hints],
                "contexts": sorted(reading.contexts),
            },
            "weights": [{"unit": unit, "emergency": round(weight, 3)} for unit, weight in weighed],
            "urgent": self.urgent(heard.text),
            "understanding": self.understand([heard])[0].to_json(),
        }

    def _alone(self, heard: Heard) -> Understanding:
        try:
            return self._understand([heard])[0]
        except Exception as broken:
            said = f"gagal dipahami: {type(broken).__name__}"
            return Understanding("emergency", "escalate", ("lainnya",), 2, reasons=(said,))

    def _understand(self, heard: Sequence[Heard]) -> list[Understanding]:
        cleaned = [self._cleaner.clean(one.text) for one in heard]
        readings = [self._danger.read(one) for one in cleaned]
        whole = [(one, reading) for one, reading in zip(cleaned, readings, strict=True)]
        parts = [(at, part) for at, one in enumerate(cleaned) for part in parts_of(one)]
        read = whole + [(part, self._danger.read(part)) for _, part in parts]
        scores = self._classifier.score([units_of(*pair) for pair in read], [len(one.words) for one, _ in read])
        views = self._judge.views(scores, read, [at for at, _ in parts])
        return [self._join(*given) for given in zip(heard, cleaned, readings, views, strict=True)]

    def _join(self, heard: Heard, cleaned: Cleaned, reading: Reading, view: View) -> Understanding:
        facts = facts_of(cleaned, reading)
        places = self._places.read(cleaned, heard.city)
        return self._judge.judge(cleaned, reading, view, facts, places)


def build_understander(
    model: Model,
    danger: Mapping[str, Any],
    slang: Mapping[str, str],
    *,
    frames: Sequence[CityFrame],
    areas: Sequence[Area],
    landmarks: Sequence[Landmark],
) -> Understander:
    """Everything that the door needs, joined once. Raises ValueError or KeyError where danger.yml is malformed."""
    rules = Danger(danger)
    known = {*model.known, *slang, *rules.vocabulary}
    return Understander(
        cleaner=Cleaner(slang, model.known),
        danger=rules,
        classifier=Classifier(model),
        judge=Judge(model.heads, model.second_look, Limits.from_thresholds(model.thresholds)),
        places=Places(Gazetteer(frames, areas, landmarks, known, slang)),
        alarm=Alarm(danger, slang, model),
    )


def _slices(heard: Sequence[Heard]) -> Iterator[list[Heard]]:
    few: list[Heard] = []
    characters = 0
    for one in heard:
        if few and (len(few) == _SLICE_MESSAGES or characters + len(one.text) > _SLICE_CHARACTERS):
            yield few
            few, characters = [], 0
        few.append(one)
        characters += min(len(one.text), _SLICE_CHARACTERS)
    if few:
        yield few
