"""The only door of `nlu`: text in, `Understanding` out.

    understander = build_understander(model, danger, slang, frames=frames, areas=areas, landmarks=landmarks)
    understood = understander.understand([Heard("tolong ada kebakaran di wua wua", city="kendari")])

`danger` is danger.yml as parsed, `slang` slang.csv as a mapping, `model` from `Model.load(path)` or `train(phrases)`.

What staff change while it runs is swapped in whole: `use_places`, `use_variants`, `use_boundaries`, and `adopt` for
another model. All of it stands in one object that each call reads once, so no message is understood by halves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nlu.alarm import Alarm
from nlu.boundaries import Boundaries
from nlu.clean import Cleaned, Cleaner
from nlu.danger import Danger, Reading
from nlu.facts import facts_of
from nlu.gazetteer import Area, CityFrame, Gazetteer, Landmark
from nlu.intents import Classifier
from nlu.judge import Judge, View, names_something
from nlu.meaning import Action, Heard, Kind, PlaceGuess, Understanding
from nlu.model import Model
from nlu.parts import parts_of
from nlu.phrases import TrainingPhrase
from nlu.places import Places
from nlu.policy import Limits
from nlu.units import units_of
from nlu.variants import Like, Taught, Variants, Weights, with_variants

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


@dataclass(frozen=True, slots=True)
class Faculties:
    """All that it takes to understand a message. `variants` by city."""

    cleaner: Cleaner
    danger: Danger
    classifier: Classifier
    judge: Judge
    places: Places
    alarm: Alarm
    known: frozenset[str] = frozenset()  # words that are no misspelt places
    slang: Mapping[str, str] = field(default_factory=dict)
    weights: Weights = field(default_factory=lambda: Weights(()))
    variants: Mapping[str, Variants] = field(default_factory=dict)
    named: tuple[Sequence[CityFrame], Sequence[Area], Sequence[Landmark]] | None = None  # places, as last swapped in

    def with_places(
        self, frames: Sequence[CityFrame], areas: Sequence[Area], landmarks: Sequence[Landmark], boundaries: Boundaries
    ) -> Faculties:
        """The same that know these places."""
        places = Places(Gazetteer(frames, areas, landmarks, self.known, self.slang))
        places.pins.boundaries = boundaries
        return replace(self, places=places, named=(frames, areas, landmarks))

    def taught(self, taught: Sequence[Taught], before: Variants | None = None) -> Variants:
        """An index over these variants, in the words that this cleaner makes of them."""
        return Variants(taught, lambda text: self.cleaner.clean(text).words, self.weights, before)


class Understander:
    """Understands messages. One instance serves a whole process, from any number of threads."""

    def __init__(self, faculties: Faculties) -> None:
        self._faculties = faculties
        self._swapping = threading.Lock()  # whoever swaps something in; nobody who reads waits for it

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
        return self._faculties.alarm.rings(text)

    def places_at(
        self, lat: float, lon: float, city: str | None, accuracy_m: float | None = None
    ) -> tuple[PlaceGuess, ...]:
        """What a pin in degrees may mean, best first, never empty; `accuracy_m` as the channel gave it."""
        return self._faculties.places.at(lat, lon, city, accuracy_m)

    def likes(self, text: str, city: str, taught: Variants) -> list[Like]:
        """Which of these variants a text is like, whatever else it says: danger is not looked at."""
        now = self._faculties
        cleaned = now.cleaner.clean(text)
        return _likes(taught, cleaned, now.places.read(cleaned, city))

    def near_danger(self, heard: Sequence[Heard]) -> list[bool]:
        """Of each message whether it goes to a human, or is asked back because of a danger."""
        now = self._faculties
        found = []
        for one, said in zip(heard, self.understand(heard), strict=True):
            cleaned = now.cleaner.clean(one.text)
            asked = said.action == "ask" and not now.judge.is_calm(cleaned, now.danger.read(cleaned), said)
            found.append(said.action == "escalate" or asked)
        return found

    def index(self, taught: Sequence[Taught]) -> Variants:
        """An index over variants that are not in use (yet)."""
        return self._faculties.taught(taught)

    def use_boundaries(self, boundaries: Boundaries) -> None:
        """Place pins by these polygons from now on."""
        with self._swapping:
            self._faculties.places.pins.boundaries = boundaries

    def use_places(self, frames: Sequence[CityFrame], areas: Sequence[Area], landmarks: Sequence[Landmark]) -> None:
        """Know these places from now on, of all cities. Takes a second or so: call it in a thread."""
        with self._swapping:
            now = self._faculties
            self._faculties = now.with_places(frames, areas, landmarks, now.places.pins.boundaries)

    def use_variants(self, city: str, taught: Sequence[Taught]) -> None:
        """Answer a city's own ways to ask from now on: (topic, text) each. Texts that it had already cost nothing.

        Ten microseconds for each new one: call it in a thread where there may be many.
        """
        with self._swapping:
            now = self._faculties
            made = now.taught(taught, now.variants.get(city))
            self._faculties = replace(now, variants={**now.variants, city: made})

    def with_variants(self, city: str, taught: Sequence[Taught]) -> Understander:
        """Another one that answers these variants in `city`, and all else as this one does now."""
        now = self._faculties
        made = now.taught(taught, now.variants.get(city))
        return Understander(replace(now, variants={**now.variants, city: made}))

    def adopt(self, other: Understander) -> None:
        """Understand as `other` does from now on: by its model. Our own variants, boundaries and changed places stay.

        Every variant is read anew in its words: call it in a thread.
        """
        with self._swapping:
            now, then = self._faculties, other._faculties
            if now.named is not None:  # the other may have been built before they changed
                then = then.with_places(*now.named, now.places.pins.boundaries)
            then.places.pins.boundaries = now.places.pins.boundaries
            variants = {city: then.taught(one.taught) for city, one in now.variants.items()}
            self._faculties = replace(then, variants=variants)

    def explain(self, heard: Heard) -> dict[str, Any]:
        """Everything behind one answer, as JSON: plain words, rules that spoke, and what each unit weighed."""
        now = self._faculties
        cleaned = now.cleaner.clean(heard.text)
        reading = now.danger.read(cleaned)
        weighed = now.classifier.weigh(units_of(cleaned, reading), len(cleaned.words))
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
        now = self._faculties
        cleaned = [now.cleaner.clean(one.text) for one in heard]
        readings = [now.danger.read(one) for one in cleaned]
        whole = [(one, reading) for one, reading in zip(cleaned, readings, strict=True)]
        parts = [(at, part) for at, one in enumerate(cleaned) for part in parts_of(one)]
        read = whole + [(part, now.danger.read(part)) for _, part in parts]
        scores = now.classifier.score([units_of(*pair) for pair in read], [len(one.words) for one, _ in read])
        views = now.judge.views(scores, read, [at for at, _ in parts])
        return [_join(now, *given) for given in zip(heard, cleaned, readings, views, strict=True)]


def _join(now: Faculties, heard: Heard, cleaned: Cleaned, reading: Reading, view: View) -> Understanding:
    facts = facts_of(cleaned, reading)
    places = now.places.read(cleaned, heard.city)
    said = now.judge.judge(cleaned, reading, view, facts, places)
    variants = now.variants.get(heard.city or "")
    if variants is None or said.action not in ("answer", "warn"):
        return said  # never where it escalates, nor where it asks back
    return with_variants(said, _likes(variants, cleaned, places))


def _likes(variants: Variants, cleaned: Cleaned, places: Sequence[PlaceGuess]) -> list[Like]:
    if cleaned.strange or not names_something(cleaned):
        return []
    names = (name for place in places for name in (place.kecamatan, place.kelurahan, place.landmark) if name)
    return variants.best(cleaned.words, {word for name in names for word in name.lower().replace("-", " ").split()})


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
    known = frozenset({*model.known, *slang, *rules.vocabulary})
    return Understander(
        Faculties(
            cleaner=Cleaner(slang, model.known),
            danger=rules,
            classifier=Classifier(model),
            judge=Judge(model.heads, model.second_look, Limits.from_thresholds(model.thresholds)),
            places=Places(Gazetteer(frames, areas, landmarks, known, slang)),
            alarm=Alarm(danger, slang, model),
            known=known,
            slang=slang,
            weights=Weights(model.known),
        )
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
