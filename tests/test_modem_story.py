"""A town's whole SMS service: a modem, `sigap run`, a technician's commands beside it, and a process that is killed."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.setting import free_port
from tests.config.test_running import command
from tests.modems import pdu
from tests.modems.at_modem import AtModem
from tests.served import served

pytestmark = pytest.mark.slow

CITIZEN, OTHER = "+6281355500001", "+6281355500002"


async def until(holds: Callable[[], object], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not in time"
        await asyncio.sleep(0.05)


def said_to(modem: AtModem, number: str) -> str:
    return " ".join(one.text for one in modem.sim.sent if one.to == number)


async def test_a_town_with_one_modem(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    with AtModem(tmp_path / "ttyUSB0") as modem:
        line = {"city": "kendari", "channel": "sms", "name": "modem", "driver": "gammu", "number": "+6281155500000"}
        accounts = {"SIGAP_ACCOUNTS": json.dumps([line | {"device": str(modem.device), "per_minute": "600"}])}

        def write(sender: str, text: str) -> None:
            modem.receive(pdu.deliver(sender, text, at=datetime.now(UTC)))

        async with served(data, port, **accounts) as sigap:
            write(CITIZEN, "Tolong, rumah kebakaran di Wua-Wua dekat SD!")
            await until(lambda: "Pesan masuk" in said_to(modem, CITIZEN))

            modem.ring(OTHER, seconds=60.0)
            await until(lambda: "hanya menerima SMS" in said_to(modem, OTHER))
            assert modem.rejected

            code, told = await command(sigap, "sms", "send", "0813 5550 0002", "Petugas di sini.", **accounts)
            assert code == 0, told
            assert "delivered" in told
            assert "Petugas di sini." in said_to(modem, OTHER)

            for _ in range(5):  # told every five seconds, by a process that may be busy
                code, told = await command(sigap, "sms", "status", **accounts)
                if "works: in order" in told:
                    break
            assert "works: in order" in told, told
            assert str(modem.device) in told

            sigap.process.send_signal(signal.SIGKILL)  # what the SIM holds now is nobody's but the SIM's
            await sigap.process.wait()
            write(OTHER, "kebakaran di Kadia, ada anak di dalam")

        code, told = await command(sigap, "sms", "status", **accounts)
        assert modem.sim.stored

        async with served(data, port, **accounts):
            await until(lambda: "Pesan masuk" in said_to(modem, OTHER))
            await until(lambda: not modem.sim.stored)
            assert said_to(modem, CITIZEN).count("Pesan masuk") == 1
