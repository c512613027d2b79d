"""One text as the SMS that carry it, and what became of them: which parts left, which may have, and why not."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sms_gateway.gateway import SmsFailed
from sms_gateway.modem_link import CallFailed
from sms_gateway.segments import Encoding, encoding_of, split

REST: Final = 5.0  # seconds that a modem without an answer is given
PACE: Final = 60 / 8  # seconds that a modem takes for an SMS, as most do
LONGEST_REST: Final = 30.0
# +CMS errors with which another try cannot help: TS 24.011, annex E, and TS 27.005, 3.2.5.
FOR_GOOD: Final = {
    1: "no such number",
    8: "the operator bars it",
    10: "the SIM may not send",
    28: "the recipient is unknown",
    30: "the subscriber is unknown",
    50: "the SIM may not send SMS",
    304: "the modem does not take this SMS",
    305: "the modem does not take this SMS",
}
KNOWN: Final = {
    21: "the network rejected it",
    27: "the recipient cannot be reached",
    38: "the network is out of order",
    41: "the network failed for now",
    42: "the network is congested",
    69: "the network does not offer that",
    310: "no SIM",
    311: "the SIM wants its PIN",
    322: "the SIM is full",
    330: "the SMSC number is unknown",
    331: "no network",
    332: "the network did not answer",
    500: "the network or the modem refused it, and did not say why (no credit?)",
}
UNANSWERED: Final = 332  # it may have arrived


@dataclass(slots=True)
class Letter:
    """One text on its way out. ``left`` parts are gone: another try goes on behind them."""

    to: str
    parts: tuple[str, ...]
    encoding: Encoding
    joint: int  # the number by which the telephone joins the parts; the same for another try
    reference: str
    left: int = 0

    @property
    def done(self) -> bool:
        return self.left == len(self.parts)

    @property
    def header(self) -> bytes:
        """The user data header of the next part. Eight bits for the number: sixteen would take room from the text."""
        if len(self.parts) == 1:
            return b""
        return bytes([0, 3, self.joint, len(self.parts), self.left + 1])


def letter_for(key: int, to: str, text: str) -> Letter:
    digest = hashlib.sha256(f"{key}\0{to}\0{text}".encode()).digest()
    return Letter(to, tuple(split(text)), encoding_of(text), digest[0], secrets.token_hex(8))


def validity_of(span: timedelta) -> str:
    """The longest time of Gammu's form that is not longer than ``span``: steps of 5 min, 30 min, days, weeks."""
    minutes = int(span.total_seconds() // 60)
    if minutes <= 12 * 60:
        return f"{max(5, minutes - minutes % 5)}M"
    if minutes <= 24 * 60:
        return f"{minutes // 60}H"
    return f"{min(30, minutes // 1440)}D" if minutes <= 31 * 1440 else f"{min(63, minutes // 10080)}W"


def busy_with(waiting: int, letter: Letter, *, urgent: bool) -> SmsFailed:
    """``waiting`` SMS stand in line, this one with them: it comes again once they may have left, the urgent soon."""
    again = REST if urgent else min(LONGEST_REST, max(REST, PACE * (waiting - 1)))
    return SmsFailed(f"the modem is busy{_place(letter)}", permanent=False, retry_after=again, busy=True)


def _place(letter: Letter) -> str:
    return f" (part {letter.left + 1} of {len(letter.parts)})" if len(letter.parts) > 1 else ""


def failure_of(error: CallFailed, letter: Letter) -> SmsFailed:
    """What a technician reads, and what the gateway may do next."""
    place = _place(letter)
    if error.code is None:
        doubt = " after it was handed to the modem" if error.left else ""
        return SmsFailed(f"{error.why}{doubt}{place}", permanent=False, retry_after=REST, doubt=error.left)
    why = FOR_GOOD.get(error.code) or KNOWN.get(error.code) or "refused"
    return SmsFailed(
        f"{why}, +CMS ERROR {error.code}{place}",
        permanent=error.code in FOR_GOOD,
        retry_after=None if error.code in FOR_GOOD else REST,
        doubt=error.code == UNANSWERED,
    )
