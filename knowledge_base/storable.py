"""What came in as JSON, as every database can keep it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps neither NUL nor a half of a character


def storable(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same without what no database keeps; numbers that are none become null."""
    return {_text(str(key)): _value(value) for key, value in body.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return storable(value)
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value


def _text(text: str) -> str:
    return _UNSTORABLE.sub("", text)
