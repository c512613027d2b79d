"""Whole stories through the real app: the real understander, the real turn, a virtual clock (tests/stories/*.yml)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection, select

from config.story import Performance, Stage, Story
from handoff.console import acts, cases, replies
from handoff.operators import Operator
from handoff.tables import conversation, incident
from knowledge_base.city import City, load_cities
from sms_gateway.segments import parts as sms_cost
from tests.understanders import Broken, real_understander

FILES = sorted((Path(__file__).parent / "stories").glob("*.yml"))
STORIES = [story for path in FILES for story in yaml.safe_load(path.read_text(encoding="utf-8"))]
OPERATOR = Operator(1, "siti", "Siti", "supervisor", ("kendari", "ambon"))

Expected = Mapping[str, Any]


@pytest.fixture(scope="module")
def cities() -> dict[str, City]:
    return load_cities(("kendari", "ambon"))


@pytest.fixture(scope="module")
def stages(cities: dict[str, City], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    """One stage with the real understander, one with a broken one."""
    made = {}
    for name, understander in (("real", real_understander(cities)), ("broken", Broken())):
        made[name] = Stage(cities, understander, tmp_path_factory.mktemp(name))
        asyncio.run(made[name].prepare())
    return made


@pytest.mark.parametrize("story", STORIES, ids=[story["id"] for story in STORIES])
async def test_story(story: Mapping[str, Any], stages: dict[str, Stage]) -> None:
    stage = stages[story.get("understander", "real")]
    citizen = Story.model_validate({**story, "turns": [one for one in story["turns"] if not _is_operators(one)]})
    spoken = iter(citizen.turns)
    async with stage.open(citizen) as performance:
        number = 0
        for turn in story["turns"]:
            if _is_operators(turn):
                await _operate(performance, stage, turn)
            else:
                number += 1
                await performance.play(number, next(spoken))
        await performance.wait(story.get("then_wait", 20))
        _compare(await performance.result(), story["expect"])
        await _compare_cases(performance, story["expect"])


def _is_operators(turn: Any) -> bool:
    return isinstance(turn, dict) and "operator" in turn


async def _operate(performance: Performance, stage: Stage, turn: Mapping[str, Any]) -> None:
    """An act of the operator, ten seconds after what was before unless ``after`` says otherwise."""
    await performance.wait(turn.get("after", 10))
    system = performance.system
    city = system.cities[performance.story.city]
    act = acts.Act(OPERATOR, city, system.clock.now(), {"whatsapp": 24.0})

    def do(connection: Connection) -> None:
        case = connection.execute(select(incident).where(incident.c.status != "closed")).mappings().first()
        talk = connection.execute(select(conversation)).mappings().one()
        if turn["operator"] == "claim":
            assert case is not None, "there is no case to claim"
            acts.claim(connection, act, case["id"])
        elif turn["operator"] == "take":
            acts.take(connection, act, talk["id"])
        elif turn["operator"] == "reply":
            words = replies.Words(text=turn["text"], client_id=f"test-{system.clock.now().isoformat()}")
            replies.reply(connection, act, talk["id"], words, lambda text: sms_cost(text).parts)
        elif turn["operator"] == "handback":
            acts.hand_back(connection, act, talk["id"])
        else:
            assert turn["operator"] == "close", turn
            assert case is not None, "there is no case to close"
            cases.close(connection, act, case["id"], case["version"], turn.get("reason", "ditangani"), "")

    await system.database.write(do)
    await performance.wait(0)


def _compare(result: Mapping[str, Any], expect: Expected) -> None:
    shown = yaml.safe_dump(result, allow_unicode=True, sort_keys=False)
    for name in ("escalated", "escalated_at_turn", "category", "severity"):
        if name in expect:
            assert result[name] == expect[name], f"{name}\n{shown}"
    for name, value in expect.get("place", {}).items():
        assert result["place"] is not None, shown
        assert result["place"][name] == value, shown
    for name, value in expect.get("facts", {}).items():
        assert result["facts"].get(name) == value, f"{name}\n{shown}"
    replies_by_turn: dict[int, str] = {}
    for reply in result["replies"]:
        replies_by_turn[reply["turn"]] = f"{replies_by_turn.get(reply['turn'], '')}\n{reply['text']}"
    everything = "\n".join(replies_by_turn.values())
    for wanted in expect.get("says", []):
        assert wanted["text"].lower() in replies_by_turn.get(wanted["turn"], "").lower(), f"{wanted}\n{shown}"
    for silent in expect.get("silent_after_turn", []):
        assert silent not in replies_by_turn, f"spoke after turn {silent}\n{shown}"
    for never in expect.get("never_says", []):
        assert never.lower() not in everything.lower(), f"said {never!r}\n{shown}"
    if "replies_at_most" in expect:
        assert len(result["replies"]) <= expect["replies_at_most"], shown


async def _compare_cases(performance: Performance, expect: Expected) -> None:
    rows = await performance.system.database.read(
        lambda connection: [dict(row) for row in connection.execute(select(incident)).mappings()]
    )
    if "cases" in expect:
        assert len(rows) == expect["cases"]
    for name, value in expect.get("case", {}).items():
        assert rows, "there is no case"
        assert rows[0][name] == value, f"case.{name} is {rows[0][name]!r}"


def test_there_are_at_least_thirty_stories_on_all_four_channels() -> None:
    assert len(STORIES) >= 30
    assert {story["channel"] for story in STORIES} == {"web", "whatsapp", "telegram", "sms"}
