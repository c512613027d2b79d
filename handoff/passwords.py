"""Operators' passwords: argon2id in a few threads of its own, never on the event loop."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

SHORTEST = 12  # characters of a password that somebody chose
LONGEST = 128
_FEWEST_SIGNS = 5  # different characters in it
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read wrong from a screen or a slip of paper


class Busy(Exception):
    """Too many passwords wait to be checked: somebody floods the login."""


class Passwords:
    """Hashes and checks. One check takes about 0.1 s of a core, so that at most ``threads`` run and few may wait."""

    WAITING = 16

    def __init__(self, hasher: PasswordHasher | None = None, *, threads: int = 1) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._under_way = 0
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises Busy."""
        return await self._run(lambda: self._hasher.hash(password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one behind ``kept``. None costs the same time and is false. Raises Busy."""
        return await self._run(lambda: self._fits(kept, password))

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= self.WAITING:
            raise Busy
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    def _fits(self, kept: str | None, password: str) -> bool:
        # Somebody who tries names must not learn from the time that a name does not exist.
        self._nobodys = self._nobodys or self._hasher.hash(secrets.token_hex())
        try:
            self._hasher.verify(kept or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None


def one_time() -> str:
    """A password to be read from a screen once: 60 bits in three groups of four."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))


def is_weak(password: str, *names: str) -> bool:
    """Too short, too uniform, or one of its owner's names with something around it."""
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < _FEWEST_SIGNS:
        return True
    plain = password.casefold()
    return any(len(name) > 2 and name.casefold() in plain for name in names)
