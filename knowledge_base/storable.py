"""What came in as JSON, as every database can keep it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps neither NUL nor a half of a character


DEEPEST = 20  # lists and objects within one another: no form of ours is deeper than four


def storable(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same without what no database keeps; numbers that are none become null.

    So does what lies deeper than any form: the form's own check then complains of the field (see `is_too_deep`).
    """
    return _object(body, DEEPEST)


def is_too_deep(body: Mapping[str, Any]) -> bool:
    """Whether anything lies deeper than any form has it: nobody wrote that by hand."""
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, Mapping | list | tuple)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value


def _object(body: Mapping[str, Any], levels: int) -> dict[str, Any]:
    return {_text(str(key)): _value(value, levels - 1) for key, value in body.items()}


def _value(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping | list | tuple) and not levels:
        return None
    if isinstance(value, Mapping):
        return _object(value, levels)
    if isinstance(value, list | tuple):
        return [_value(one, levels - 1) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value


def _text(text: str) -> str:
    return _UNSTORABLE.sub("", text)
