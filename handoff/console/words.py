"""Text that an operator typed, made safe to keep: no database takes NUL, and no encoding a lone surrogate."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def clean(typed: Any) -> Any:
    """The text without what cannot be stored; anything else as it is."""
    if not isinstance(typed, str):
        return typed
    return typed.replace("\0", "").encode("utf-8", "ignore").decode()


Text = Annotated[str, BeforeValidator(clean), Field(max_length=20_000)]
Line = Annotated[str, BeforeValidator(clean), Field(max_length=200)]
