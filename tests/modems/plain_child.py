"""A modem's process without Gammu, `plain_child.py <folder>`: the nth SMS leaves once ``may_leave`` has n octets.

Before that each adds an octet to the file ``begun``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(folder: Path) -> None:
    settings = json.loads(sys.stdin.readline())
    ready = {"told": "ready", "device": settings["devices"][0], "imei": "", "model": "", "smsc": ""}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        if call["op"] == "send":
            with (folder / "begun").open("ab") as begun:
                begun.write(b".")
            while size(folder / "may_leave") < size(folder / "begun"):
                time.sleep(0.01)
        told = {"stored": [], "used": 0, "size": 10, "signal": 50, "network": "home", "operator": None, "reference": 1}
        print(json.dumps({"id": call["id"], "ok": True, **told}), flush=True)


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
