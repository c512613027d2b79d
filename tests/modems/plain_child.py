"""A modem's process without Gammu: every SMS leaves, ``seconds`` after it was asked for. `plain_child.py <seconds>`"""

from __future__ import annotations

import json
import sys
import time


def main(seconds: float) -> None:
    settings = json.loads(sys.stdin.readline())
    ready = {"told": "ready", "device": settings["devices"][0], "imei": "", "model": "", "smsc": ""}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        time.sleep(seconds if call["op"] == "send" else 0)
        told = {"stored": [], "used": 0, "size": 10, "signal": 50, "network": "home", "operator": None, "reference": 1}
        print(json.dumps({"id": call["id"], "ok": True, **told}), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
