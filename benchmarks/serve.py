"""`sigap run`, `sigap web` or `sigap worker`, as it is, in this process; with a sampler where a file is named."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.sampling import Sampler
from config import cli

if __name__ == "__main__":
    if len(sys.argv) > 2:
        Sampler(Path(sys.argv[2])).start()
    {"run": cli.run, "web": cli.web, "worker": cli.worker}[sys.argv[1]]()
