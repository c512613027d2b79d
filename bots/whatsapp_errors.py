"""What the Graph API's refusals mean for a message: never again, later, or not before somebody mends the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bots.channel import SendFailed, Unreadable
from bots.door import fields, read_json, said, whole

# Seconds to wait, and for whom, by Meta's code.
WAITS: Final[dict[int, tuple[str, float | None]]] = {
    131056: ("chat", 6.0),  # too many to one person: one message in six seconds
    131000: ("chat", None),  # "something went wrong"
    1: ("chat", None),
    2: ("account", 5.0),  # service down
    131016: ("account", 5.0),
    130429: ("account", 5.0),  # more than the number's messages a second
    4: ("account", 60.0),  # more than the app's calls an hour
    80007: ("account", 60.0),  # more than the business account's calls an hour
    131057: ("account", 60.0),  # number under maintenance
    133004: ("account", 60.0),
    131048: ("account", 600.0),  # too many were marked as spam
}
# The token or its rights: every message fails until somebody renews it, and none of them is to blame.
TOKEN: Final = frozenset((0, 3, 10, 102, 190, *range(200, 300)))
# The account is locked, unpaid, unregistered or unnamed: the same.
ACCOUNT: Final = frozenset((368, 131031, 131037, 131042, 131045, 133010))
UNKNOWN_OBJECT: Final = 33  # subcode of 100: no such phone_number_id, or not ours
MENDING: Final = 60.0  # seconds between two tries while an account waits to be mended


def refusal(status: int, body: bytes, headers: Mapping[str, str]) -> SendFailed:
    """A 4xx or 5xx as what it means. The code says more than the status, which may be 400 for everything."""
    try:
        error = fields(read_json(body), "error")
    except Unreadable:
        error = {}
    code = whole(error.get("code"))
    title = said(error, "message")[:120]
    if code in TOKEN or (code is None and status in (401, 403)):
        return _stopped("token refused", code, status)
    if code in ACCOUNT or error.get("error_subcode") == UNKNOWN_OBJECT:
        return _stopped(f"account: {title}", code, status)
    if code in WAITS:
        scope, wait = WAITS[code]
        return SendFailed(title or "later", permanent=False, retry_after=wait, scope=scope, code=str(code))
    if status == 429:
        wait = _seconds(headers.get("Retry-After", ""))
        return SendFailed("too many", permanent=False, retry_after=wait, scope="account", code=str(code or status))
    return SendFailed(title or f"status {status}", permanent=400 <= status < 500, code=str(code or status))


def _stopped(reason: str, code: int | None, status: int) -> SendFailed:
    return SendFailed(reason, permanent=False, retry_after=MENDING, scope="account", code=str(code or status))


def _seconds(header: str) -> float:
    return float(header) if header.isascii() and header.isdigit() else 5.0
