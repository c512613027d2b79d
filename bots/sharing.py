"""An address to which a provider posts what several accounts hear: Meta has one for all numbers of an app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bots.channel import Account, Delivery
from bots.message import Parsed


@dataclass(frozen=True, slots=True)
class Sorted:
    """One delivery by the accounts that it is for.

    ``stray`` says which part of it is for no account of ours: that is kept raw and shown to a human, and never
    answered from another account.
    """

    ours: tuple[tuple[Account, Parsed], ...]
    stray: str = ""


@runtime_checkable
class SharesAddress(Protocol):
    """A channel whose deliveries may be for other accounts than the one in the address."""

    def sort(self, account: Account, accounts: Sequence[Account], delivery: Delivery) -> Sorted:
        """Read one delivery to ``account``'s address; ``accounts`` are all of the channel.

        Raises BadSignature or Unreadable, nothing else.
        """
