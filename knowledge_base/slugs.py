"""Names for the database and for files, made of what people call a thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from itertools import count

LONGEST = 60


def slug_of(title: str, taken: Container[str] = ()) -> str:
    """Small letters, digits and ``_``, beginning with a letter; counted up where it is taken. Never empty."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST].strip("_")
    name = name if name[:1].isalpha() else f"e_{name}".rstrip("_")
    return next(one for one in _counted(name) if one not in taken)


def _counted(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(2))
