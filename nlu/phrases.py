"""A labelled sentence, as the city's nlu.yml files hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlu.meaning import Fact, Kind

OUT_OF_SCOPE = "faq_luar_topik"


@dataclass(frozen=True, slots=True)
class TrainingPhrase:
    """`intent` is one of darurat_<category>, faq_<slug>, keluhan, basabasi, iseng.

    `metadata` is Rasa's example metadata: severity (1..3), style, hard. `city` limits a phrase to one city.
    """

    text: str
    intent: str
    metadata: Mapping[str, Fact] = field(default_factory=dict)
    city: str | None = None

    @property
    def severity(self) -> int | None:
        """The severity that its writer gave it, None where it has none."""
        given = self.metadata.get("severity")
        return given if isinstance(given, int) and 1 <= given <= 3 else None


def kind_of(intent: str) -> Kind:
    """The kind that an intent belongs to. Raises ValueError for a name outside the scheme."""
    if intent.startswith("darurat_"):
        return "emergency"
    if intent.startswith("faq_"):
        return "question"
    named: dict[str, Kind] = {"keluhan": "complaint", "basabasi": "smalltalk", "iseng": "prank"}
    if intent not in named:
        raise ValueError(f"unknown intent {intent!r}: expected darurat_*, faq_*, keluhan, basabasi or iseng")
    return named[intent]


def category_of(intent: str) -> str | None:
    """`darurat_kebakaran` -> `kebakaran`; None where the intent is no emergency."""
    return intent.removeprefix("darurat_") if intent.startswith("darurat_") else None


def topic_of(intent: str) -> str | None:
    """`faq_ktp` -> `ktp`; None where the intent is no question, or one outside the topics."""
    return intent.removeprefix("faq_") if intent.startswith("faq_") and intent != OUT_OF_SCOPE else None
