"""SMPP 3.4, octet by octet: frames, what we ask of an SMSC, and the messages that it hands over.

A frame that cannot be one raises ``Garbled``: nothing that follows it can be trusted. What stands inside a frame never
raises: a message whose octets end too soon is read as far as it goes and is not ``whole``.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

LONGEST: Final = 128 * 1024  # octets of a frame: message_payload may hold 64 k
VERSION: Final = 0x34
RESPONSE: Final = 0x80000000  # the bit that makes a response of a request
_HEAD: Final = struct.Struct("!IIII")


class Command(IntEnum):
    """What a frame is. A response bears ``RESPONSE`` as well."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103


class Tlv(IntEnum):
    """Optional parameters that are read."""

    DEST_ADDR_SUBUNIT = 0x0005
    RECEIPTED_MESSAGE_ID = 0x001E
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class Garbled(Exception):
    """Octets that are no frame."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One frame."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    @property
    def octets(self) -> bytes:
        return _HEAD.pack(_HEAD.size + len(self.body), self.command, self.status, self.sequence) + self.body


async def read_frame(reader: asyncio.StreamReader) -> Pdu:
    """The next frame. Raises Garbled, asyncio.IncompleteReadError, OSError."""
    length, command, status, sequence = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    if not _HEAD.size <= length <= LONGEST:
        raise Garbled(f"a frame of {length} octets")
    return Pdu(command, status, sequence, await reader.readexactly(length - _HEAD.size))


@dataclass(frozen=True, slots=True)
class Address:
    """A number or name, its type of number and its numbering plan."""

    digits: str
    ton: int = 0
    npi: int = 0

    @property
    def octets(self) -> bytes:
        return bytes((self.ton & 0xFF, self.npi & 0xFF)) + c_string(self.digits)


@dataclass(frozen=True, slots=True)
class Submit:
    """One SMS, or one part of one, that is to leave."""

    source: Address
    to: Address
    octets: bytes  # with its header where ``headed``
    coding: int
    headed: bool = False
    validity: str = ""  # in SMPP's own form
    service_type: str = ""
    priority: int = 0

    @property
    def body(self) -> bytes:
        """Replaces nothing that waits, is asked to be reported on, and fits: at most 254 octets of text."""
        esm_class = 0x40 if self.headed else 0
        times = c_string("") + c_string(self.validity)
        addressed = c_string(self.service_type) + self.source.octets + self.to.octets
        said = bytes((1, 0, self.coding, 0, len(self.octets))) + self.octets
        return addressed + bytes((esm_class, 0, self.priority)) + times + said


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """A deliver_sm or a data_sm: an SMS, a part of one, or a delivery receipt."""

    source: Address = Address("")
    to: Address = Address("")
    esm_class: int = 0
    coding: int = 0
    octets: bytes = b""  # short_message or message_payload, whichever was used
    tlvs: Mapping[int, bytes] = field(default_factory=dict)
    whole: bool = True  # False: the octets ended too soon

    def number(self, tag: Tlv) -> int | None:
        """The figure of an optional parameter."""
        octets = self.tlvs.get(tag)
        return int.from_bytes(octets) if octets else None


class _Short(Exception):
    """The octets end before the field does."""


@dataclass(slots=True)
class _Octets:
    rest: bytes

    def take(self, length: int) -> bytes:
        if length > len(self.rest):
            raise _Short
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def one(self) -> int:
        return self.take(1)[0]

    def string(self) -> str:
        text, found, rest = self.rest.partition(b"\0")
        if not found:
            raise _Short
        self.rest = rest
        return text.decode("latin-1")

    def address(self) -> Address:
        ton, npi = self.one(), self.one()
        return Address(self.string(), ton, npi)

    def tlvs(self) -> dict[int, bytes]:
        """One that is cut off holds what there is of it."""
        found = {}
        while len(self.rest) >= 4:
            tag, length = struct.unpack("!HH", self.take(4))
            found[tag] = self.take(min(length, len(self.rest)))
        return found


def read_message(command: int, body: bytes) -> ShortMessage:
    """The body of a deliver_sm, a submit_sm (the same form) or a data_sm. Never raises."""
    octets, read = _Octets(body), _Fields()
    try:
        _read_fields(octets, command == Command.DATA_SM, read)
    except _Short:
        read.whole = False
    return ShortMessage(read.source, read.to, read.esm_class, read.coding, read.octets, read.tlvs, read.whole)


@dataclass(slots=True)
class _Fields:
    """What was read before the octets ended."""

    source: Address = Address("")
    to: Address = Address("")
    esm_class: int = 0
    coding: int = 0
    octets: bytes = b""
    tlvs: dict[int, bytes] = field(default_factory=dict)
    whole: bool = True


def _read_fields(octets: _Octets, is_data: bool, read: _Fields) -> None:
    octets.string()  # service_type
    read.source = octets.address()
    read.to = octets.address()
    read.esm_class = octets.one()
    if is_data:
        octets.one()  # registered_delivery
        read.coding = octets.one()
    else:
        octets.take(2)  # protocol_id, priority_flag
        octets.string()  # schedule_delivery_time
        octets.string()  # validity_period
        octets.take(2)  # registered_delivery, replace_if_present_flag
        read.coding = octets.one()
        octets.one()  # sm_default_msg_id
        length = octets.one()
        read.whole = length <= len(octets.rest)
        read.octets = octets.take(min(length, len(octets.rest)))
    read.tlvs = octets.tlvs()
    read.octets = read.octets or read.tlvs.get(Tlv.MESSAGE_PAYLOAD, b"")


def bind_body(system_id: str, password: str, system_type: str, address: Address) -> bytes:
    """``address``: the numbers whose SMS are wanted; empty for all of the account's."""
    who = c_string(system_id) + c_string(password) + c_string(system_type)
    return who + bytes((VERSION,)) + address.octets


def message_id_of(body: bytes) -> str:
    """The message id in a submit_sm_resp."""
    return body.partition(b"\0")[0].decode("latin-1").strip()


def c_string(text: str) -> bytes:
    return text.encode("ascii", "replace") + b"\0"


def relative_time(length: timedelta) -> str:
    """YYMMDDhhmmss000R, from whenever the SMSC gets it."""
    seconds = max(1, int(length.total_seconds()))
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"0000{min(days, 30):02}{hour:02}{minute:02}{second:02}000R"


def absolute_time(moment: datetime) -> str:
    """YYMMDDhhmmss000+, in UTC, as ``moment`` is."""
    return f"{moment:%y%m%d%H%M%S}000+"
