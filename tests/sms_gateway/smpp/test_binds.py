"""Binds: had, refused, lost, and had again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from sms_gateway.smpp_bind import Patience
from tests.providers.clocks import pass_by, until
from tests.sms_gateway.smpp.town import CITIZEN, HOUR, Town, line_of, listening, open_town, town_of
from tests.smsc.program import Smsc, smsc


async def test_it_binds_and_says_so(center: Smsc, town: Town) -> None:
    bind = await center.wait("bind")
    assert (bind["mode"], bind["system_id"], bind["interface_version"]) == ("bind_transceiver", "kendari", 0x34)
    state = town.driver.state(town.line)
    assert (state.up, state.detail, state.device) == (True, "in order", f"127.0.0.1:{center.port}")


async def test_a_pair_hears_by_one_and_sends_by_the_other(center: Smsc) -> None:
    async with open_town(center, bind="pair") as town:
        assert {(await center.wait("bind", n))["mode"] for n in (1, 2)} == {"bind_transmitter", "bind_receiver"}
        await center.deliver(short_message=b"tolong")
        await center.delivered()
        await town.send()
        assert town.texts == ["tolong"]


async def test_a_receiver_sends_nothing(center: Smsc) -> None:
    async with open_town(center, bind="receiver") as town:
        assert (await town.refused()).reason == "this line only receives"


async def test_a_refused_bind_breaks_off_at_once_and_says_why(center: Smsc) -> None:
    line = line_of(center, password="salah")
    async with listening(town_of(line, Patience(again=(0.05,), broken=60.0))) as town:
        assert str(town.broke[0]) == "the SMSC refuses the bind: wrong password"
        state = town.driver.state(town.line)
        assert (state.up, state.detail) == (False, "the SMSC refuses the bind: wrong password")
        failure = await town.refused()
        assert (failure.permanent, failure.doubt) == (False, False)


async def test_a_mute_or_absent_smsc_is_no_bind(center: Smsc) -> None:
    await center.plan(bind="mute")
    async with open_town(center, answer_within="1") as town:
        await until(lambda: "no answer to the bind" in town.driver.state(town.line).detail)
    await center.do("down")
    await center.wait("down")
    failure = await town.refused()
    assert "is not reached" in failure.reason
    assert not failure.doubt


async def test_it_binds_again_once_the_smsc_is_back(center: Smsc, town: Town) -> None:
    await center.do("down")
    await until(lambda: not town.up)
    assert not (await town.refused()).doubt
    await center.do("up")
    await until(lambda: town.up)
    assert await town.send()


@pytest.mark.parametrize("how", ["drop", "unbind"])
async def test_a_lost_bind_is_back_before_a_sender_notices(center: Smsc, town: Town, how: str) -> None:
    await center.do(how)
    await center.wait("gone")
    assert await town.send()
    await center.deliver(short_message=b"masih ada?")
    await center.delivered()
    assert town.texts == ["masih ada?"]


async def test_a_smsc_that_became_mute_is_left(center: Smsc) -> None:
    async with open_town(center, enquire_every="0.1", answer_within="1") as town:
        await center.wait("enquire_link", 3)
        await center.plan(deaf=True)
        await center.wait("gone")
        await center.plan()
        await center.wait("bind", 2)
        await until(lambda: town.up)


async def test_each_line_has_a_bind_of_its_own(center: Smsc, control: int) -> None:
    async with smsc(control) as other, open_town(center) as town:
        second = line_of(other, "smsc-2")
        listener = asyncio.create_task(town.driver.listen(second, town.hear))
        await until(lambda: town.driver.state(second).up)
        await center.do("down")
        await until(lambda: not town.up)
        assert await town.driver.send(second, CITIZEN, "halo", key=1, urgent=False, valid_for=HOUR)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def test_where_another_process_listens_it_binds_to_send_alone_and_gives_it_up(center: Smsc) -> None:
    town = town_of(line_of(center), Patience(again=(0.05,), idle=20.0))
    assert await town.send()
    assert [event["mode"] for event in center.of("bind")] == ["bind_transmitter"]
    town.clock.ahead = timedelta(seconds=20)
    pass_by(20.0)
    await center.wait("gone")
    async with listening(town):
        assert await town.send()
    assert [event["mode"] for event in center.of("bind")] == ["bind_transmitter", "bind_transceiver"]


async def test_a_bind_that_only_sends_is_tried_anew_for_the_next_sms(center: Smsc) -> None:
    town = town_of(line_of(center))
    await center.plan(bind=0x0D)
    assert (await town.refused()).reason == "no bind: the SMSC refuses the bind: the bind failed"
    await center.plan()
    assert await town.send()


async def test_tls(control: int, tmp_path: Path) -> None:
    async with smsc(control, tls=True) as center:
        ca = tmp_path / "ca.pem"
        ca.write_text(center.ca)
        async with open_town(center, tls="yes", tls_ca=str(ca)) as town:
            assert await town.send()
        async with open_town(center, tls="yes") as stranger:
            assert "certificate" in stranger.driver.state(stranger.line).detail.lower()
