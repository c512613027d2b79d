"""The test sets are strangers to the training phrases: no line of one stands, or nearly stands, in the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from nlu.exam import load_exams
from nlu.phrases import TrainingPhrase

SETS = sorted(path for path in Path(__file__).parent.glob("testset*") if path.is_dir())
_RUN = 4  # characters
_ALIKE = 0.8  # of the runs of four characters in both, over those in either (Jaccard)
_WORDS = 4  # fewer are written by everybody: "selamat pagi", "tolong tolong tolong"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _runs(texts: Iterable[str], known: dict[str, int]) -> sparse.csr_matrix:
    rows: list[int] = []
    columns: list[int] = []
    number = -1
    for number, text in enumerate(texts):
        plain = _plain(text)
        found = {plain[at : at + _RUN] for at in range(max(len(plain) - _RUN + 1, 1))}
        rows.extend([number] * len(found))
        columns.extend(known.setdefault(run, len(known)) for run in sorted(found))
    ones = np.ones(len(rows), np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(number + 1, 400_000))


def near_duplicates(texts: list[str], others: list[str]) -> list[tuple[float, str, str]]:
    """Pairs that share too much, the most alike first."""
    known: dict[str, int] = {}
    first, second = _runs(texts, known), _runs(others, known)
    sizes, lengths = np.asarray(first.sum(axis=1)).ravel(), np.asarray(second.sum(axis=1)).ravel()
    shared = (first @ second.T).tocoo()
    alike = shared.data / (sizes[shared.row] + lengths[shared.col] - shared.data)
    close = np.flatnonzero(alike >= _ALIKE)
    pairs = [(float(alike[at]), texts[shared.row[at]], others[shared.col[at]]) for at in close]
    return sorted((pair for pair in pairs if len(_plain(pair[1]).split()) >= _WORDS), reverse=True)


@pytest.mark.parametrize("folder", SETS, ids=[path.name for path in SETS])
def test_no_line_of_a_test_set_was_taught(folder: Path, phrases: list[TrainingPhrase]) -> None:
    pairs = near_duplicates([exam.text for exam in load_exams([folder])], [phrase.text for phrase in phrases])
    assert pairs == []


def test_a_near_copy_is_found() -> None:
    (pair,) = near_duplicates(["Rumah tetangga terbakar di lorong!"], ["rumah tetangga terbakar di lorong", "api"])
    assert pair[0] == 1.0
