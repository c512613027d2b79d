"""Octets that no SMSC should send."""

from __future__ import annotations

import pytest

from sms_gateway.store import MISSING
from tests.providers.clocks import until
from tests.sms_gateway.smpp.town import CITIZEN, Town, frame
from tests.smsc.program import Smsc


@pytest.mark.parametrize(
    "octets",
    [
        frame(0x0000FFFF, b"whatever"),  # a command that nobody knows
        frame(0x00000004, b"\0" * 30),  # a command that is not the SMSC's
        frame(0x80000004, b"id\0", sequence=4711),  # an answer to nothing
        frame(0x80000004, status=0x99999999, sequence=4711),
        frame(0x80000000, status=3, sequence=0),
        frame(0x80000015, b"\xff" * 50, sequence=4711),
        frame(0x00000102, b"\0" * 9),
    ],
)
async def test_what_it_does_not_know_costs_no_bind(center: Smsc, town: Town, octets: bytes) -> None:
    await center.do("raw", hex=octets.hex())
    assert await town.send()
    assert len(center.of("bind")) == 1


@pytest.mark.parametrize("octets", [b"\0\0\0\x0f" + b"\0" * 12, b"\xff" * 16, b"GET / HTTP/1.1\r\n\r\n"])
async def test_what_is_no_frame_ends_the_bind_and_another_begins(center: Smsc, town: Town, octets: bytes) -> None:
    await center.do("raw", hex=octets.hex())
    await center.wait("gone")
    assert await town.send()
    assert len(center.of("bind")) == 2


@pytest.mark.parametrize("length", [0, 5, 20, 33, 45])
async def test_an_sms_whose_octets_end_too_soon_is_shown_as_far_as_it_goes(
    center: Smsc, town: Town, length: int
) -> None:
    body = (
        b"\0\x01\x01" + CITIZEN[1:].encode() + b"\0\x01\x01112\0" + bytes((0, 0, 0, 0, 0, 0, 0, 0, 0, 50)) + b"tolong"
    )
    await center.do("raw", hex=frame(5, body[:length]).hex())
    await until(lambda: town.heard)
    [sms] = town.messages
    assert not sms.whole
    assert sms.text.endswith(MISSING)
    assert town.up


async def test_a_flood_is_asked_to_come_again(center: Smsc, town: Town) -> None:
    town.may_hear.clear()
    octets = b"".join(frame(5, b"\0" * 17 + b"tolong", sequence=number) for number in range(2500))
    await center.do("raw", hex=octets.hex())
    await until(lambda: len(town.tried) >= 2000)
    assert await town.send()  # its answer comes behind the flood, of which all is read by now
    town.may_hear.set()
    await until(lambda: len(town.heard) >= 2000)
    assert len(town.heard) == 2000
    assert len(center.of("bind")) == 1
