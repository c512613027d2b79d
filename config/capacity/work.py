"""The work of one message, on the average of a load: CPU by kind of process, log, disk, bytes, what leaves by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.capacity.costs import Costs, Log, Run, Server, Web
from config.capacity.load import Load

# Of a core and of a server: beyond it queues grow, and a process that dies leaves its share to the others.
BUSY: Final = 0.6
LOOPS: Final = 7 * 0.5  # times a second that a worker asks a quiet city for something to do: seven sweeps, every 2 s
IDLE_CITIES: Final = 2  # that the idle worker served when it was measured
REPORTS: Final = {"whatsapp": 3.0, "telegram": 0.0, "sms": 1.0, "web": 0.0}  # on each reply, by channel
ANSWER: Final = 200.0  # bytes of an answer to a delivery or a reply
ENVELOPE: Final = 1.2  # TLS, TCP and IP around HTTP
MODEM: Final = 8.0  # SMS a minute that a GSM modem sends: `per_minute` of an SMS line
TELEGRAM: Final = 30.0  # messages a second that a bot may send


@dataclass(frozen=True, slots=True)
class Work:
    """For one message heard. Microseconds, bytes, or how many."""

    load: Load
    costs: Costs

    @property
    def replies(self) -> float:
        """To a message."""
        return self.costs.shape.replies_a_message if self.load.replies is None else self.load.replies

    @property
    def reports(self) -> float:
        """What the providers tell of our replies."""
        return self.replies * sum(share * REPORTS[name] for name, share in self.load.mix.items())

    @property
    def web(self) -> float:
        """Microseconds of a web process."""
        cost = self.costs.web_us
        return self._by_need(cost) + self._further * cost.batch + self.reports * cost.report

    @property
    def worker(self) -> float:
        """Microseconds of a worker."""
        return self.replies * self.costs.worker_us.reply + self.costs.worker_us.look

    @property
    def postgres(self) -> float:
        """Microseconds of the PostgreSQL server."""
        cost = self.costs.postgres_us
        return self._all(cost) + self._further * cost.batch

    @property
    def run(self) -> float:
        """Microseconds of `sigap run` on SQLite: everything."""
        return self._all(self.costs.run_us)

    @property
    def log(self) -> float:
        cost = self.costs.log_bytes
        return self._by_need(cost) + cost.look + self.replies * cost.reply + self.reports * cost.report

    @property
    def disk(self) -> float:
        kept = self.costs.disk_bytes
        return kept.raw + kept.rows + kept.indexes

    @property
    def media(self) -> float:
        return self.load.media * self.load.media_kb * 1000

    @property
    def bytes_in(self) -> float:
        wire = self.costs.wire_bytes
        return ENVELOPE * (wire.message + self.reports * wire.report + self.replies * ANSWER + self.media)

    @property
    def bytes_out(self) -> float:
        return ENVELOPE * (self.replies * self.costs.wire_bytes.reply + (1 + self.reports) * ANSWER)

    @property
    def cities_together(self) -> int:
        """How many cities a web process serves: as few as fill it. Large cities are served by several processes."""
        return self._filling(self._by_need(self.costs.web_us), 0.0)

    @property
    def cities_a_worker(self) -> int:
        """The same of a worker, which asks each of its cities again and again."""
        return self._filling(self.worker, LOOPS * self.costs.worker_us.claim)

    @property
    def whatsapp(self) -> float:
        """Messages by WhatsApp, both ways: its limit counts them together."""
        return self.load.mix.get("whatsapp", 0.0) * (1 + self.replies)

    @property
    def telegram(self) -> float:
        """Replies by Telegram."""
        return self.load.mix.get("telegram", 0.0) * self.replies

    @property
    def sms(self) -> float:
        """SMS that leave: parts of replies."""
        return self.load.mix.get("sms", 0.0) * self.replies * self.costs.shape.sms_a_reply

    def hearing(self, databases: int, *, worker: bool = False) -> float:
        """Microseconds that each process spends on a message of its database that another one keeps.

        It hears only of the cities that it serves.
        """
        cities = self.cities_a_worker if worker else self.cities_together
        return self.costs.web_us.elsewhere * min(1.0, cities * databases / self.load.cities)

    def quiet(self) -> tuple[float, float]:
        """Shares of a core that a worker, and the server for it, take whatever comes: clocks, asking each city."""
        cost, cities = self.costs.worker_us, self.cities_a_worker
        further = LOOPS * (cities - IDLE_CITIES) * cost.claim
        return max(0.0, cost.idle + further) / 1e6, LOOPS * cities * self.costs.postgres_us.claim / 1e6

    def _filling(self, a_message: float, quiet: float) -> int:
        city = self.load.messages / self.load.cities * a_message + quiet
        return max(1, min(self.load.cities, int(BUSY * 1e6 / city)))

    @property
    def _further(self) -> float:
        """Cities beside the first in a full batch, by message of it."""
        cities, size = self.cities_together, self.costs.shape.in_a_batch
        different = float(cities * (1 - (1 - 1 / cities) ** size))
        return (different - 1) / size

    def _by_need(self, cost: Web | Server | Log | Run) -> float:
        return self.load.in_need * cost.need + (1 - self.load.in_need) * cost.other

    def _all(self, cost: Server | Run) -> float:
        return self._by_need(cost) + cost.look + self.replies * cost.reply + self.reports * cost.report
