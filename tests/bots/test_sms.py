"""The SMS channel between gateway and spine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bots.channel import Account, BadSignature, Delivery, SendFailed, Unreadable
from bots.message import Attachment, Button, DeliveryReport, InboundMessage, OutboundMessage, Parsed, Place
from config.clock import VirtualClock
from handoff.tables import contact, incident, message
from sms_gateway.drivers.loopback import Fault
from sms_gateway.gateway import MissedCall, SmsFailed
from sms_gateway.line import Line
from sms_gateway.lines import open_gateway
from tests.bots.citizen_house import House, open_house

CITIZEN = "+6281255501234"
ACCOUNT = Account("kendari", "sms", "kendari")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, VirtualClock()) as opened:
        yield opened


@pytest.fixture
async def line(house: House) -> AsyncIterator[None]:
    """The line is listened to, as the worker does it."""

    async def hear(parsed: Parsed, body: bytes) -> None:
        await house.inbox.keep(ACCOUNT, parsed, body)

    task = asyncio.create_task(house.channels["sms"].listen(ACCOUNT, hear))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def outbound(text: str = "Pesan masuk.", **more: object) -> OutboundMessage:
    return OutboundMessage(id=7, chat=CITIZEN, text=text, **more)  # type: ignore[arg-type]


async def send(house: House, one: OutboundMessage, account: Account = ACCOUNT) -> str | None:
    return await house.channels["sms"].send(account, one)


def left(house: House) -> list[str]:
    return [one.text for one in house.gateway.loopback.sent]


@pytest.mark.usefixtures("line")
async def test_an_emergency_by_sms_is_a_case_and_answered_by_sms(house: House) -> None:
    await house.gateway.loopback.write("kendari", "0812-5550-1234", "tolong ada kebakaran")
    assert [row["severity"] for row in await house.rows(incident)] == [1]
    assert [(row["address"], row["phone"]) for row in await house.rows(contact)] == [(CITIZEN, CITIZEN)]
    await house.settle()
    [said] = house.gateway.loopback.sent
    assert (said.to, said.line, said.urgent) == (CITIZEN, "kendari", True)
    assert said.text.startswith("Pesan masuk")
    assert len(said.parts) == 1


@pytest.mark.usefixtures("line")
async def test_the_networks_report_reaches_the_transcript(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, "tolong ada kebakaran")
    await house.settle()
    await house.gateway.loopback.write("kendari", CITIZEN, "halo")  # by now the report has been heard
    out = [row for row in await house.rows(message) if row["direction"] == "out"]
    assert "delivered" in {row["state"] for row in out}


@pytest.mark.usefixtures("line")
async def test_the_same_sms_twice_is_one_message(house: House) -> None:
    sms = await house.gateway.loopback.write("kendari", CITIZEN, "tolong")
    await house.gateway.loopback.hear("kendari", sms)
    assert len([row for row in await house.rows(message) if row["direction"] == "in"]) == 1


@pytest.mark.usefixtures("line")
async def test_an_empty_sms_reaches_a_human(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, "  ")
    assert [row["kind"] for row in await house.rows(message) if row["direction"] == "in"] == ["unknown"]
    assert len(await house.rows(incident)) == 1


@pytest.mark.usefixtures("line")
async def test_a_name_as_sender_is_kept_without_a_number(house: House) -> None:
    await house.gateway.loopback.write("kendari", "TELKOMSEL", "Pulsa Anda hampir habis")
    assert [(row["address"], row["phone"]) for row in await house.rows(contact)] == [("TELKOMSEL", None)]


async def test_buttons_and_emoji_stay_behind_and_a_position_is_written(house: House) -> None:
    buttons = (Button("yes", "1 Ya"),)
    await send(house, outbound("Di sini? 🚒", buttons=buttons, ask_location=True, place=Place(-3.97, 122.5)))
    assert left(house) == ["Di sini?\n-3.97000,122.50000"]


async def test_a_very_long_text_goes_as_several_messages_in_order(house: House) -> None:
    text = " ".join(f"kata{number}" for number in range(300))
    await send(house, outbound(text))
    assert len(left(house)) > 1
    assert " ".join(left(house)) == text


async def test_after_a_failure_in_the_middle_only_the_rest_is_sent_again(house: House) -> None:
    text = " ".join(f"kata{number}" for number in range(300))
    house.gateway.loopback.plan(Fault(), Fault(reason="no signal"))
    with pytest.raises(SendFailed):
        await send(house, outbound(text))
    await send(house, outbound(text))
    assert " ".join(left(house)) == text


@pytest.mark.parametrize(("chat", "text"), [("TELKOMSEL", "halo"), ("112", "halo"), (CITIZEN, "🙏"), (CITIZEN, "")])
async def test_what_cannot_be_sent_fails_for_good(house: House, chat: str, text: str) -> None:
    with pytest.raises(SendFailed) as failure:
        await send(house, OutboundMessage(id=1, chat=chat, text=text))
    assert failure.value.permanent


async def test_a_line_that_wants_a_rest_pauses_the_account(house: House) -> None:
    house.gateway.loopback.plan(Fault(reason="modem busy", retry_after=20))
    with pytest.raises(SendFailed) as failure:
        await send(house, outbound())
    assert (failure.value.permanent, failure.value.retry_after, failure.value.scope) == (False, 20, "account")


async def test_the_account_may_name_its_line(house: House) -> None:
    await send(house, outbound(), Account("kendari", "sms", "kendari", {"line": "modem-2"}))
    assert [one.line for one in house.gateway.loopback.sent] == ["modem-2"]


async def test_without_a_webhook_secret_nobody_can_post(house: House) -> None:
    with pytest.raises(BadSignature):
        house.channels["sms"].parse(ACCOUNT, Delivery("POST", {}, {}, b'{"messages": []}'))
    async with house.browser() as stranger:
        assert (await stranger.post("/in/sms/kendari", content=b"{}")).status_code == 401
    assert await house.rows(message) == []


async def test_an_sms_has_no_file(house: House) -> None:
    with pytest.raises(SendFailed):
        house.channels["sms"].fetch(ACCOUNT, Attachment("photo", "x"))


AML = 'A"ML=1;lt=-3.99780;lg=122.51340;rd=25;top=20261123025930;lc=90;pm=G;si=1;ei=2;mcc=510;mnc=10;ml=120'


@pytest.mark.usefixtures("line")
async def test_a_position_that_the_telephone_sent_by_itself_waits_for_the_words(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, AML)
    assert await house.rows(incident) == []
    await house.settle()
    assert left(house) == []
    await house.gateway.loopback.write("kendari", CITIZEN, "tolong ada kebakaran")
    [case] = await house.rows(incident)
    assert (case["place"]["source"], case["place"]["lat"], case["place"]["accuracy_m"]) == ("aml", -3.9978, 25)


@pytest.mark.usefixtures("line")
async def test_a_position_that_comes_after_the_words_is_added_to_the_case(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, "tolong ada kebakaran")
    await house.settle()
    said = left(house)
    await house.gateway.loopback.write("kendari", CITIZEN, AML)
    [case] = await house.rows(incident)
    assert case["place"]["source"] == "aml"
    await house.settle()
    assert left(house) == said


@pytest.mark.usefixtures("line")
async def test_words_that_say_where_stand_before_where_the_telephone_is(house: House) -> None:
    for text in (AML, "tolong ada kebakaran", "di wua-wua"):
        await house.gateway.loopback.write("kendari", CITIZEN, text)
    [case] = await house.rows(incident)
    assert case["place"]["kecamatan"] == "Wua-Wua"
    assert case["place"]["source"] != "aml"
    assert [one["source"] for one in case["alternatives"]] == ["aml"]


@pytest.mark.usefixtures("line")
async def test_a_telephone_that_does_not_know_where_it_is_says_nothing(house: House) -> None:
    await house.gateway.loopback.write(
        "kendari", CITIZEN, AML.replace("lt=-3.99780;lg=122.51340;rd=25", "lt=0;lg=0;rd=N")
    )
    await house.settle()
    assert (await house.rows(incident), left(house)) == ([], [])
    assert [row["kind"] for row in await house.rows(message)] == ["fix"]


def els(number: str, key: str = "rahasia") -> Delivery:
    """What Android's Emergency Location Service posts when its owner calls or texts 112."""
    said = {
        "location_latitude": "-3.9978",
        "location_longitude": "122.5134",
        "location_accuracy": "25",
        "device_number": number,
    }
    body = urlencode(said).encode()
    seal = hmac.new(key.encode(), body, hashlib.sha1).hexdigest()
    return Delivery("POST", {}, {}, body + f"&hmac={seal}".encode())


@pytest.mark.usefixtures("line")
async def test_a_position_that_the_telephone_posted_becomes_the_place_of_its_owners_case(house: House) -> None:
    account = replace(ACCOUNT, credentials={"aml_key": "rahasia"})
    await house.gateway.loopback.write("kendari", CITIZEN, "tolong ada kebakaran")
    delivery = els(CITIZEN)
    await house.inbox.keep(account, house.channels["sms"].parse(account, delivery), delivery.body)
    [case] = await house.rows(incident)
    assert (case["place"]["source"], case["place"]["lat"], case["place"]["accuracy_m"]) == ("aml", -3.9978, 25)


def test_a_posted_position_needs_the_agreed_key(house: House) -> None:
    with pytest.raises(BadSignature):
        house.channels["sms"].parse(replace(ACCOUNT, credentials={"aml_key": "rahasia"}), els(CITIZEN, key="salah"))


def test_a_position_of_nobody_is_kept_as_it_came(house: House) -> None:
    with pytest.raises(Unreadable):
        house.channels["sms"].parse(replace(ACCOUNT, credentials={"aml_key": "rahasia"}), els(""))


@pytest.mark.usefixtures("line")
async def test_a_hidden_number_that_rings_is_nobody_to_answer(house: House) -> None:
    for caller, key in (("", "a"), (CITIZEN, "b")):
        await house.gateway.loopback.hear("kendari", MissedCall(key, caller, house.clock.now(), "kendari"))
    await house.settle()
    assert [row["kind"] for row in await house.rows(message) if row["direction"] == "in"] == ["call"]
    assert [one.to for one in house.gateway.loopback.sent] == [CITIZEN]


async def test_an_instruction_is_not_kept_for_hours_by_the_network(house: House) -> None:
    soon = house.clock.now() + timedelta(minutes=20)
    for expires_at in (None, soon, soon + timedelta(hours=6)):
        await send(house, outbound(expires_at=expires_at))
    minutes = [one.valid_for.total_seconds() / 60 for one in house.gateway.loopback.sent]
    assert minutes == [60, 20, 60]


def fix_for(account: str, house: House) -> Parsed:
    """What a telephone sent by itself, to another of the city's numbers."""
    place = Place(-3.9978, 122.5134, 25)
    return Parsed((InboundMessage(f"fix {account}", CITIZEN, "fix", house.clock.now(), phone=CITIZEN, place=place),))


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize("first", ["fix", "words"])
async def test_a_position_that_came_by_another_number_finds_its_case(house: House, first: str) -> None:
    other = Account("kendari", "sms", "112")
    if first == "fix":
        await house.inbox.keep(other, fix_for("112", house), b"{}")
    await house.gateway.loopback.write("kendari", CITIZEN, "tolong ada kebakaran")
    if first == "words":
        await house.inbox.keep(other, fix_for("112", house), b"{}")
    [case] = await house.rows(incident)
    assert (case["place"]["source"], case["place"]["lat"]) == ("aml", -3.9978)


@pytest.mark.usefixtures("line")
async def test_a_digit_without_a_question_is_all_that_somebody_could_press(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, "1")
    assert len(await house.rows(incident)) == 1


@pytest.mark.usefixtures("line")
async def test_a_digit_that_was_written_before_its_question_answers_nothing(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, "kebakaran rumah di wua-wua")
    await house.gateway.loopback.write("kendari", CITIZEN, "1")
    [case] = await house.rows(incident)
    assert "people_inside" not in case["facts"]
    assert "trapped" not in case["facts"]


async def test_nothing_leaves_by_a_line_that_only_pretends(house: House) -> None:
    gateway = open_gateway(house.clock, lines=[Line("kendari", "posted", options={"webhook_secret": "s"})])
    with pytest.raises(SmsFailed) as failure:
        await gateway.send("posted", CITIZEN, "Pesan masuk.", key=1, urgent=True)
    assert "names no driver" in failure.value.reason
    assert not gateway.loopback.sent


@pytest.mark.usefixtures("line")
async def test_several_words_that_left_as_one_are_delivered_together(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, "tolong ada kebakaran")
    await house.settle()
    [first] = [row for row in await house.rows(message) if row["direction"] == "out"]
    twin = {**first, "id": first["id"] + 1, "provider_id": first["provider_id"], "state": "sent"}
    await house.database.write(lambda connection: connection.execute(message.insert(), [dict(twin)]) and None)
    at = house.clock.now()
    report = Parsed(reports=(DeliveryReport(first["provider_id"], "delivered", at),))
    await house.inbox.keep(Account("kendari", "sms", "another line"), report, b"{}")
    states = [row["state"] for row in await house.rows(message) if row["direction"] == "out"]
    assert states == ["delivered", "delivered"]


@pytest.mark.usefixtures("line")
async def test_stop_is_kept_with_the_person(house: House) -> None:
    await house.gateway.loopback.write("kendari", CITIZEN, "Stop!")
    assert [row["no_broadcasts"] for row in await house.rows(contact)] == [True]
    assert await house.rows(incident) == []
