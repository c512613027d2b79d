"""A serial device without Gammu: is there a modem behind it, which one, and whose is it?

Gammu takes 12 s to find out that a device is mute, and a stick has three or four devices of which one answers. The
lock on the device keeps two children (of two lines, or of two processes) from talking to one modem.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import select
import termios
import time
from collections.abc import Sequence
from typing import Final

ANSWER: Final = 1.5  # seconds
LONGEST: Final = 65536  # octets of an answer; more is a device that babbles
_END: Final = re.compile(rb"^(OK|ERROR|\+CM[ES] ERROR:.*)\r?$", re.MULTILINE)


class NoModem(Exception):
    """Not this device, and why."""


class ModemPort:
    """One device, opened and locked until ``close`` or until this process ends."""

    def __init__(self, device: str) -> None:
        self.device = device
        try:
            self._fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            raise NoModem(_why(error)) from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._make_raw()
        except (OSError, termios.error) as error:
            os.close(self._fd)
            busy = isinstance(error, BlockingIOError)
            raise NoModem("another line uses it" if busy else str(error)) from None

    def close(self) -> None:
        os.close(self._fd)

    def lend(self) -> None:
        """Let Gammu have the lock: it locks the device itself, and holds that as long as it lives."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def identify(self) -> str:
        """The IMEI. Raises NoModem for a device that does not speak."""
        self._write(b"\x1b")  # out of an SMS that somebody began and never ended
        if self.ask("AT") is None and self.ask("AT") is None:
            raise NoModem("no answer to AT")
        for command in ("AT+CGSN", "AT+CGSN", "AT+GSN"):  # an answer may still belong to the process before us
            if found := re.search(r"\b(\d{14,16})\b", self.ask(command) or ""):
                return found[1]
        return ""

    def ask(self, command: str, seconds: float = ANSWER) -> str | None:
        """The answer up to its last line, or None when there is none."""
        self._drain()
        self._write(command.encode("ascii") + b"\r")
        answer, until = b"", time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and len(answer) < LONGEST:
            if select.select([self._fd], [], [], left)[0]:
                answer += self._read()
            if _END.search(answer):
                return answer.decode("latin1")
        return None

    def _make_raw(self) -> None:
        mode = termios.tcgetattr(self._fd)
        mode[0] = mode[1] = mode[3] = 0
        mode[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        mode[4] = mode[5] = termios.B115200
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._fd, termios.TCSANOW, mode)

    def _drain(self) -> None:
        until = time.monotonic() + ANSWER
        while time.monotonic() < until and select.select([self._fd], [], [], 0)[0]:
            self._read()

    def _read(self) -> bytes:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise NoModem(_why(error)) from None
        if not data:
            raise NoModem("unplugged")
        return data

    def _write(self, data: bytes) -> None:
        try:
            os.write(self._fd, data)
        except OSError as error:
            raise NoModem(_why(error)) from None


def _why(error: OSError) -> str:
    return "unplugged" if error.errno == errno.EIO else (error.strerror or str(error))


def find_modem(devices: Sequence[str], imei: str) -> tuple[ModemPort, str]:
    """The first device with a modem behind it that nobody else uses, or the one with that IMEI. Raises NoModem."""
    why = []
    for device in devices:
        try:
            port = ModemPort(device)
        except NoModem as error:
            why.append(f"{device}: {error}")
            continue
        try:
            found = port.identify()
        except NoModem as error:
            why.append(f"{device}: {error}")
        else:
            if imei in ("", found):
                return port, found
            why.append(f"{device}: IMEI {found or 'unknown'}")
        port.close()
    raise NoModem("; ".join(why) or "no such device")
