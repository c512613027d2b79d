from __future__ import annotations

import pytest

from nlu.limits import Judged, fit_limits
from nlu.policy import LEVELS, Level, Limits, Seen, decide, shows_topics

LIMITS = Limits(escalate=dict.fromkeys(LEVELS, 0.6), ask=dict.fromkeys(LEVELS, 0.1), topic=0.4)


def seen(level: Level = "none", emergency: float = 0.0, **more: object) -> Seen:
    given: dict[str, object] = {"kind": "question", "topic": 0.9, "readable": 1.0} | more
    return Seen(level=level, emergency=emergency, **given)  # type: ignore[arg-type]


def test_no_score_outvotes_a_certain_danger_word() -> None:
    assert decide(seen("certain", 0.0, prank_admitted=True), LIMITS) == ("emergency", "escalate")


@pytest.mark.parametrize(
    ("emergency", "action"), [(0.9, "escalate"), (0.6, "escalate"), (0.3, "ask"), (0.1, "ask"), (0.05, "answer")]
)
def test_doubt_asks_and_certainty_escalates(emergency: float, action: str) -> None:
    assert decide(seen(emergency=emergency), LIMITS)[1] == action


def test_a_prank_is_warned_only_when_it_is_surely_none() -> None:
    assert decide(seen(kind="prank"), LIMITS) == ("prank", "warn")
    assert decide(seen(kind="prank", emergency=0.2), LIMITS)[1] == "ask"


def test_noise_is_asked_back_and_never_answered() -> None:
    for noise in (seen(readable=0.1), seen(empty=True)):
        kind, action = decide(noise, LIMITS)
        assert action == "ask"
        assert not shows_topics(noise, kind, LIMITS)


def test_topics_never_stand_beside_an_emergency() -> None:
    assert not shows_topics(seen("certain"), "emergency", LIMITS)
    assert shows_topics(seen(), "question", LIMITS)
    assert not shows_topics(seen(topic=0.2), "question", LIMITS)


def test_limits_survive_the_model_file() -> None:
    assert Limits.from_thresholds(LIMITS.to_thresholds()) == LIMITS


def test_limits_are_cheaper_on_the_side_of_life() -> None:
    calm = [Judged(None, "none", 0.02, 0.9, topic_right=True) for _ in range(200)]
    grave = [Judged(1, "none", sure, None, topic_right=False) for sure in (0.3, 0.95, 0.99)] * 20
    limits = fit_limits([*calm, *grave])
    assert 0.02 < limits.ask["none"] <= 0.3
    assert limits.ask["none"] <= limits.escalate["none"] <= 0.95
    assert limits.escalate["doubtful"] > 0  # too few were seen: the usual ones stand
