"""Web chat: the citizen's own page (``bots.citizen_page``) posts here and fetches what it is told.

Credentials: none. Whoever holds a chat's token writes as the citizen of that chat (``bots.web_tokens``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar, Final

from bots.channel import Account, BadSignature, Delivery, Hear, Limits, Ports, SendFailed
from bots.door import read_json
from bots.message import Attachment, OutboundMessage, Parsed
from bots.web_messages import read_message
from bots.web_tokens import chat_of

SHOWN_BY: Final = "x-sigap-chat"


class Adapter:
    """Both directions of a city's web chat."""

    name: ClassVar[str] = "web"
    limits: ClassVar[Limits] = Limits(per_second=1000, per_chat_seconds=0.0, max_text=4096)

    def __init__(self, ports: Ports) -> None:
        self._clock = ports.clock

    def parse(self, account: Account, delivery: Delivery) -> Parsed:
        token = delivery.headers.get(SHOWN_BY, "")
        chat = chat_of(token)
        if delivery.method != "POST" or chat is None:
            raise BadSignature("no whole token")
        content = read_json(delivery.body)
        now = self._clock.now()
        return Parsed((read_message(content, delivery.body, now, token=token, chat=chat, city=account.city),))

    async def send(self, account: Account, message: OutboundMessage) -> str | None:  # noqa: ARG002
        """Nothing to push: the page fetches it once it stands as sent, and its next question proves that it arrived."""
        return f"web:{message.id}"

    def listens(self, account: Account) -> bool:  # noqa: ARG002 - the port's own signature
        return False

    async def listen(self, account: Account, hear: Hear) -> None:
        """Nothing to pull."""

    def fetch(self, account: Account, attachment: Attachment) -> AsyncIterator[bytes]:  # noqa: ARG002
        """The page's photos are kept before their message is: there is nothing to fetch."""
        raise SendFailed("a photo of the page is kept already", permanent=True)
