"""The hard cases of cases.yml, both directions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from nlu.understand import Heard, Understander, Understanding

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_case(case: dict[str, Any], understander: Understander) -> None:
    said = understander.understand([Heard(case["text"], case.get("city"))])[0]
    assert _wrong(case, said) == [], said.reasons


def _wrong(case: dict[str, Any], said: Understanding) -> list[str]:
    wrong = []
    if "action" in case and said.action not in case["action"]:
        wrong.append(f"action {said.action}")
    if "kind" in case and said.kind != case["kind"]:
        wrong.append(f"kind {said.kind}")
    if "category" in case and case["category"] not in said.categories:
        wrong.append(f"categories {said.categories}")
    if "severity" in case and said.severity != case["severity"]:
        wrong.append(f"severity {said.severity}")
    if "topic" in case and [case["topic"]] != [topic for topic, _ in said.topics[:1]]:
        wrong.append(f"topics {said.topics}")
    if "no_topic" in case and said.topics:
        wrong.append(f"topics {said.topics}")
    if "language" in case and said.language != case["language"]:
        wrong.append(f"language {said.language}")
    wrong += [
        f"{fact}={said.facts.get(fact)}"
        for fact, value in case.get("facts", {}).items()
        if said.facts.get(fact) != value
    ]
    wrong += [f"{fact}={said.facts[fact]}" for fact in case.get("without", []) if fact in said.facts]
    return wrong + _wrong_place(case, said)


def _wrong_place(case: dict[str, Any], said: Understanding) -> list[str]:
    if "no_place" in case and said.places:
        return [f"places {said.places}"]
    if "place" not in case:
        return []
    if not said.places:
        return ["no place"]
    best = said.places[0]
    return [f"{name} {getattr(best, name)}" for name, value in case["place"].items() if getattr(best, name) != value]
