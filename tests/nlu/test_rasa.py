"""Rasa's contract, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu import rasa
from nlu.meaning import PlaceGuess, Understanding
from nlu.rasa import Opinion, with_opinion

FIRE = Understanding(
    "emergency",
    "escalate",
    ("kebakaran", "medis"),
    1,
    places=(PlaceGuess("kendari", "Mandonga", "Korumba", confidence=0.8),),
    facts={"injured": 2},
    scores={"emergency": 0.98, "question": 0.01},
)
KTP = Understanding(
    "question", "answer", topics=(("ktp", 0.9), ("kk", 0.05)), scores={"emergency": 0.01, "question": 0.95}
)
DOUBT = Understanding("question", "ask", scores={"emergency": 0.3, "question": 0.5})
HELLO = Understanding("smalltalk", "answer", scores={"emergency": 0.0, "smalltalk": 0.9})


@pytest.mark.parametrize(
    ("said", "intent"),
    [(FIRE, "darurat_kebakaran"), (KTP, "faq_ktp"), (DOUBT, "nlu_fallback"), (HELLO, "basabasi")],
)
def test_an_answer_has_rasas_form(said: Understanding, intent: str) -> None:
    answer = rasa.answer("teks", said)
    assert (answer["text"], answer["intent"]["name"]) == ("teks", intent)
    assert answer["intent_ranking"][0] == answer["intent"]
    assert all(0 <= one["confidence"] <= 1 for one in answer["intent_ranking"])
    assert Understanding.from_json(answer["sigap"]) == said
    assert rasa.read(answer) == (None if intent == "nlu_fallback" else Opinion(intent, answer["intent"]["confidence"]))


def test_places_and_facts_are_entities() -> None:
    entities = {one["entity"]: one["value"] for one in rasa.answer("", FIRE)["entities"]}
    assert entities == {"kecamatan": "Mandonga", "kelurahan": "Korumba", "injured": 2}


def test_a_second_opinion_raises_by_one_step_and_says_so() -> None:
    danger = Opinion("darurat_listrik", 0.93)
    asked = with_opinion(KTP, danger, "second")
    assert (asked.action, asked.categories, asked.reasons) == ("ask", ("listrik",), ("Rasa: darurat_listrik 0.93",))
    rung = with_opinion(DOUBT, danger, "second")
    assert (rung.action, rung.kind, rung.severity, rung.categories) == ("escalate", "emergency", 2, ("listrik",))
    assert with_opinion(KTP, Opinion("darurat_listrik", 0.5), "second") == KTP


def test_a_classifier_says_which_topic_but_answers_no_doubt() -> None:
    assert with_opinion(HELLO, Opinion("faq_skck", 0.7), "classifier").topics == (("skck", 0.7),)
    assert with_opinion(HELLO, Opinion("faq_skck", 0.7), "second") == HELLO
    assert with_opinion(KTP, Opinion("iseng", 0.9), "classifier").action == "warn"
    assert with_opinion(DOUBT, Opinion("faq_skck", 0.9), "classifier") == DOUBT
    assert with_opinion(KTP, Opinion("of_another_bot", 0.9), "classifier") == KTP


INTENTS = st.sampled_from(["darurat_medis", "faq_ktp", "faq_luar_topik", "keluhan", "basabasi", "iseng", "x", ""])


@given(st.sampled_from([FIRE, KTP, DOUBT, HELLO]), INTENTS, st.floats(0, 1), st.sampled_from(["second", "classifier"]))
def test_no_opinion_lowers_an_urgency(own: Understanding, intent: str, confidence: float, role: Any) -> None:
    urgency = {"escalate": 2, "ask": 1, "answer": 0, "warn": 0}
    assert urgency[with_opinion(own, Opinion(intent, confidence), role).action] >= urgency[own.action]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@given(JSON | st.fixed_dictionaries({"intent": JSON | st.fixed_dictionaries({"name": JSON, "confidence": JSON})}))
def test_whatever_a_server_says_is_read_or_ignored(kept: Any) -> None:
    opinion = rasa.read(kept)
    assert opinion is None or 0 <= opinion.confidence <= 1
