"""Who writes in `benchmarks.costs`: invented citizens, of one city and one kind at a time, in signed deliveries."""

from __future__ import annotations

import hashlib
import hmac
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from benchmarks.citizens import MIX, Kind, Words, number_of
from benchmarks.costs_provider import Taken
from benchmarks.setting import APP_SECRET, CITIES, HOST, account_name, city_of
from benchmarks.webhook import body_of, text_message
from benchmarks.wire import request
from knowledge_base.city import City

ACCOUNTS: Final = 20 * len(CITIES)  # WhatsApp numbers, enough that their 80 messages a second hold nobody up
STATES: Final = ("sent", "delivered", "read")

Who = Literal["need", "other"]
"""People in need, or all others in the citizens' usual mix."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One signed delivery: the whole request, its account's number, its body, and what a citizen said in it."""

    account: int
    body: bytes
    text: str = ""

    @property
    def seal(self) -> str:
        """What stands in the signature's header."""
        return f"sha256={hmac.new(APP_SECRET.encode(), self.body, hashlib.sha256).hexdigest()}"

    def request(self) -> bytes:
        """As Meta posts it, whose headers come to about 300 bytes."""
        headers = (
            f"X-Hub-Signature-256: {self.seal}\r\nX-Hub-Signature: sha1={'0' * 40}\r\n"
            "User-Agent: facebookexternalua\r\nAccept: */*\r\nAccept-Encoding: deflate, gzip\r\n"
        )
        return request(f"/in/whatsapp/{account_name(self.account)}", HOST, self.body, headers)


class Crowd:
    """Speaks its lines; whoever has more to say goes on in a later round of the same city and kind."""

    def __init__(self, cities: Mapping[str, City], seed: int) -> None:
        self._dice = random.Random(seed)
        self._words = {slug: Words(city) for slug, city in cities.items()}
        self._going_on: defaultdict[tuple[str, Who], list[tuple[int, int, list[str]]]] = defaultdict(list)
        self._people = 0

    def speak(self, city: str, who: Who, count: int) -> list[Delivered]:
        """``count`` lines, each of another citizen: half of them go on, as far as there are so many."""
        before = self._going_on[city, who]
        some, self._going_on[city, who] = before[: count // 2], before[count // 2 :]
        some += [self._somebody(city, who) for _ in range(count - len(some))]
        spoken = []
        for person, account, lines in some:
            chat = number_of(person)
            body = body_of(account, messages=[text_message(self._wamid(), chat, lines[0])])
            spoken.append(Delivered(account, body, lines[0]))
            if lines[1:]:
                self._going_on[city, who].append((person, account, lines[1:]))
        return spoken

    def reports(self, taken: Sequence[Taken]) -> list[Delivered]:
        """What becomes of accepted replies, each state in a delivery of its own."""
        now = str(int(time.time()))
        rows: list[tuple[int, dict[str, Any]]] = [
            (one.number, {"id": one.wamid, "status": state, "timestamp": now, "recipient_id": one.chat})
            for state in STATES
            for one in taken
        ]
        return [Delivered(number, body_of(number, statuses=[row])) for number, row in rows]

    def _somebody(self, city: str, who: Who) -> tuple[int, int, list[str]]:
        self._people += 1
        others: list[Kind] = [kind for kind in MIX if kind != "emergency"]
        kind: Kind = self._dice.choices(others, [MIX[one] for one in others])[0] if who == "other" else "emergency"
        account = self._dice.choice([number for number in range(ACCOUNTS) if city_of(number) == city])
        return self._people, account, self._words[city].lines(kind, self._dice)

    def _wamid(self) -> str:
        return f"wamid.HBgNNjI4MTE1NTUwMDAwFQIAEhg{self._dice.getrandbits(80):020X}AA=="
