"""Too many messages: what is put off, in which order, and what never is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bots import delay
from bots.inbox import Lane
from bots.message import Attachment, Parsed
from bots.pressure import CALM, ORDER, URGENT_HOLDS, Pressure
from bots.transcript import Turn
from handoff.tables import attachment, incident, message
from tests.fakes import Moment, World, open_world


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.mark.parametrize(
    ("behind", "put_off"),
    [
        (0.0, []),
        (0.14, []),
        (0.2, ["learning"]),
        (0.4, ["learning", "media"]),
        (0.6, ["learning", "media", "answers"]),
        (60.0, list(ORDER)),
    ],
)
def test_the_further_behind_the_more_is_put_off_in_the_written_order(
    moment: Moment, behind: float, put_off: list[str]
) -> None:
    pressure = Pressure(moment)
    pressure.note(behind)
    assert pressure.all() == put_off


def test_it_is_taken_up_again_after_some_calm_and_not_before(moment: Moment) -> None:
    pressure = Pressure(moment)
    pressure.note(1.0)
    moment.now += CALM - 1
    pressure.note(0.2)
    moment.now += 2
    assert pressure.all() == ["learning"], "the rest has been calm for long enough"
    moment.now += CALM
    assert pressure.all() == []


def test_what_another_process_puts_off_is_known_here(moment: Moment) -> None:
    pressure = Pressure(moment)
    pressure.hear_others([[], ["learning", "media"]])
    assert pressure.sheds("media")
    assert [part["name"] for part in pressure.parts()] == ["sheds media"], "nobody notices that learning waits"
    assert pressure.own() == []
    pressure.hear_others([])
    assert not pressure.sheds("media")


def test_whoever_listens_hears_of_more_once(moment: Moment) -> None:
    pressure, heard = Pressure(moment), []
    pressure.on_change(lambda: heard.append(pressure.all()))
    for behind in (0.0, 0.2, 0.2, 0.7, 0.7):
        pressure.note(behind)
    assert heard == [["learning"], list(ORDER)]


@pytest.fixture
async def rush(database_url: str) -> AsyncIterator[World]:
    """A town in which more is written than can be answered: messages are only stored."""
    async with open_world(database_url) as world:
        yield world


async def store(world: World, *lines: tuple[str, str]) -> None:
    await world.turns.keep([Turn(world.account, world.message(text, chat), world.clock.now()) for chat, text in lines])


def lines_that_wait(rows: list[dict[str, object]]) -> list[str]:
    return [str(row["chat"]) for row in rows if row["direction"] == "out" and row["state"] == "queued"]


async def test_whoever_must_wait_is_told_so_once_and_honestly(rush: World) -> None:
    await store(rush, ("a", "syarat ktp"), ("a", "sama syarat kk"), ("b", "syarat ktp"))
    await store(rush, ("a", "halo?"))
    assert sorted(lines_that_wait(await rush.rows(message))) == ["a", "b"]
    rush.clock.advance(delay.PATIENCE + 1)
    await rush.outbox.step()
    await rush.outbox.drain()
    texts = [one.text for one in rush.channel.sent]
    assert len(texts) == 2
    assert all("dijawab lebih lambat" in text and "112" in text for text in texts)


async def test_an_answer_in_time_takes_its_place(rush: World) -> None:
    await store(rush, ("a", "syarat ktp"))
    said = await rush.settle() + await rush.wait(delay.PATIENCE + 5)
    assert len(said) == 1
    assert "KTP" in said[0]


async def test_it_is_not_sent_any_more_when_it_is_of_no_use(rush: World) -> None:
    await store(rush, ("a", "syarat ktp"))
    rush.clock.advance(delay.PATIENCE + delay.OF_USE + 1)
    await rush.outbox.step()
    await rush.outbox.drain()
    assert rush.channel.sent == []
    assert [row["state"] for row in await rush.rows(message) if row["direction"] == "out"] == ["stale"]


async def test_nobody_who_waits_for_a_person_or_must_be_quiet_is_told(rush: World) -> None:
    await rush.hear("tolong kebakaran", chat="in need")
    await rush.hear("jangan telepon", chat="in silence")
    await rush.settle()
    await store(rush, ("in need", "masih menyala"), ("in silence", "ya"))
    assert "in need" not in lines_that_wait(await rush.rows(message))
    assert "in silence" not in lines_that_wait(await rush.rows(message))


async def test_a_city_without_the_line_stores_all_the_same(rush: World) -> None:
    missing = {key: text for key, text in rush.city.wording.items() if not key.startswith("delayed")}
    object.__setattr__(rush.turns._towns["kendari"].words.city, "wording", missing)
    await store(rush, ("a", "syarat ktp"))
    assert [row["direction"] for row in await rush.rows(message)] == ["in"]


async def test_of_what_waits_all_is_read_before_anything_is_answered(rush: World) -> None:
    """Who is in need, and wrote it so that no quick word told at the gate, does not wait behind questions."""
    await store(rush, *((f"q{n}", "syarat ktp") for n in range(200)), ("in need", "kebakaran"))
    await rush.backlog.step()
    assert len(await rush.rows(incident)) == 1
    unanswered = [row for row in await rush.rows(message) if row["direction"] == "in" and row["answered_at"] is None]
    assert len(unanswered) >= 100, "most of the questions still wait"
    assert all(row["understanding"] for row in unanswered), "and it is known what they say"
    while await rush.backlog.step():
        pass
    assert all(row["answered_at"] for row in await rush.rows(message) if row["direction"] == "in")
    assert len(await rush.rows(incident)) == 1


async def test_what_broke_the_understander_is_not_left_lying(rush: World) -> None:
    await store(rush, ("a", "rusak"))
    await rush.backlog.step()
    assert [row["reason"] for row in await rush.rows(incident)] == ["bot_failed"]


async def test_an_emergency_is_answered_in_its_first_commit_however_far_behind_we_are(rush: World) -> None:
    rush.inbox.BUDGET = -1.0  # type: ignore[misc] # every message comes too late to be answered at once
    files = (Attachment("photo", "p1", "image/jpeg"),)
    lines = [rush.message("syarat ktp", "q"), rush.message("tolong kebakaran", "in need", attachments=files)]
    await rush.inbox.keep(rush.account, Parsed(tuple(lines)), b"{}")
    answered = {row["chat"]: row["answered_at"] for row in await rush.rows(message) if row["direction"] == "in"}
    assert answered["q"] is None
    assert answered["in need"] is not None
    assert len(await rush.rows(incident)) == 1
    assert len(await rush.rows(attachment)) == 1


@pytest.mark.parametrize("others", [0, 2])
async def test_an_emergency_is_only_stored_where_another_process_answers_it(rush: World, others: int) -> None:
    rush.inbox.URGENT_BUDGET = -1.0  # type: ignore[misc] # it has waited too long
    rush.inbox._others = lambda _city: others
    await rush.hear("tolong kebakaran", "in need")
    assert len(await rush.rows(incident)) == (0 if others else 1)
    assert await rush.backlog.step_urgent() == (1 if others else 0)
    assert len(await rush.rows(incident)) == 1
    assert await rush.backlog.step_urgent() == 0
    said = await rush.settle()
    assert said[0].startswith("Pesan masuk")
    assert len(said) == 1, "nobody in need is told that questions are answered later"


async def test_a_stored_emergency_goes_before_a_thousand_stored_questions(rush: World) -> None:
    await store(rush, *((f"q{n}", "syarat ktp") for n in range(1000)))
    turn = Turn(rush.account, rush.message("tolong kebakaran", "in need"), rush.clock.now())
    await rush.turns.keep([turn], urgent=True)
    assert await rush.backlog.step_urgent() == 1
    assert len(await rush.rows(incident)) == 1


async def test_what_only_sounded_urgent_waits_with_the_rest_once_it_was_read(rush: World) -> None:
    lines = [(f"q{n}", "syarat ktp") for n in range(20)]
    turns = [Turn(rush.account, rush.message(text, chat), rush.clock.now()) for chat, text in lines]
    in_need = Turn(rush.account, rush.message("tolong kebakaran", "in need"), rush.clock.now())
    await rush.turns.keep([*turns, in_need], urgent=True)
    assert await rush.backlog.step_urgent() == 21
    assert await rush.backlog.step_urgent() == 0
    answered = {row["chat"] for row in await rush.rows(message) if row["direction"] == "in" and row["answered_at"]}
    assert answered == {"in need"}
    while await rush.backlog.step():
        pass
    assert all(row["answered_at"] for row in await rush.rows(message) if row["direction"] == "in")


async def test_no_emergency_waits_for_a_worker_that_died(rush: World) -> None:
    """Whoever sees it lying answers it, though it be no work of theirs."""
    await rush.turns.keep([Turn(rush.account, rush.message("tolong kebakaran"), rush.clock.now())], urgent=True)
    rescuing = asyncio.create_task(rush.backlog.rescue())
    for _ in range(2000):
        rush.clock.advance(1.0)
        await asyncio.sleep(0.01)
        if await rush.rows(incident):
            break
    rescuing.cancel()
    assert len(await rush.rows(incident)) == 1


async def test_while_emergencies_wait_nothing_else_is_done(moment: Moment) -> None:
    pressure = Pressure(moment)
    pressure.note_urgent(more=False)
    assert not pressure.urgent_waits
    pressure.note_urgent(more=True)
    assert pressure.urgent_waits
    moment.now += URGENT_HOLDS
    assert not pressure.urgent_waits, "a moment after the last full batch the others have their turn"


async def test_emergencies_that_are_answered_here_come_in_batches_of_their_own_size(rush: World) -> None:
    rush.inbox.URGENT_BUDGET = -1.0  # type: ignore[misc] # they have waited too long, and nobody else answers
    lane = rush.inbox._lanes[0]
    for number in range(3 * lane.batch):
        rush.inbox._put(Turn(rush.account, rush.message("tolong kebakaran", f"c{number}"), rush.clock.now()))
    batch, late = rush.inbox._take(lane)
    assert (len(batch), late) == (lane.batch, False)
    rush.inbox._put_back(lane, batch)


async def test_the_first_batch_leaves_at_once_and_the_next_a_moment_later() -> None:
    lane = Lane(urgent=True, batch=64)
    lane.something.set()
    first = asyncio.create_task(lane.turn_comes())
    for _ in range(3):
        await asyncio.sleep(0)
    assert first.done()
    moments = [lane._begun]
    for _ in range(2):
        await lane.turn_comes()
        moments.append(lane._begun)
    assert moments[1] - moments[0] >= 0.9 * Lane.PACE
    assert moments[2] - moments[1] >= 0.9 * Lane.PACE
