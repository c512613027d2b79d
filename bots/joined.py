"""Quick lines read together, ahead of the write: what a chat's last lines say joined with the new one.

Only a memory of this process, for the seconds in which lines make one thought: where it is wrong or empty, the turn
itself reads them together, at the price of holding the writer up.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from bots.gist import gist
from bots.thought import ONE_THOUGHT, joined_text, recent_lines
from bots.transcript import Lines, Turn
from nlu.understand import Understander

log = logging.getLogger(__name__)

MOST = 20_000  # chats remembered, however many wrote within those seconds

Chat = tuple[str, str, str, str]  # city, channel, account, chat


class Joined:
    """Understands joined lines, many at once."""

    def __init__(self, understander: Understander) -> None:
        self._understander = understander
        self._lines: OrderedDict[Chat, tuple[datetime, Lines]] = OrderedDict()  # with when the last came, oldest first

    def __len__(self) -> int:
        """Chats remembered."""
        return len(self._lines)

    def may_join(self, turn: Turn) -> bool:
        """Whether earlier lines may change what this one means."""
        return bool(turn.message.text and self._recent(turn))

    def understand(self, turns: Sequence[Turn]) -> None:
        """Leave with each turn what it says together with the lines before it."""
        texts = [joined_text(self._recent(turn), turn.message.text) for turn in turns]
        heard = [gist(text, turn.account.city, self._understander) for text, turn in zip(texts, turns, strict=True)]
        try:
            understood = self._understander.understand(heard)
        except Exception:  # the turn tries by itself, message by message, and gives to a person what it cannot do
            log.exception("joined lines could not be understood ahead")
            return
        for turn, text, one in zip(turns, texts, understood, strict=True):
            turn.joined[text] = one

    def remember(self, turns: Sequence[Turn]) -> None:
        """Keep the lines that the next one of the same chat will be read with."""
        for turn in turns:
            chat = _chat_of(turn)
            self._lines.pop(chat, None)
            if turn.lines:
                self._lines[chat] = turn.received_at, turn.lines
        if turns:
            self._forget(turns[-1].received_at - ONE_THOUGHT)

    def _forget(self, before: datetime) -> None:
        """Chats whose last line came before that, and the oldest where they are too many."""
        while self._lines:
            at, _ = next(iter(self._lines.values()))
            if at >= before and len(self._lines) <= MOST:
                return
            self._lines.popitem(last=False)

    def _recent(self, turn: Turn) -> Lines:
        _, lines = self._lines.get(_chat_of(turn), (None, ()))
        return recent_lines(lines, turn.message.sent_at)


def _chat_of(turn: Turn) -> Chat:
    return turn.account.city, turn.account.channel, turn.account.name, turn.message.chat
