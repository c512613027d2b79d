"""What all processes of a measurement must agree on: ports, numbers, secrets, folders, which database."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

CITIES: Final = ("kendari", "ambon")
HOST: Final = "127.0.0.1"
DICE: Final = random.SystemRandom()  # Hypothesis, in tests, sets the usual one back
ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = Path("data") / "benchmarks"  # on the disk that the product would use; never in memory

APP_SECRET: Final = "rahasia-aplikasi-ukur"
TOKEN: Final = "EAA-token-ukur"
PASSWORD: Final = "kata sandi meja ukur 112"


@dataclass(frozen=True, slots=True)
class Shape:
    """Which processes serve on which database: on SQLite one `sigap run`, on PostgreSQL any number."""

    database: str = "sqlite"  # or "postgres"
    web: int = 1
    workers: int = 0  # beside the web processes; 0 on SQLite, where the one process does everything

    @classmethod
    def of(cls, options: Namespace) -> Self:
        """What the command line asks for."""
        return cls() if options.database == "sqlite" else cls("postgres", options.web, options.workers)

    def __str__(self) -> str:
        return "sqlite, sigap run" if not self.workers else f"postgres, {self.web} web + {self.workers} worker"


def add_shape(parser: ArgumentParser, database: str, web: int = 2, workers: int = 1) -> None:
    """The options that `Shape.of` reads, with what they are when nothing is said."""
    parser.add_argument("--database", choices=("sqlite", "postgres"), default=database, help=f"default {database}")
    parser.add_argument("--web", type=int, default=web, help=f"`sigap web` processes on PostgreSQL, default {web}")
    parser.add_argument("--workers", type=int, default=workers, help=f"`sigap worker` processes, default {workers}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One measurement's set-up. ``accounts`` WhatsApp numbers are shared out among the cities in turn."""

    folder: str
    ports: tuple[int, ...]  # one for each web process
    graph_port: int
    accounts: int
    workers: int
    database_url: str

    @classmethod
    def of(cls, folder: Path, accounts: int, shape: Shape, postgres_url: str = "") -> Self:
        """Free ports, and SQLite in the data folder where there is no PostgreSQL."""
        url = postgres_url or f"sqlite:///{(folder / 'data' / 'sigap.db').resolve()}"
        ports = tuple(free_port() for _ in range(shape.web))
        return cls(str(folder), ports, free_port(), accounts, shape.workers, url)

    @property
    def data(self) -> Path:
        return Path(self.folder) / "data"

    @property
    def bases(self) -> list[str]:
        """The web processes' addresses."""
        return [f"http://{HOST}:{port}" for port in self.ports]

    def dump(self) -> str:
        return json.dumps(asdict(self))

    def environment(self, port: int = 0) -> dict[str, str]:
        """What the product reads: this set-up's database, accounts and, for a web process, its port."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGAP_")}
        path = os.pathsep.join(part for part in (str(ROOT), kept.get("PYTHONPATH", "")) if part)
        return kept | {
            "PYTHONPATH": path,
            "SIGAP_DATA": str(self.data.resolve()),
            "SIGAP_DATABASE_URL": self.database_url,
            "SIGAP_CITIES": ",".join(CITIES),
            "SIGAP_HOST": HOST,
            "SIGAP_PORT": str(port or self.ports[0]),
            "SIGAP_ACCOUNTS": json.dumps(accounts(self.accounts, self.graph_port)),
            "SIGAP_LOG_LEVEL": "ERROR",
        }


def from_arguments() -> Setting:
    """The set-up that the parent process handed over as the first argument."""
    kept = json.loads(sys.argv[1])
    return Setting(**kept | {"ports": tuple(kept["ports"])})


def accounts(count: int, graph_port: int) -> list[dict[str, str]]:
    """So many WhatsApp numbers, shared out among the cities, as the settings want them."""
    return [
        {
            "city": city_of(number),
            "channel": "whatsapp",
            "name": account_name(number),
            "token": TOKEN,
            "app_secret": APP_SECRET,
            "verify_token": "kata-kunci-ukur",
            "phone_number_id": str(phone_number_id(number)),
            "base_url": f"http://{HOST}:{graph_port}",
        }
        for number in range(count)
    ]


def city_of(account: int) -> str:
    """Whose number it is."""
    return CITIES[account % len(CITIES)]


def account_name(number: int) -> str:
    return f"ukur{number:02d}"


def phone_number_id(number: int) -> int:
    return 106_540_352_200_000 + number


def free_port() -> int:
    """A port on which nobody listens, below those that the system gives to whoever asks for any."""
    while True:
        port = DICE.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
