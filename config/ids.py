"""Ids: 64-bit, ordered by time, made by the process and never by the database."""

from __future__ import annotations

import os
import random
import threading
import time


class _Ids:
    """64-bit ids, ordered by time: 42 bits of milliseconds since 2025, 10 of process, 11 of sequence.

    Made by the process, so that a row's id is known before it is written; never goes backward with the clock.
    """

    _START_MS = 1_735_689_600_000  # 2025-01-01T00:00Z

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = random.SystemRandom().getrandbits(10)
        self._last = 0
        os.register_at_fork(after_in_child=self._reseed)

    def _reseed(self) -> None:
        self._process = random.SystemRandom().getrandbits(10)

    def __call__(self) -> int:
        with self._lock:
            moment = (time.time_ns() // 1_000_000 - self._START_MS) << 11
            self._last = max(moment, self._last + 1)
            return ((self._last >> 11) << 21) | (self._process << 11) | (self._last & 0x7FF)


new_id = _Ids()
