"""A GSM modem on a pty: enough AT for Gammu's `at` driver, and every fault of ``faults``.

    with AtModem(folder / "ttyUSB0") as modem:
        modem.receive(pdu.deliver("+6281355500001", "Tolong!"))
        ...
        assert modem.sim.texts == ["Petugas menuju lokasi."]

One thread a modem, so that it answers whatever its computer does. ``unplug`` and ``plug`` move it to another name.
"""

from __future__ import annotations

import heapq
import itertools
import os
import pty
import re
import select
import threading
import time
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.modems.commands import Answers
from tests.modems.faults import SUBMITTED, Fault, Faults
from tests.modems.sim import Sim

OK: Final = b"\r\nOK\r\n"
RING_EVERY: Final = 0.5  # seconds


class AtModem:
    """The modem. ``latency``: seconds that the network takes for an SMS."""

    def __init__(
        self,
        device: Path,
        imei: str = "866262000000001",
        *,
        sim: Sim | None = None,
        latency: float = 0.02,
        at_once: bool = False,
    ) -> None:
        self.device, self.imei, self.latency = device, imei, latency
        self.at_once = at_once  # says flash SMS and reports at once, and does not store them
        self.sim = sim or Sim()
        self.faults = Faults()
        self.commands: deque[str] = deque(maxlen=5000)
        self.rejected = 0  # calls
        self.writes: list[float] = []  # when an SMS left, by the monotonic clock
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._master = self._slave = -1
        self._wake_read, self._wake_write = os.pipe()
        self._count = itertools.count()

    # ---- hands

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def plug(self, device: Path | None = None) -> None:
        """Plug it in, under another name if one is given. It has power again: nothing is left of what it was told."""
        self.device = device or self.device
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._answers = Answers(self)
        self._input, self._prompting, self._deaf_until = b"", 0, 0.0
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._ringing = ""
        self._plugged = True
        self.device.unlink(missing_ok=True)
        self.device.symlink_to(os.ttyname(self._slave))
        self._thread = threading.Thread(target=self._run, name=f"modem {self.imei}", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable: the device is gone, whoever has it open gets an error."""
        if self._thread is None:
            return
        self._plugged = False
        os.write(self._wake_write, b"x")
        self._thread.join()
        self._thread = None
        self.device.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)

    # ---- what the network does

    def receive(self, *pdus: bytes) -> None:
        """Let SMS arrive; what finds no room waits outside."""
        with self._lock:
            self.sim.outside.extend(pdus)
        self.after(0.0, self.fetch)

    def ring(self, caller: str, seconds: float = 5.0) -> None:
        """Let the telephone ring until it is rejected or ``seconds`` have passed; caller "" is hidden."""
        self._ringing = caller or "hidden"
        self.after(0.0, self._ring)
        self.after(seconds, self.silence)

    def silence(self) -> None:
        self._ringing = ""

    def reject(self) -> None:
        self.rejected += 1 if self._ringing else 0
        self.silence()

    def say(self, line: str) -> None:
        """An unsolicited line."""
        self.write(f"\r\n{line}\r\n".encode())

    # ---- the modem

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something on the modem's own thread."""
        with self._lock:
            heapq.heappush(self._later, (time.monotonic() + seconds, next(self._count), act))
        os.write(self._wake_write, b"x")

    def fetch(self) -> None:
        """Take in what waits outside, and announce it as CNMI was told."""
        with self._lock:
            if not self._plugged:
                return
            while (slot := self.sim.take()) is not None:
                self._answers.announce(slot, self.sim.stored[slot][1])

    def write(self, data: bytes) -> None:
        try:
            os.write(self._master, data)
        except (BlockingIOError, OSError):
            return  # nobody reads

    def _ring(self) -> None:
        if self._ringing:
            self.say("RING")
            if self._ringing != "hidden":
                self.say(f'+CLIP: "{self._ringing}",145,,,,0')
            self.after(RING_EVERY, self._ring)

    def _run(self) -> None:
        while self._plugged:
            with self._lock:
                due = self._later[0][0] - time.monotonic() if self._later else None
            if due is not None and due <= 0:
                with self._lock:
                    _, _, act = heapq.heappop(self._later)
                act()
                continue
            ready, _, _ = select.select([self._master, self._wake_read], [], [], due)
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if self._master in ready:
                self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except OSError:
            time.sleep(0.01)
            return
        if time.monotonic() < self._deaf_until:
            return
        self._input += data
        while self._take_line():
            pass

    def _take_line(self) -> bool:
        """Handle one command, or one PDU behind the prompt; false when none is complete."""
        ends = rb"[\x1a\x1b]" if self._prompting else rb"[\r\x1a\x1b]"
        found = re.search(ends, self._input)
        if found is None:
            return False
        line, end = self._input[: found.start()], found[0]
        self._input = self._input[found.end() :]
        if self._answers.echo:
            self.write(line + end)
        if self._prompting:
            expected, self._prompting = self._prompting, 0
            if end == b"\x1a":
                self._meet(SUBMITTED, lambda: self._submit(line, expected))
            else:
                self.write(OK)
        elif end == b"\r" and line.strip():
            self._command(line.decode("latin1").strip())
        return True

    def _command(self, command: str) -> None:
        self.commands.append(command)
        self._meet(command, lambda: self._do(command))

    def _do(self, command: str) -> bytes:
        if found := re.match(r"AT\+CMGS=(\d+)", command, re.IGNORECASE):
            self._prompting = int(found[1])
            return b"\r\n> "
        with self._lock:
            return self._answers.to(command)

    def _meet(self, command: str, work: Callable[[], bytes]) -> None:
        fault = self.faults.strike(command)
        if fault is None:
            return self.write(work())
        if fault.deaf:
            self._deaf_until = time.monotonic() + fault.deaf
        return self._fail(fault, work)

    def _fail(self, fault: Fault, work: Callable[[], bytes]) -> None:
        if fault.right:
            self.after(fault.seconds, lambda: self.write(work()))
            return
        if fault.after_work:
            work()
        self.after(fault.seconds, lambda: self.write(fault.answer))

    def _submit(self, line: bytes, expected: int) -> bytes:
        """An SMS-SUBMIT: refused where it is wrong or nothing can carry it, else it leaves."""
        try:
            raw = bytes.fromhex(line.decode("ascii").strip())
        except ValueError:
            return b"\r\n+CMS ERROR: 304\r\n"
        if len(raw) - raw[0] - 1 != expected:
            return b"\r\n+CMS ERROR: 304\r\n"
        if not self.sim.reachable:
            return b"\r\n+CMS ERROR: 331\r\n"
        with self._lock:
            reference = self.sim.submit(raw)
            sent = self.sim.sent[-1]
            self.writes.append(time.monotonic())
        if sent.report and self.sim.report_after is not None:
            self.after(self.sim.report_after, lambda: self._report(self.sim.report_on(reference, sent)))
        time.sleep(self.latency)
        return b"\r\n+CMGS: %d\r\n" % reference + OK

    def _report(self, report: bytes) -> None:
        with self._lock:
            self.sim.outside.append(report)
        self.fetch()
