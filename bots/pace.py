"""How fast a provider lets us send: per account and per chat, and the pauses that it asks for."""

from __future__ import annotations

from datetime import datetime, timedelta

from bots.channel import Limits

AccountKey = tuple[str, str]  # channel, account name
FEW = 1_000  # chats that may be remembered for longer than needed


class Pace:
    """Remembers when each account and chat may send again. One a process; a provider's own 429 corrects the rest."""

    def __init__(self) -> None:
        self._account: dict[AccountKey, datetime] = {}
        self._chat: dict[tuple[AccountKey, str], datetime] = {}
        self._most = FEW  # chats from which on those that may send again are forgotten

    def __len__(self) -> int:
        """Chats remembered."""
        return len(self._chat)

    def ready_at(self, account: AccountKey, chat: str, now: datetime) -> datetime:
        """When the next message to ``chat`` may leave."""
        # The account may run ahead by one second's worth: a burst that providers allow.
        from_account = self._account.get(account, now) - timedelta(seconds=1)
        return max(now, from_account, self._chat.get((account, chat), now))

    def spend(self, account: AccountKey, chat: str, limits: Limits, now: datetime, senders: int = 1) -> None:
        """One message leaves now. What a provider allows is shared out among ``senders`` processes."""
        gap = timedelta(seconds=senders / limits.per_second)
        self._account[account] = max(now, self._account.get(account, now)) + gap
        if limits.per_chat_seconds:
            self._chat[account, chat] = now + timedelta(seconds=limits.per_chat_seconds)
        if len(self._chat) > self._most:
            self._chat = {key: at for key, at in self._chat.items() if at > now}
            self._most = max(FEW, 2 * len(self._chat))

    def pause(self, account: AccountKey, chat: str | None, until: datetime) -> None:
        """The provider said when to come back; ``chat`` None: with anything at all."""
        if chat is None:
            self._account[account] = max(until + timedelta(seconds=1), self._account.get(account, until))
        else:
            self._chat[account, chat] = max(until, self._chat.get((account, chat), until))
