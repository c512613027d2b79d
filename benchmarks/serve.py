"""`sigap run`, as it is, in this process; with a sampler beside it when a file for its samples is named."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.sampling import Sampler
from config import cli

if __name__ == "__main__":
    if len(sys.argv) > 1:
        Sampler(Path(sys.argv[1])).start()
    cli.run()
