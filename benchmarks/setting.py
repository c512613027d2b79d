"""What all processes of a measurement must agree on: ports, numbers, secrets, folders."""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

CITIES: Final = ("kendari", "ambon")
HOST: Final = "127.0.0.1"
ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = Path("data") / "benchmarks"  # on the disk that the product would use; never in memory

APP_SECRET: Final = "rahasia-aplikasi-ukur"
TOKEN: Final = "EAA-token-ukur"
PASSWORD: Final = "kata sandi meja ukur 112"


@dataclass(frozen=True, slots=True)
class Setting:
    """One measurement's set-up. ``accounts`` WhatsApp numbers are shared out among the cities in turn."""

    folder: str
    port: int
    graph_port: int
    accounts: int

    @property
    def data(self) -> Path:
        return Path(self.folder) / "data"

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{(self.data / 'sigap.db').resolve()}"

    def city(self, account: int) -> str:
        """Whose number it is."""
        return CITIES[account % len(CITIES)]

    def dump(self) -> str:
        return json.dumps(asdict(self))

    def environment(self) -> dict[str, str]:
        """What `sigap run` reads: this set-up's data folder, port and accounts."""
        accounts = [
            {
                "city": self.city(number),
                "channel": "whatsapp",
                "name": account_name(number),
                "token": TOKEN,
                "app_secret": APP_SECRET,
                "verify_token": "kata-kunci-ukur",
                "phone_number_id": str(phone_number_id(number)),
                "base_url": f"http://{HOST}:{self.graph_port}",
            }
            for number in range(self.accounts)
        ]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGAP_")}
        path = os.pathsep.join(part for part in (str(ROOT), kept.get("PYTHONPATH", "")) if part)
        return kept | {
            "PYTHONPATH": path,
            "SIGAP_DATA": str(self.data.resolve()),
            "SIGAP_CITIES": ",".join(CITIES),
            "SIGAP_HOST": HOST,
            "SIGAP_PORT": str(self.port),
            "SIGAP_ACCOUNTS": json.dumps(accounts),
            "SIGAP_LOG_LEVEL": "ERROR",
        }


def from_arguments() -> Setting:
    """The set-up that the parent process handed over as the first argument."""
    return Setting(**json.loads(sys.argv[1]))


def account_name(number: int) -> str:
    return f"ukur{number:02d}"


def phone_number_id(number: int) -> int:
    return 106_540_352_200_000 + number


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
