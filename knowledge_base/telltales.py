"""The words that must not reach somebody in silent mode by mistake, from ``telltales.yml``, read once."""

from __future__ import annotations

import re
from pathlib import Path

from knowledge_base.city_rows import Filled, Row
from knowledge_base.yaml_source import read_as

_WORD = re.compile(r"[^\W_]+")


class Telltales(Row):
    """``stems`` count wherever they stand in a word, ``numbers`` as whole words."""

    stems: tuple[Filled, ...]
    numbers: tuple[Filled, ...]

    def found(self, text: str) -> list[str]:
        """The words of ``text`` that tell, each once, in its order."""
        return list(dict.fromkeys(word for word in _WORD.findall(text.lower()) if self._tells(word)))

    def _tells(self, word: str) -> bool:
        return word in self.numbers or any(stem in word for stem in self.stems)


TELLTALES = read_as(Telltales, Path(__file__).with_name("telltales.yml"))
