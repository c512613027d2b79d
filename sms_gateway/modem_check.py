"""What keeps a modem from working, found in its settings and on this machine, without touching the modem."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sms_gateway.driver import Problem
from sms_gateway.modem_link import devices_of
from sms_gateway.numbers import to_e164
from sms_gateway.operators import AUTO

LONGEST_SEND: Final = 60.0  # seconds: more, and nothing would be left of the claim for waiting


def problems_of(options: Mapping[str, str], processes: Path = Path("/proc")) -> Iterator[Problem]:
    """``options`` of a line of the gammu driver."""
    if find_spec("gammu") is None:
        yield Problem(
            "python-gammu is not installed", "install it; its wheel carries Gammu, no other package is needed"
        )
    yield from _problems_of_words(options)
    yield from _problems_of_device(options.get("device", ""))
    if _runs("ModemManager", processes):
        yield Problem(
            "ModemManager runs: it takes the modem now and then, and answers go astray",
            "systemctl disable --now ModemManager, or a udev rule with ENV{ID_MM_DEVICE_IGNORE}=1 for this modem",
        )


def _problems_of_words(options: Mapping[str, str]) -> Iterator[Problem]:
    imei, pin, smsc, ussd = (options.get(word, "") for word in ("imei", "pin", "smsc", "ussd"))
    if imei and not re.fullmatch(r"\d{14,16}", imei):
        yield Problem(f"imei {imei!r} is no IMEI", "write the 15 digits that stand on the modem")
    if pin and not re.fullmatch(r"\d{4,8}", pin):
        yield Problem("pin is no PIN", "write its 4 to 8 digits, or take the PIN off the SIM and leave it out")
    if smsc and to_e164(smsc) != smsc:
        yield Problem(f"smsc {smsc!r} is no number", "write it as +62..., or leave it out: the SIM knows its own")
    if ussd != AUTO and ussd and not re.fullmatch(r"[*#][\d*#]+#", ussd):
        yield Problem(
            f"ussd {ussd!r} is no code that tells the credit", "write the operator's own, such as *888#, or auto"
        )
    for word in ("poll_seconds", "send_seconds", "ussd_hours"):
        if (value := options.get(word)) and not re.fullmatch(r"\d+(\.\d+)?", value):
            yield Problem(f"{word} {value!r} is no number", "write digits, or leave it out")
        elif value and word == "send_seconds" and float(value) > LONGEST_SEND:
            yield Problem(f"{word} {value!r} is too long", f"{LONGEST_SEND:g} at most; 18 suits most networks")


def _problems_of_device(pattern: str) -> Iterator[Problem]:
    if not pattern.startswith("/"):
        yield Problem("no device", "write its path, or a pattern such as /dev/ttyUSB*")
        return
    found = devices_of(pattern)
    if not found:
        yield Problem(
            f"no device {pattern}", "plug the modem in; `dmesg` tells its name (usb_modeswitch for old sticks)"
        )
    barred = [device for device in found if not os.access(device, os.R_OK | os.W_OK)]
    if barred:
        yield Problem(
            f"{', '.join(barred)} may not be opened by this user",
            "add the user to the group dialout, then log in again (or restart the service)",
        )


def _runs(name: str, processes: Path) -> bool:
    for file in processes.glob("[0-9]*/comm"):
        try:
            if file.read_text(encoding="utf-8", errors="replace").strip() == name:
                return True
        except OSError:
            continue  # it ended meanwhile
    return False
