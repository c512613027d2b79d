"""The trained weights: one file in the data folder, built at set-up, read without the library that trained them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.phrases import TrainingPhrase

VERSION = 3  # of the file's form and of what the columns mean: raise it whenever either changes

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights over units and grams: linear ones and those of a small net, already joined (see `nlu.train`).

    Columns are the labels of `heads`, head after head: kind, category (the emergencies and the other kinds), topic,
    severity, language; then the net's hidden layer. `rows[u]` is the whole contribution of unit u, its letters
    included; `sizes[u]` its share of the squared length. With `sum` the summed rows over the length, the logits are
    `sum[:labels] + bias + relu(sum[labels:] + hidden_bias) @ out`. `heating` (one a label), `second_look`
    and `thresholds` were fitted on phrases held out.
    """

    data_hash: str
    version: int
    heads: Mapping[str, tuple[str, ...]]
    known: tuple[str, ...]  # words as people write them, most frequent first
    units: tuple[str, ...]
    grams: tuple[str, ...]
    rows: Floats
    sizes: Floats
    gram_rows: Floats
    gram_sizes: Floats
    bias: Floats
    hidden_bias: Floats
    out: Floats
    second_look: Floats
    heating: Floats
    thresholds: Mapping[str, float]

    @classmethod
    def load(cls, path: Path) -> Model:
        """Raises FileNotFoundError, or ValueError for a file of another version or a damaged one."""
        with np.load(path, allow_pickle=False) as kept:
            notes: dict[str, Any] = json.loads(kept["notes"].tobytes())
            if notes["version"] != VERSION:
                raise ValueError(f"{path} holds model version {notes['version']}, this program reads {VERSION}: train")
            return cls(
                data_hash=notes["data_hash"],
                version=notes["version"],
                heads={head: tuple(labels) for head, labels in notes["heads"].items()},
                known=tuple(notes["known"]),
                units=tuple(notes["units"]),
                grams=tuple(notes["grams"]),
                rows=kept["rows"].astype(np.float32),
                sizes=kept["sizes"].astype(np.float32),
                gram_rows=kept["gram_rows"].astype(np.float32),
                gram_sizes=kept["gram_sizes"].astype(np.float32),
                bias=kept["bias"],
                hidden_bias=kept["hidden_bias"],
                out=kept["out"],
                second_look=kept["second_look"],
                heating=kept["heating"],
                thresholds=notes["thresholds"],
            )

    def save(self, path: Path) -> None:
        """Writes beside the final name, then renames: a reader never sees half a model."""
        notes = {
            "data_hash": self.data_hash,
            "version": self.version,
            "heads": dict(self.heads),
            "known": self.known,
            "units": self.units,
            "grams": self.grams,
            "thresholds": dict(self.thresholds),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + ".half")
        with half.open("wb") as file:
            np.savez(
                file,
                notes=np.frombuffer(json.dumps(notes).encode(), dtype=np.uint8),
                rows=self.rows.astype(np.float16),
                sizes=self.sizes.astype(np.float16),
                gram_rows=self.gram_rows.astype(np.float16),
                gram_sizes=self.gram_sizes.astype(np.float16),
                bias=self.bias,
                hidden_bias=self.hidden_bias,
                out=self.out,
                second_look=self.second_look,
                heating=self.heating,
            )
        half.replace(path)

    def is_stale(self, phrases: Iterable[TrainingPhrase], danger: Mapping[str, Any], slang: Mapping[str, str]) -> bool:
        """Whether phrases or rules differ from those that it was trained with."""
        return data_hash(phrases, danger, slang) != self.data_hash


def data_hash(phrases: Iterable[TrainingPhrase], danger: Mapping[str, Any], slang: Mapping[str, str]) -> str:
    """Names the training data: 16 hexadecimal digits, the same for the same phrases in any order."""
    lines = sorted(f"{one.intent}\t{one.city}\t{one.severity}\t{one.text}" for one in phrases)
    rules = json.dumps([danger, slang], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256("\n".join([str(VERSION), rules, *lines]).encode(errors="replace")).hexdigest()[:16]
