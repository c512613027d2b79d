"""Delivery receipts: what they say, and which SMS they mean.

The id in a receipt is often not the one that the SMSC gave when it took the SMS: one of both is hexadecimal, the other
decimal, padded or not. What fits an SMS of this process shows how an SMSC does it, and it is believed from then on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sms_gateway.smpp_pdu import ShortMessage, Tlv

State = Literal["delivered", "failed"]
Form = Literal["same", "hexadecimal", "decimal"]  # how to write the receipt's id so that it is the response's
FORMS: Final[tuple[Form, ...]] = ("same", "hexadecimal", "decimal")

REMEMBERED: Final = 20_000  # ids of SMS that this process sent
LONGEST: Final = 80  # characters of an id that are kept
_KIND: Final = 0x3C  # of esm_class
_RECEIPTS: Final = (0x04, 0x20)  # final, and on the way
_STATES: Final = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 8: "REJECTD"}
_WHY: Final = {
    "EXPIRED": "not delivered before it ran out",
    "DELETED": "deleted by the SMSC",
    "UNDELIV": "not obtainable",
    "REJECTD": "rejected by the network",
    "UNKNOWN": "the SMSC does not know what became of it",
}
_FIELD: Final = re.compile(r"\b(id|stat|err):([^\s:]*)", re.IGNORECASE)
_ITS_TEXT: Final = re.compile(r"\btext:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one part. ``state`` None: the SMSC still tries."""

    network_id: str
    state: State | None
    error: str | None = None


def is_receipt(message: ShortMessage) -> bool:
    """Some SMSCs mark a receipt by its parameters alone. Words that look like one are not enough: a citizen writes."""
    parameters = Tlv.RECEIPTED_MESSAGE_ID in message.tlvs and Tlv.MESSAGE_STATE in message.tlvs
    return message.esm_class & _KIND in _RECEIPTS or parameters


def read_receipt(message: ShortMessage) -> Receipt | None:
    """None where it names no SMS. Parameters are believed before words."""
    words = _ITS_TEXT.split(message.octets.decode("latin-1"), maxsplit=1)[0]
    said = {name.lower(): value for name, value in reversed(_FIELD.findall(words))}
    told = message.tlvs.get(Tlv.RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].decode("latin-1").strip()
    network_id = told or said.get("id", "")
    if not network_id:
        return None
    number = message.number(Tlv.MESSAGE_STATE)
    # A state that is sent along but that nobody knows counts as what it is: unknown.
    word = said.get("stat", "UNKNOWN").upper()[:7] if number is None else _STATES.get(number, "UNKNOWN")
    if word.startswith("DELIVRD"):
        return Receipt(network_id, "delivered")
    if word in ("ENROUTE", "ACCEPTD", "BUFFERE", "BUFFRED", "QUEUED", "SCHEDUL"):
        return Receipt(network_id, None)
    code = said.get("err", "").strip("0")
    why = _WHY.get(word, f"state {word}")
    return Receipt(network_id, "failed", f"{why} (error {said['err']})" if code else why)


@dataclass(slots=True)
class Ids:
    """The ids of what this process sent over one line, and how its SMSC writes them in receipts."""

    form: Form | None = None  # as far as one of ours has shown it
    _ours: dict[str, None] = field(default_factory=dict)

    def note(self, network_id: str) -> str:
        """An SMS left under ``network_id``; returns the form in which it is kept."""
        kept = plain(network_id)
        self._ours[kept] = None
        if len(self._ours) > REMEMBERED:
            del self._ours[next(iter(self._ours))]
        return kept

    def meant(self, network_id: str) -> Sequence[str]:
        """The ids under which the SMS may be kept that a receipt calls ``network_id``, likeliest first."""
        written = {form: rewritten(network_id, form) for form in FORMS}
        ours = [form for form, one in written.items() if one in self._ours]
        if len(ours) == 1 and written[ours[0]]:
            self.form = ours[0]
        if ours:
            form = self.form if self.form in ours else ours[0]
            return [written[form]]
        if self.form and written[self.form]:
            return [written[self.form]]
        return list(dict.fromkeys(one for one in written.values() if one))


def plain(network_id: str) -> str:
    """Without what only fills it up."""
    return network_id.strip().lower().lstrip("0")[:LONGEST] or "0"


def rewritten(network_id: str, form: Form) -> str:
    """``network_id`` as ``form``; "" where it cannot be."""
    name = plain(network_id)
    try:
        if form == "hexadecimal":
            return f"{int(name):x}" if name.isascii() and name.isdigit() else ""
        return str(int(name, 16)) if form == "decimal" and name.isalnum() else name if form == "same" else ""
    except ValueError:
        return ""
