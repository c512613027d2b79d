"""Text that an operator typed, made safe to keep: no database takes NUL, and no encoding a lone surrogate."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def clean(typed: Any) -> Any:
    """The text without what cannot be stored; anything else as it is."""
    if not isinstance(typed, str):
        return typed
    return typed.replace("\0", "").encode("utf-8", "ignore").decode()


def clean_line(typed: Any) -> Any:
    """The text as one line: no breaks, no signs that nobody sees, one space at a time."""
    said = clean(typed)
    if not isinstance(said, str):
        return said
    seen = "".join(" " if unicodedata.category(sign) in _BREAKS else sign for sign in said if not _is_hidden(sign))
    return " ".join(seen.split())


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf"  # zero width, or turning the direction of what follows


_BREAKS = ("Cc", "Zl", "Zp")

Text = Annotated[str, BeforeValidator(clean), Field(max_length=20_000)]
Line = Annotated[str, BeforeValidator(clean_line), Field(max_length=200)]
