"""What can happen to a modem while SMS go both ways, and how long it takes until they go again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sms_gateway.modem_link import Patience
from tests.modems import pdu
from tests.modems.faults import SUBMITTED, Fault, answer_lost, cms, garbage, mute, no_prompt, slow
from tests.modems.office import CITIZEN, IMPATIENT, Office
from tests.modems.sim import Sim

Strike = Callable[[Office], Coroutine[None, None, None]]
AT_THE_START: Final = 0.15  # how many of the killed are killed again before they stand
TRAFFIC: Final = 4  # SMS each way around the fault


@dataclass(frozen=True, slots=True)
class Outcome:
    """``seconds`` from the fault until an SMS written after it was heard and one sent after it had left."""

    name: str
    seconds: float
    lost_in: list[str]
    twice_in: list[str]
    lost_out: list[str]
    twice_out: list[str]  # beyond those that were in doubt
    doubts: int
    came: int = 0
    left: int = 0

    @property
    def clean(self) -> bool:
        return not (self.lost_in or self.twice_in or self.lost_out or self.twice_out)


def _plan(*faults: Fault) -> Strike:
    async def strike(office: Office) -> None:
        office.modem.faults.plan(*faults)

    return strike


async def _kill(office: Office) -> None:
    assert office.driver is not None
    process = office.driver.modem(office.line).link.process_id
    if process is not None:
        os.kill(process, signal.SIGKILL)


def _dies_then(*faults: Fault) -> Strike:
    """The child dies, and the modem does not let the next one in at once."""

    async def strike(office: Office) -> None:
        office.modem.faults.plan(*faults)
        await _kill(office)

    return strike


async def _move(office: Office) -> None:
    """Pulled out, and back after two seconds under another name."""
    await asyncio.to_thread(office.modem.unplug)
    await asyncio.sleep(2.0)
    office.modem.plug(office.folder / f"ttyUSB{int(office.imei[-1]) + 4}")


async def _wiggle(office: Office) -> None:
    """Pulled out and back at once, under the same name."""
    await asyncio.to_thread(office.modem.unplug)
    office.modem.plug()


async def _lose_network(office: Office) -> None:
    office.sim.network = "none"
    await asyncio.sleep(3.0)
    office.sim.network = "home"
    office.modem.after(0.0, office.modem.fetch)


async def _fill(office: Office) -> None:
    """More than the SIM holds, at once."""
    office.modem.receive(*(pdu.deliver(CITIZEN, f"banyak {n}", at=office.clock.now()) for n in range(12)))


async def _poison(office: Office) -> None:
    """Octets that are no SMS, between those that are."""
    office.modem.receive(bytes.fromhex("0791") + b"\xff" * 20, b"\xff", bytes(30), pdu.deliver(CITIZEN, "x")[:12])


SCENARIOS: Final[dict[str, Strike]] = {
    "mute at the listing": _plan(mute(r"AT\+CMGL")),
    "mute at the memory": _plan(mute(r"AT\+CPMS")),
    "mute at a deletion": _plan(mute(r"AT\+CMGD")),
    "mute before the prompt": _plan(no_prompt()),
    "mute after the PDU, not sent": _plan(mute(SUBMITTED)),
    "mute after the PDU, sent": _plan(answer_lost()),
    "mute at the signal": _plan(mute(r"AT\+CSQ")),
    "mute at the network": _plan(mute(r"AT\+CREG")),
    "mute for three seconds": _plan(mute(r"AT\+CPMS", deaf=3.0)),
    "mute at the start": _dies_then(mute(r"AT\+CGMR")),
    "deaf after the child died": _dies_then(mute(r"AT$", deaf=3.0)),
    "garbage at the listing": _plan(garbage(r"AT\+CMGL")),
    "garbage at the prompt": _plan(garbage(r"AT\+CMGS")),
    "garbage after the PDU": _plan(garbage(SUBMITTED)),
    "garbage at the start": _dies_then(garbage("ATE1")),
    "+CMS ERROR 500": _plan(cms(500, times=2)),
    "+CMS ERROR 38": _plan(cms(38)),
    "+CMS ERROR at the listing": _plan(cms(500, at=r"AT\+CMGL")),
    "slow answers": _plan(slow("AT", 1.0, times=6)),
    "SIM full": _fill,
    "octets that are no SMS": _poison,
    "network lost": _lose_network,
    "unplugged, back under another name": _move,
    "unplugged, back at once": _wiggle,
    "child killed": _kill,
}


async def play(name: str, folder: Path, patience: Patience = IMPATIENT) -> Outcome:
    """One scenario, with SMS both ways before, during and after it."""
    sim = Sim(size=6, report_after=None)
    office = Office(folder, options={"device": str(folder / "ttyUSB*")}, patience=patience, sim=sim)
    async with office:
        await office.up()
        outgoing = [asyncio.create_task(office.deliver(f"Balasan {n}.")) for n in range(TRAFFIC)]
        incoming = [f"Tolong {n}" for n in range(TRAFFIC)]
        for text in incoming:
            office.write(text)
        await asyncio.sleep(0.5)
        began = time.monotonic()
        strike = asyncio.create_task(SCENARIOS[name](office))
        await asyncio.sleep(0.05)
        await office.until(lambda: not office.modem.faults.pending)
        began = max(began, office.modem.faults.struck_at or 0.0)
        incoming.append("Tolong sesudahnya")
        office.write(incoming[-1])
        await office.deliver("Balasan sesudahnya.")
        await office.until(lambda: incoming[-1] in office.texts)
        await strike
        seconds = time.monotonic() - began
        await asyncio.gather(*outgoing)
        await office.until(lambda: not sim.stored and not sim.outside)
        replies = [*(f"Balasan {n}." for n in range(TRAFFIC)), "Balasan sesudahnya."]
        return _judge(name, seconds, office, incoming, replies)


async def kill_often(folder: Path, kills: int, seed: int = 112) -> Outcome:
    """Kill the child at random moments, its start among them, while SMS go both ways without pause."""
    dice = random.Random(seed)
    office = Office(folder, options={"device": str(folder / "ttyUSB*")}, sim=Sim(report_after=None))
    async with office:
        await office.up()
        incoming: list[str] = []
        outgoing: list[str] = []
        over = asyncio.Event()
        writing = asyncio.create_task(_write_on(office, incoming, over))
        answering = asyncio.create_task(_answer_on(office, outgoing, over))
        slowest = 0.0
        for _ in range(kills):
            await asyncio.sleep(dice.uniform(0.05, 1.5))
            await _kill(office)
            took = await office.until(lambda: not office.state.up)
            if dice.random() < AT_THE_START:
                await asyncio.sleep(dice.uniform(0.3, 3.0))
                await _kill(office)
            slowest = max(slowest, took + await office.up())
        over.set()
        await asyncio.gather(writing, answering)
        await office.until(lambda: not office.sim.stored and not office.sim.outside)
        return _judge(f"killed {kills} times", slowest, office, incoming, outgoing)


async def _write_on(office: Office, written: list[str], over: asyncio.Event) -> None:
    while not over.is_set():
        written.append(f"Tolong {len(written)}")
        office.write(written[-1])
        await asyncio.sleep(0.4)


async def _answer_on(office: Office, answered: list[str], over: asyncio.Event) -> None:
    while not over.is_set():
        answered.append(f"Balasan {len(answered)}.")
        await office.deliver(answered[-1])


def _judge(name: str, seconds: float, office: Office, incoming: list[str], outgoing: list[str]) -> Outcome:
    came = Counter(one.key for one in office.messages)
    texts, left = set(office.texts), Counter(office.sim.texts)
    return Outcome(
        name,
        seconds,
        lost_in=[text for text in incoming if text not in texts],
        twice_in=[key for key, times in came.items() if times > 1],
        lost_out=[text for text in outgoing if not left[text] and text not in office.doubts],
        twice_out=[text for text in outgoing if left[text] > 1 + (text in office.doubts)],
        doubts=len(office.doubts),
        came=len(incoming),
        left=len(outgoing),
    )
