"""Rasa's words for what we understood, and ours for what a Rasa server says: the `POST /model/parse` contract.

Form: https://rasa.com/docs/rasa/pages/http-api (Rasa Open Source 3.6). Intents are those of the training phrases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from nlu.meaning import Action, Kind, Understanding
from nlu.phrases import OUT_OF_SCOPE, category_of, kind_of, topic_of

Role = Literal["second", "classifier"]

FALLBACK = "nlu_fallback"
SURE = 0.8  # confidence from which another's word that somebody is in danger is acted on
PLAIN: Mapping[Kind, str] = {kind_of(intent): intent for intent in ("keluhan", "basabasi", "iseng")}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a Rasa server takes a message for; confidence 0..1."""

    intent: str
    confidence: float


def answer(text: str, said: Understanding) -> dict[str, Any]:
    """Rasa's answer to a parse; `sigap` holds all that we say of the message (see `Understanding.to_json`)."""
    ranking = _ranking(said)
    return {
        "text": text,
        "intent": ranking[0],
        "intent_ranking": ranking,
        "entities": _entities(said),
        "sigap": said.to_json(),
    }


def _ranking(said: Understanding) -> list[dict[str, Any]]:
    """Intents, best first. What we would ask back about is Rasa's fallback, with our guesses behind it."""
    kinds = said.scores
    found: dict[str, float] = {}
    if said.kind == "emergency":
        danger = kinds.get("emergency", 1.0)
        found |= {f"darurat_{category}": danger / (at + 1) for at, category in enumerate(said.categories)}
    elif said.kind == "question":
        found |= {f"faq_{topic}": score for topic, score in said.topics} or {OUT_OF_SCOPE: kinds.get("question", 0.0)}
    else:
        found[PLAIN[said.kind]] = kinds.get(said.kind, 0.0)
    for kind, intent in PLAIN.items():
        found.setdefault(intent, kinds.get(kind, 0.0))
    ranked = [{"name": name, "confidence": round(score, 4)} for name, score in found.items()]
    if said.action == "ask":
        ranked.insert(0, {"name": FALLBACK, "confidence": round(1 - max(found.values()), 4)})
    return ranked


def _entities(said: Understanding) -> list[dict[str, Any]]:
    named = []
    for place in said.places:
        for level in ("landmark", "kelurahan", "kecamatan"):
            value = getattr(place, level)
            if value:
                named.append(
                    {"entity": level, "value": value, "role": place.role, "confidence_entity": place.confidence}
                )
    return named + [{"entity": name, "value": value} for name, value in said.facts.items()]


def read(kept: Any) -> Opinion | None:
    """A Rasa server's answer; None where it does not know, or says nothing that we could read."""
    intent = kept.get("intent") if isinstance(kept, dict) else None
    name, confidence = (intent.get("name"), intent.get("confidence")) if isinstance(intent, dict) else (None, None)
    if not isinstance(name, str) or isinstance(confidence, bool) or not isinstance(confidence, int | float):
        return None
    return Opinion(name, float(confidence)) if name != FALLBACK and 0 <= confidence <= 1 else None


def with_opinion(own: Understanding, opinion: Opinion, role: Role) -> Understanding:
    """Our understanding, with another's beside it. It may raise an urgency, never lower one.

    As "second" it only raises: what we would answer is asked back about, what we would ask about is escalated. As
    "classifier" its topic and kind replace ours too, where neither of us sees a danger.
    """
    category = category_of(opinion.intent)
    if category is not None:
        return _raised(own, category, opinion) if opinion.confidence >= SURE else own
    if role == "second" or own.action in ("escalate", "ask"):
        return own
    return _replaced(own, opinion)


def _raised(own: Understanding, category: str, opinion: Opinion) -> Understanding:
    if own.action == "escalate":
        return own
    reasons = (*own.reasons, f"Rasa: {opinion.intent} {opinion.confidence:.2f}")
    categories = tuple(dict.fromkeys((*own.categories, category)))
    if own.action == "ask":
        return replace(
            own, kind="emergency", action="escalate", categories=categories, severity=2, topics=(), reasons=reasons
        )
    return replace(own, action="ask", categories=categories, reasons=reasons)


def _replaced(own: Understanding, opinion: Opinion) -> Understanding:
    reasons = (*own.reasons, f"Rasa: {opinion.intent} {opinion.confidence:.2f}")
    try:
        kind = kind_of(opinion.intent)
    except ValueError:
        return own  # an intent of its own, which means nothing here
    topic = topic_of(opinion.intent)
    topics = ((topic, round(opinion.confidence, 4)),) if topic else ()
    action: Action = "warn" if kind == "prank" else "answer"
    return replace(own, kind=kind, action=action, topics=topics, reasons=reasons)
