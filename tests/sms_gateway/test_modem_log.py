"""What Gammu's log of one call tells, whatever else stands in it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sms_gateway.modem_log import may_have_left, prompt_came, refused_with

WIDTH = 16  # octets in a row of a dump


def dump(octets: bytes) -> str:
    """A frame as Gammu's ``textall`` shows it: hexadecimal, and what can be read of it beside."""
    rows = [octets[begin : begin + WIDTH] for begin in range(0, len(octets), WIDTH)]
    return "".join(f"{_hexadecimal(row):<{4 * WIDTH}}{_readable(row):<{WIDTH}}\n" for row in rows)


def _hexadecimal(row: bytes) -> str:
    return "|".join(f"{octet:02X}{chr(octet) if 32 < octet < 127 else ' '}" for octet in row)


def _readable(row: bytes) -> str:
    return "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)


def log_of_sms(septets: int, answer: str) -> str:
    """One submission of a text so long, as Gammu 1.45 logged it with a Huawei stick's words."""
    pdu = "079126185155000031000D91261853550000F100000B" + f"{septets:02X}" + "41" * ((septets * 7 + 7) // 8)
    command = f"AT+CMGS={len(pdu) // 2 - 8}"
    heard = f"{command}\r\r\n> {pdu}\x1a\r\n{answer}\r\n".encode()
    return (
        f"Entering GSM_SendSMS\nSMS Submit\n7 bit SMS, length {septets}\n{'A' * septets}\nWaiting for modem prompt\n"
        f'SENDING frame type 0x00/length 0x0B/11\n{dump(command.encode())}1 "{command}"\n2 "> "\nChecking line: > \n'
        f"Sending SMS\nSENDING frame\n{dump(pdu.encode())}SENDING frame type 0x00/length 0x01/1\n{dump(bytes([0x1A]))}"
        f'Leaving GSM_SendSMS\n1 "{command}"\n2 "> {pdu}"\n3 "{answer}"\nChecking line: {answer}\nAT reply state: 5\n'
        f"RECEIVED frame type 0x00/length 0x{len(heard):02X}/{len(heard)}\n{dump(heard)}Error 500\n"
    )


@pytest.mark.parametrize("kind", ["CMS", "CME"])
@given(septets=st.integers(1, 160), code=st.integers(0, 999))
@example(septets=1, code=500)
@example(septets=28, code=500)  # the row of the dump ends behind "+CMS ERROR: 50"
def test_the_code_is_the_modems_own_and_no_piece_of_it(kind: str, septets: int, code: int) -> None:
    log = log_of_sms(septets, f"+{kind} ERROR: {code}")
    assert refused_with(log) == code
    assert may_have_left(log)
    assert prompt_came(log)


@given(septets=st.integers(1, 160))
def test_what_did_not_refuse_has_no_code(septets: int) -> None:
    assert refused_with(log_of_sms(septets, "+CMGS: 50")) is None


@given(septets=st.integers(1, 160), octets=st.binary(max_size=60))
def test_a_code_in_the_middle_of_garbage_is_none(septets: int, octets: bytes) -> None:
    log = log_of_sms(septets, "OK") + f"RECEIVED frame\n{dump(octets + b'+CMS ERROR: 50' + octets)}"
    assert refused_with(log) is None
