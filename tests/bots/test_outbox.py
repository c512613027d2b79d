"""The outbox: in order, while it is of use, never twice without need, and loudly where it fails."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from bots.channel import Account, SendFailed
from bots.claims import note_sent
from bots.message import DeliveryReport, Parsed
from bots.outbox import Outbox
from handoff import conversations, incidents
from handoff.audit import Who
from handoff.tables import audit_event, conversation, incident, message
from sms_gateway.gateway import LineState
from tests.fakes import FakeChannel, World


async def _operator_says(world: World, words: str) -> None:
    (talk,) = await world.rows(conversation)
    who, now = Who("siti", 7), world.clock.now()

    def say(connection: conversations.Connection) -> None:
        thread = conversations.get_thread(connection, "kendari", talk["id"])
        assert thread is not None
        if talk["holder"] == "bot":
            conversations.hold(connection, thread, 7, who, now)
        reply = conversations.Reply(words, author="operator", urgency=0, operator_id=7)
        conversations.say(connection, thread, reply, now)

    await world.database.write(say)


async def test_an_operator_takes_over_and_the_bots_waiting_words_are_never_sent(world: World) -> None:
    await world.hear("tolong ada kebakaran")
    await world.settle()
    await world.hear("di wua-wua")  # the next question waits three seconds
    (case,) = await world.rows(incident)
    (talk,) = await world.rows(conversation)
    who, now = Who("siti", 7), world.clock.now()

    def take(connection: conversations.Connection) -> None:
        incidents.claim(connection, "kendari", case["id"], 7, who, now)
        thread = conversations.get_thread(connection, "kendari", talk["id"])
        assert thread is not None
        conversations.hold(connection, thread, 7, who, now)
        conversations.say(
            connection, thread, conversations.Reply("Saya di sini", author="operator", urgency=0, operator_id=7), now
        )

    await world.database.write(take)
    assert await world.wait(5) == ["Saya di sini"]
    await world.hear("api makin besar, tolong")
    assert await world.wait(60) == []
    assert {row["state"] for row in await world.rows(message) if row["author"] == "bot"} <= {"sent", "dropped"}
    assert {"open", "claim", "hold"} <= {row["verb"] for row in await world.rows(audit_event)}


class HeldLines(FakeChannel):
    """A channel whose account hangs on one process, ours or another."""

    here = False

    def sends_here(self, account: Account) -> bool:
        return self.here

    def left(self, account: Account) -> None:
        self.here = False

    def state(self, account: Account) -> LineState:
        return LineState(account.name, self.here, "in order")


async def test_what_leaves_by_a_line_that_another_process_holds_is_left_to_it(world: World) -> None:
    lines = HeldLines()
    accounts = {(world.account.channel, world.account.name): world.account}
    outbox = Outbox(world.database, world.clock, {"fake": lines}, accounts, "test")
    await world.hear("tolong ada kebakaran")
    assert await outbox.step() == 0
    lines.here = True
    assert await outbox.step() == 1
    await outbox.drain()
    assert len(lines.sent) == 1


async def test_words_that_wait_for_a_slow_provider_leave_in_order_and_soon(world: World) -> None:
    world.channel.open.clear()
    await world.hear("tolong ada kebakaran")
    await world.outbox.step()  # the first answer hangs at the provider
    for words in ("satu", "dua", "tiga"):
        await _operator_says(world, words)
        await world.outbox.step()
    world.channel.open.set()
    said = await world.wait(3)
    assert said[0].startswith("Pesan masuk")
    assert [text for text in said if text in ("satu", "dua", "tiga")] == ["satu", "dua", "tiga"]


async def test_what_waits_for_its_turn_is_not_overtaken_by_what_is_queued_later(world: World) -> None:
    world.channel.open.clear()
    await world.hear("tolong ada kebakaran")
    await world.outbox.step()
    await _operator_says(world, "satu")
    await world.outbox.step()  # put off: the first is under way
    world.channel.open.set()
    await world.outbox.drain()
    await _operator_says(world, "dua")
    said = await world.wait(3)
    assert [text for text in said if text in ("satu", "dua")] == ["satu", "dua"]


async def test_whoever_waits_long_for_a_slot_is_asked_again_whether_it_still_holds(world: World) -> None:
    slots = world.outbox._slots["fake", "kendari"], world.outbox._urgent_slots["fake", "kendari"]
    for slot in slots:
        while not slot.locked():
            await slot.acquire()
    await world.hear("tolong ada kebakaran")
    await world.outbox.step()
    world.clock.advance(5)
    await _operator_says(world, "Saya di sini")
    for slot in slots:
        slot.release()
    said = await world.wait(3)
    assert not any(text.startswith("Pesan masuk") for text in said)
    assert "Saya di sini" in said


async def test_a_message_that_cannot_leave_is_tried_while_it_is_of_use_and_rings(world: World) -> None:
    await world.hear("tolong ada kebakaran")
    world.channel.faults = [SendFailed("busy", permanent=False) for _ in range(16)]
    await world.wait(120)
    alarms = [row["detail"].get("alarm") for row in await world.rows(audit_event) if row["verb"] == "alarm"]
    assert "send_failed" in alarms
    world.channel.faults = []
    assert any(text.startswith("Pesan masuk") for text in await world.wait(90))


async def test_retry_then_success_and_a_permanent_failure_rings(world: World) -> None:
    world.channel.faults = [SendFailed("busy", permanent=False), SendFailed("busy", permanent=False)]
    await world.hear("tolong ada kebakaran")
    said = await world.wait(12)
    assert said[0].startswith("Pesan masuk")
    world.channel.faults = [SendFailed("blocked", permanent=True)]
    await world.hear("tolong cepat di wua")
    await world.wait(5)
    (case,) = await world.rows(incident)
    assert case["alarm"] == "send_failed"


async def test_429_pauses_one_chat_and_no_other(world: World) -> None:
    world.channel.faults = [SendFailed("slow down", permanent=False, retry_after=30)]
    await world.hear("tolong kebakaran", chat="a")
    await world.settle()
    await world.hear("tolong kebakaran", chat="b")
    assert len(await world.settle()) == 1
    assert len(await world.wait(40)) >= 1


async def test_what_is_late_is_dropped_and_listed(world: World) -> None:
    await world.hear("wkwk")  # the answer to a prank is of no use ten minutes later
    an_hour = world.clock.now() + timedelta(hours=1)
    await world.database.write(
        lambda connection: (
            connection.execute(update(message).where(message.c.direction == "out").values(not_before=an_hour)).rowcount
        )
    )
    assert await world.wait(5) == []
    world.clock.advance(3700)
    assert await world.settle() == []
    assert [row["state"] for row in await world.rows(message) if row["direction"] == "out"] == ["stale"]


async def test_reports_only_move_forward_in_any_order(world: World) -> None:
    await world.hear("tolong ada kebakaran")
    await world.settle()
    (sent,) = [row for row in await world.rows(message) if row["direction"] == "out"]
    for state in ("read", "sent", "failed", "delivered"):
        report = DeliveryReport(sent["provider_id"], state, world.clock.now())  # type: ignore[arg-type]
        await world.inbox.keep(world.account, Parsed(reports=(report,)), b"{}")
    (row,) = [row for row in await world.rows(message) if row["direction"] == "out"]
    assert row["state"] == "read"
    assert row["delivered_at"]


async def test_a_providers_endless_id_is_kept_short_and_still_finds_its_message(world: World) -> None:
    endless = "wamid." + "A" * 500
    world.channel.named = endless
    await world.hear("tolong ada kebakaran")
    assert len(await world.settle()) == 1
    await world.reports.note(world.account, [DeliveryReport(endless, "delivered", world.clock.now())])
    assert [row["state"] for row in await world.rows(message) if row["direction"] == "out"] == ["delivered"]


async def test_a_report_that_overtakes_its_message_is_kept_until_it_fits(world: World) -> None:
    report = DeliveryReport("unknown-yet", "delivered", world.clock.now())
    await world.inbox.keep(world.account, Parsed(reports=(report,)), b"{}")
    await world.hear("tolong ada kebakaran")
    await world.settle()
    await world.database.write(
        lambda connection: (
            connection.execute(
                update(message).where(message.c.direction == "out").values(provider_id="unknown-yet")
            ).rowcount
        )
    )
    await world.reports.settle()
    assert [row["state"] for row in await world.rows(message) if row["direction"] == "out"] == ["delivered"]


async def test_a_dead_token_costs_no_message_while_it_is_still_true(world: World) -> None:
    world.channel.faults = [SendFailed("token refused", permanent=False, scope="account") for _ in range(9)]
    await world.hear("tolong ada kebakaran")
    said = await world.wait(400)
    assert said[0].startswith("Pesan masuk")


async def test_words_that_are_too_late_to_be_true_are_not_sent_and_ring(world: World) -> None:
    world.channel.faults = [SendFailed("token refused", permanent=False, scope="account") for _ in range(500)]
    await world.hear("tolong ada kebakaran")
    await world.settle()
    world.clock.advance(3600)
    world.channel.faults = []
    said = await world.settle()
    assert not any(text.startswith("Pesan masuk") for text in said)
    (case,) = await world.rows(incident)
    assert case["alarm"] in ("send_failed", "disconnected")
    assert "stale" in {row["state"] for row in await world.rows(message)}


async def test_one_failing_chat_keeps_its_order(world: World) -> None:
    world.channel.faults = [SendFailed("token", permanent=False, scope="account") for _ in range(3)]
    await world.hear("tolong ada kebakaran")
    await world.settle()
    await world.hear("petugas")
    said = await world.wait(60)
    assert said[0].startswith("Pesan masuk")
    assert "antrean petugas" in said[1]


async def test_many_failing_chats_hold_up_no_other(world: World) -> None:
    for number in range(220):
        await world.hear("tolong kebakaran", chat=f"bad{number}")
    world.channel.faults = [SendFailed("busy", permanent=False) for _ in range(220)]
    await world.settle()
    for number in range(220):
        await world.hear("petugas", chat=f"bad{number}")
    world.channel.faults = [SendFailed("busy", permanent=False) for _ in range(400)]
    await world.settle()
    world.channel.faults = []
    await world.hear("tolong kebakaran", chat="good")
    assert any(text.startswith("Pesan masuk") for text in await world.settle())
    assert "good" in {row["chat"] for row in await world.rows(message) if row["state"] == "sent"}


async def test_an_outcome_that_cannot_be_written_at_first_is_not_sent_again(world: World) -> None:
    write, failures = world.database.write, [RuntimeError("disk")]

    async def sometimes(job: Any, *how: Any, **more: Any) -> Any:
        if getattr(job, "func", None) is note_sent and failures:
            raise failures.pop()
        return await write(job, *how, **more)

    world.database.write = sometimes  # type: ignore[method-assign]
    await world.hear("tolong ada kebakaran")
    first = await world.settle()
    world.clock.advance(120)
    assert len([text for text in first + await world.settle() if text.startswith("Pesan masuk")]) == 1


DOUBT = SendFailed("no answer from the modem", permanent=False, doubt=True)


async def outgoing(world: World) -> list[tuple[str, int]]:
    """State and tries of what was said."""
    return [(row["state"], row["attempts"]) for row in await world.rows(message) if row["direction"] == "out"]


async def test_an_emergencys_words_that_may_have_left_are_sent_once_more_and_no_oftener(world: World) -> None:
    world.channel.faults = [DOUBT for _ in range(9)]
    await world.hear("tolong ada kebakaran")
    await world.wait(50)
    assert set(await outgoing(world)) == {("unsure", 2)}
    (case,) = await world.rows(incident)
    assert case["alarm"] == "send_failed"


async def test_other_words_that_may_have_left_are_not_sent_again(world: World) -> None:
    world.channel.faults = [DOUBT]
    await world.hear("ktp")
    await world.wait(30)
    assert await outgoing(world) == [("unsure", 1)]


async def test_waiting_for_a_busy_line_counts_as_no_try(world: World) -> None:
    world.channel.faults = [SendFailed("busy", permanent=False, retry_after=8, busy=True) for _ in range(7)]
    await world.hear("ktp")
    for _ in range(8):
        await world.wait(10)
    assert await outgoing(world) == [("sent", 1)]


async def until_written(world: World, chat: str) -> None:
    """Wait until it is written what became of this chat's sends."""
    async with asyncio.timeout(30):
        while any(row["state"] == "sending" and row["chat"] == chat for row in await world.rows(message)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_slow_send_does_not_undo_what_became_of_the_others(world: World) -> None:
    world.channel.hung["slow"] = asyncio.Event()
    await world.hear("ktp", chat="slow")
    world.clock.advance(5)
    await world.outbox.step()
    world.channel.faults = [SendFailed("busy", permanent=False)]
    await world.hear("tolong ada kebakaran", chat="quick")
    for _ in range(3):
        await world.outbox.step()
        await until_written(world, "quick")  # while the slow one is under way
        world.clock.advance(3)
    world.channel.hung["slow"].set()
    await world.outbox.drain()
    assert {row["state"] for row in await world.rows(message) if row["direction"] == "out"} == {"sent"}
    await world.wait(20)
    said = [one.text for one in world.channel.sent if one.chat == "quick"]
    assert not [text for text in said if text.startswith("Pesan masuk")], "sent once more"


async def test_a_failure_before_does_not_use_up_the_second_try_of_an_emergency_in_doubt(world: World) -> None:
    world.channel.faults = [SendFailed("no network", permanent=False), DOUBT]
    await world.hear("tolong ada kebakaran")
    said = await world.wait(30)
    assert any(text.startswith("Pesan masuk") for text in said)


async def test_that_words_may_not_have_arrived_stays_on_the_case_when_the_citizen_falls_silent(world: World) -> None:
    world.channel.faults = [DOUBT, DOUBT]
    await world.hear("tolong ada kebakaran")
    await world.wait(200)
    (case,) = await world.rows(incident)
    assert case["alarm"] == "send_failed"
