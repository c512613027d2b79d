"""The loopback driver: nothing leaves its memory before it was heard; faults and reports as planned."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from config.clock import VirtualClock
from sms_gateway.drivers.loopback import Fault, SentSms
from sms_gateway.gateway import Heard, InboundSms, SmsFailed, SmsReport
from sms_gateway.line import Line
from sms_gateway.lines import Lines, open_gateway

CITIZEN = "+6281255501234"


class Ear:
    """A listener on one line; fails as often as it is told to."""

    def __init__(self, gateway: Lines, line: str = "kendari") -> None:
        self.heard: list[Heard] = []
        self.failures = 0
        self._gateway, self._line = gateway, line
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._task = asyncio.create_task(self._gateway.listen(self._line, self._hear))

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _hear(self, one: Heard) -> None:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not stored")
        self.heard.append(one)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.heard if isinstance(one, InboundSms)]

    @property
    def reports(self) -> list[str]:
        return [one.state for one in self.heard if isinstance(one, SmsReport)]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def gateway(clock: VirtualClock) -> Lines:
    return open_gateway(clock)


@pytest.fixture
async def ear(gateway: Lines) -> AsyncIterator[Ear]:
    one = Ear(gateway)
    yield one
    await one.close()


async def test_an_sms_waits_for_its_listener_and_is_confirmed_when_it_was_heard(gateway: Lines, ear: Ear) -> None:
    writing = asyncio.create_task(gateway.loopback.write("kendari", "0812 5550 1234", "tolong"))
    await settle()
    assert not writing.done()
    ear.open()
    sms = await writing
    assert ear.heard == [sms]
    assert (sms.sender, sms.line) == (CITIZEN, "kendari")


async def test_what_was_not_stored_is_handed_over_again(gateway: Lines, ear: Ear) -> None:
    ear.failures = 1
    writing = asyncio.create_task(gateway.loopback.write("kendari", CITIZEN, "tolong"))
    await settle()
    ear.open()
    await settle()
    assert not writing.done()
    await ear.close()
    ear.open()
    await writing
    assert ear.texts == ["tolong"]


async def test_a_neighbour_of_what_was_not_stored_is_heard(gateway: Lines, ear: Ear) -> None:
    ear.failures = 1
    writing = [asyncio.create_task(gateway.loopback.write("kendari", CITIZEN, text)) for text in ("satu", "dua")]
    await settle()
    ear.open()
    await settle()
    assert ear.texts == ["dua"]
    await ear.close()
    ear.open()
    await asyncio.gather(*writing)
    assert ear.texts == ["dua", "satu"]


async def test_lines_do_not_hear_one_another(gateway: Lines, ear: Ear) -> None:
    ear.open()
    other = asyncio.create_task(gateway.loopback.write("ambon", CITIZEN, "di ambon"))
    await gateway.loopback.write("kendari", CITIZEN, "di kendari")
    assert ear.texts == ["di kendari"]
    other.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await other


async def test_two_equal_texts_of_one_second_are_two(gateway: Lines, ear: Ear) -> None:
    ear.open()
    first = await gateway.loopback.write("kendari", CITIZEN, "1")
    second = await gateway.loopback.write("kendari", CITIZEN, "1")
    assert first.key != second.key


async def test_a_sent_sms_is_remembered_seen_and_reported(gateway: Lines, ear: Ear) -> None:
    seen: list[SentSms] = []
    stop = gateway.loopback.watch(seen.append)
    ear.open()
    reference = await gateway.send("kendari", CITIZEN, "Pesan masuk. " * 20, key=7, urgent=True)
    await settle()
    assert [one.reference for one in seen] == [reference] == [one.reference for one in gateway.loopback.sent]
    assert "".join(seen[0].parts) == seen[0].text
    assert len(seen[0].parts) == 2
    assert ear.reports == ["delivered"]
    stop()
    await gateway.send("kendari", CITIZEN, "lagi", key=8, urgent=False)
    assert len(seen) == 1


async def test_a_planned_failure_happens_once(gateway: Lines) -> None:
    gateway.loopback.plan(Fault(reason="no signal", retry_after=30))
    with pytest.raises(SmsFailed) as failure:
        await gateway.send("kendari", CITIZEN, "halo", key=1, urgent=False)
    assert (failure.value.permanent, failure.value.retry_after) == (False, 30)
    await gateway.send("kendari", CITIZEN, "halo", key=1, urgent=False)
    assert len(gateway.loopback.sent) == 1


async def test_a_lost_answer_does_not_prove_that_nothing_left(gateway: Lines) -> None:
    gateway.loopback.plan(Fault(reason="time-out", after_work=True))
    with pytest.raises(SmsFailed):
        await gateway.send("kendari", CITIZEN, "halo", key=1, urgent=False)
    assert len(gateway.loopback.sent) == 1


async def test_reports_come_late_badly_or_never(gateway: Lines, ear: Ear, clock: VirtualClock) -> None:
    ear.open()
    gateway.loopback.plan(Fault(report_after=60), Fault(report=None), Fault(report="failed"))
    for key in range(3):
        await gateway.send("kendari", CITIZEN, f"pesan {key}", key=key, urgent=False)
    await settle()
    assert ear.reports == ["failed"]
    clock.advance(61)
    await settle()
    assert ear.reports == ["failed", "delivered"]


async def test_a_fault_may_be_for_one_number_alone(gateway: Lines) -> None:
    gateway.loopback.plan(Fault(reason="blocked", permanent=True, to="+6281255500000"))
    await gateway.send("kendari", CITIZEN, "halo", key=1, urgent=False)
    with pytest.raises(SmsFailed):
        await gateway.send("kendari", "+6281255500000", "halo", key=2, urgent=False)


@pytest.mark.parametrize("to", ["TELKOMSEL", "112", "0812 5550 1234", ""])
async def test_what_takes_no_sms_is_refused_for_good(gateway: Lines, to: str) -> None:
    with pytest.raises(SmsFailed) as failure:
        await gateway.send("kendari", to, "halo", key=1, urgent=False)
    assert failure.value.permanent


async def test_a_text_leaves_without_emoji_and_in_gsm7_where_that_is_near(gateway: Lines) -> None:
    await gateway.send("kendari", CITIZEN, "“Pesan masuk” – tunggu 🚒", key=1, urgent=False)
    assert gateway.loopback.sent[0].text == '"Pesan masuk" - tunggu'


async def test_emoji_alone_are_nothing_to_send(gateway: Lines) -> None:
    with pytest.raises(SmsFailed):
        await gateway.send("kendari", CITIZEN, "🙏🙏", key=1, urgent=False)


async def test_a_line_without_network_is_passed_over_for_another_of_its_city(clock: VirtualClock) -> None:
    gateway = open_gateway(clock, lines=[Line("kendari", "modem-1"), Line("kendari", "modem-2"), Line("ambon", "far")])
    gateway.loopback.cut("modem-1")
    await gateway.send("modem-1", CITIZEN, "halo", key=1, urgent=False)
    gateway.loopback.mend("modem-1")
    await gateway.send("modem-1", CITIZEN, "halo", key=2, urgent=False)
    assert [one.line for one in gateway.loopback.sent] == ["modem-2", "modem-1"]
