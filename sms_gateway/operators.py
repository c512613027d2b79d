"""What is known of the operators whose SIM a modem may hold: data, in ``operators.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

AUTO: Final = "auto"  # for a line's ``ussd``: whatever its operator uses


def credit_code(wanted: str, network: str | None) -> str:
    """The USSD code that tells the credit, or "" for none: ``wanted``, or for AUTO that of the ``network`` in use."""
    if wanted != AUTO:
        return wanted
    called = (network or "").lower()
    return next((one["ussd"] for one in _operators().values() if _is_named(one, called)), "")


def _is_named(operator: Mapping[str, Any], called: str) -> bool:
    words = called.replace("-", " ").split()
    return any(str(name) in (called, *words) for name in operator["names"])


@cache
def _operators() -> Mapping[str, Any]:
    text = Path(__file__).with_name("operators.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
