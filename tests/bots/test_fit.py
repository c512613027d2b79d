"""Whatever a provider sends is kept, however long its names and keys are: on both databases."""

from __future__ import annotations

import pytest

from bots.fit import cut, fit, key
from bots.message import Attachment, InboundMessage, Parsed
from config.clock import VirtualClock
from handoff.tables import attachment, contact, incident, message
from tests.fakes import World

LONG = "x" * 500


@pytest.fixture
def plain() -> InboundMessage:
    return InboundMessage("e", "c", "text", VirtualClock().now(), "halo", "p", "Sari", "+6281155500001", "id")


async def kept(world: World, one: InboundMessage) -> None:
    await world.inbox.keep(world.account, Parsed((one,)), b"{}")


async def test_no_field_is_too_long_to_be_kept(world: World) -> None:
    names = ("event_key", "provider_id", "sender_name", "phone", "language", "reply_to", "edit_of")
    for name in names:
        await kept(world, world.message(f"tolong {name}", chat=name, **{name: LONG}))
    heard = {row["text"] for row in await world.rows(message) if row["direction"] == "in"}
    assert heard == {f"tolong {name}" for name in names}
    assert len(await world.rows(incident)) == len(names)


async def test_no_file_is_described_too_long_to_be_kept(world: World) -> None:
    file = Attachment("voice", "f1", mime="audio/ogg;" + LONG, size=2**70, name=LONG, seconds=2**40)
    await kept(world, world.message(kind="voice", attachments=(file,)))
    (row,) = await world.rows(attachment)
    assert (row["mime"][:9], len(row["mime"]), len(row["name"])) == ("audio/ogg", 80, 160)
    assert (row["size"], row["seconds"]) == (2**63 - 1, 2**31 - 1)


async def test_a_chat_that_is_too_long_is_one_thread_and_no_other_chats(world: World) -> None:
    for text in ("tolong ada kebakaran", "di wua-wua"):
        await world.hear(text, chat=LONG + "a")
    await world.hear("tolong", chat=LONG + "b")
    addresses = [row["address"] for row in await world.rows(contact)]
    assert len(set(addresses)) == 2
    assert {len(address) for address in addresses} == {128}


async def test_a_redelivery_under_a_long_key_is_still_the_same_message(world: World) -> None:
    one = world.message("tolong ada kebakaran", event_key=LONG)
    await kept(world, one)
    await kept(world, one)
    await kept(world, world.message("tolong", event_key=LONG + "y"))
    assert len([row for row in await world.rows(message) if row["direction"] == "in"]) == 2


async def test_an_edit_finds_its_message_under_a_long_id(world: World) -> None:
    await kept(world, world.message("ada asap", provider_id=LONG))
    await kept(world, world.message("tolong ada kebakaran", kind="edit", edit_of=LONG))
    edited = [row["edited_text"] for row in await world.rows(message) if row["kind"] == "text" and row["edited_text"]]
    assert edited == ["tolong ada kebakaran"]


def test_what_fits_is_left_alone(plain: InboundMessage) -> None:
    assert fit(plain) is plain
    assert (cut("abc", 3), key("abc", 3)) == ("abc", "abc")


def test_a_number_that_is_too_long_is_nobodys(plain: InboundMessage) -> None:
    assert fit(InboundMessage("e", "c", "text", plain.sent_at, phone="+62" + "8" * 40)).phone is None
