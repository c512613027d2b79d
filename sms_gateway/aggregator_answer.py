"""What an aggregator's answer to a submission means. Pure.

Where no rule of the description fits:

    2xx, 500, 502, 504 and the like   doubtful: it may have left
    429                               throttled, for as long as Retry-After says, or 30 s
    401, 403, 404, 405, 3xx           failed: account or address are wrong, which somebody must mend
    503, 408 and other 4xx            failed: it did not take the SMS
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from sms_gateway.aggregator_file import Answer, Rule
from sms_gateway.aggregator_words import first_said, holds
from sms_gateway.gateway import SmsFailed

REST: Final = 30.0  # seconds, after "too many" without a word on how long
MENDING: Final = 300.0  # seconds, after what only somebody's hand can mend
LONGEST_REST: Final = 3600.0
_NOT_TAKEN: Final = {408, 503}
_WRONG: Final = {401, 403, 404, 405, 407, 410}


def reference_in(
    answer: Answer, status: int, headers: Mapping[str, str], body: bytes, otherwise: str, now: datetime
) -> str:
    """The reference that receipts will carry; ``otherwise`` where the answer has none. ``headers`` by lower-case names.

    Raises SmsFailed, whose reason is the aggregator's own: whoever shows it masks it, and then cuts it.
    """
    read = read_answer(answer, body)
    rule = next((one for one in answer.rules if _fits(one, status, read)), None)
    means = rule.means if rule else _usual(status)
    if means == "sent":
        return first_said(read, answer.reference)[:160] or otherwise
    words = (rule.because if rule else "") or first_said(read, answer.reason) or f"HTTP {status}"
    raise SmsFailed(
        f"the aggregator says: {words}",
        permanent=means == "permanent",
        retry_after=_rest(rule, means, status, headers, now),
        doubt=means == "doubtful",
    )


def read_answer(answer: Answer, body: bytes) -> object:
    """The places of an answer; nothing where it is not of its form."""
    text = body.decode("utf-8", "replace")
    if answer.pattern is not None:
        found = re.search(answer.pattern, text)
        return found.groupdict() if found else None
    if answer.form == "form":
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _fits(rule: Rule, status: int, read: object) -> bool:
    known = not rule.status or str(status) in rule.status or f"{status // 100}xx" in rule.status
    return known and holds(read, rule.where)


def _usual(status: int) -> str:
    if status == 429:
        return "throttled"
    if status in _NOT_TAKEN or 300 <= status < 500:
        return "failed"
    return "doubtful"


def _rest(rule: Rule | None, means: str, status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    if means not in ("throttled", "failed"):
        return None
    if (asked := _asked(headers.get("retry-after", ""), now)) is not None:
        return asked
    if rule and rule.retry_after:
        return rule.retry_after
    if means == "throttled":
        return REST
    return MENDING if not rule and (status in _WRONG or 300 <= status < 400) else None


def _asked(word: str, now: datetime) -> float | None:
    """Retry-After: seconds, or a date."""
    if word.isascii() and word.isdecimal() and len(word) < 10:
        return min(max(1.0, float(word)), LONGEST_REST)
    try:
        return min(max(1.0, (email.utils.parsedate_to_datetime(word) - now).total_seconds()), LONGEST_REST)
    except (ValueError, TypeError, OverflowError):
        return None
