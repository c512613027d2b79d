"""Where a process spends its CPU: every few milliseconds each thread's stack is charged with what the thread has used.

Charged by CPU time, so that waiting costs nothing. The interpreter hands threads over more often while this runs; the
figures tell shares, not speed. A sampler cannot look into a thread that holds the interpreter, and meets it where it
lets go: neighbouring parts may lend each other a few per cent.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Final

EVERY: Final = 0.008  # seconds between two looks
SWITCH: Final = 0.001  # seconds after which a thread is asked to let go
WRITES: Final = 1.0  # seconds between two lines in the file

# Innermost frame first: the first that is named here says what the CPU was spent on.
FUNCTIONS: Final = {
    ("sqlalchemy/engine/base.py", "_commit_impl"): "commit",
    ("config/stores.py", "begin"): "commit",
    ("handoff/conversations.py", "find_or_open"): "load",
    ("handoff/conversations.py", "_load"): "load",
    ("handoff/conversations.py", "_contacts"): "load",
    ("handoff/conversations.py", "_open"): "load",
    ("handoff/conversations.py", "_learn_names"): "load",
    ("handoff/incidents.py", "load_open"): "load",
    ("bots/transcript.py", "unseen"): "load",
    ("bots/transcript.py", "waiting"): "backlog",
    ("bots/acts.py", "write"): "write",
    ("bots/inbox.py", "_urgent"): "understand",
    ("bots/outbox.py", "_hear"): "live",
    ("bots/outbox.py", "_claim"): "claim",
    ("bots/outbox.py", "_due"): "claim",
    ("bots/outbox.py", "_under_way"): "claim",
    ("bots/outbox.py", "_held"): "claim",
    ("bots/outbox.py", "_mark_claimed"): "claim",
    ("bots/outbox.py", "_postpone"): "claim",
    ("bots/outbox.py", "step"): "claim",
    ("bots/outbox.py", "_note_sent"): "note sent",
    ("bots/outbox.py", "_note"): "note sent",
    ("handoff/open_cases.py", "hear_more"): "cases",
    ("handoff/open_cases.py", "write"): "cases",
}
FILES: Final = (
    ("nlu/", "understand"),
    ("bots/channels/", "parse and send"),
    ("bots/whatsapp_webhook.py", "parse"),
    ("bots/whatsapp_bodies.py", "parse"),
    ("bots/door.py", "parse"),
    ("bots/whatsapp_replies.py", "send"),
    ("bots/parts.py", "send"),
    ("bots/outbox.py", "send"),
    ("aiohttp/", "send"),
    ("yarl/", "send"),
    ("bots/webhooks.py", "HTTP"),
    ("uvicorn/protocols/http/", "HTTP"),
    ("uvicorn/protocols/websockets/", "live"),
    ("uvicorn/", "HTTP"),
    ("starlette/", "HTTP"),
    ("fastapi/", "HTTP"),
    ("websockets/", "live"),
    ("bots/inbox.py", "inbox"),
    ("bots/turn.py", "turn"),
    ("bots/dialogue.py", "decide"),
    ("bots/thought.py", "decide"),
    ("bots/words.py", "decide"),
    ("bots/questions.py", "decide"),
    ("bots/state.py", "decide"),
    ("bots/acts.py", "decide"),
    ("bots/transcript.py", "write"),
    ("handoff/conversations.py", "write"),
    ("handoff/audit.py", "cases"),
    ("handoff/incidents.py", "cases"),
    ("handoff/routing.py", "cases"),
    ("bots/reports.py", "statuses"),
    ("handoff/live.py", "live"),
    ("handoff/news.py", "live"),
    ("handoff/console/", "live"),
    ("handoff/accounts.py", "note sent"),
    ("bots/looks.py", "looks"),
    ("bots/waiting.py", "looks"),
    ("bots/backlog.py", "backlog"),
    ("config/stores.py", "writer"),
    ("config/database.py", "writer"),
    ("config/metrics.py", "metrics"),
    ("config/", "worker"),
    ("handoff/", "handoff, other"),
    ("bots/", "bots, other"),
)
LAYERS: Final = (("sqlalchemy/", "SQLAlchemy"), ("prometheus_client/", "Prometheus"), ("logging/", "logging"))
TOP: Final = ("bots/", "handoff/", "nlu/", "config/", "knowledge_base/", "sms_gateway/")


class Sampler(threading.Thread):
    """Writes a line with all charges so far, once a second: ``{"at": monotonic seconds, "charges": {...}}``.

    A charge's name is "thread|part|layer|file:function", the function being the innermost of ours.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(name="sampler", daemon=True)
        self._path = path
        self._charges: defaultdict[str, float] = defaultdict(float)
        self._used: dict[int, float] = {}
        self._places: dict[str, str] = {}

    def run(self) -> None:
        sys.setswitchinterval(SWITCH)
        due = time.monotonic() + WRITES
        with self._path.open("w", encoding="utf-8") as file:
            while True:
                time.sleep(random.uniform(0.5, 1.5) * EVERY)
                self._look()
                if time.monotonic() >= due:
                    due += WRITES
                    print(json.dumps({"at": time.monotonic(), "charges": self._charges}), file=file, flush=True)

    def _look(self) -> None:
        frames = sys._current_frames()
        for thread in threading.enumerate():
            frame = frames.get(thread.ident or 0)
            if frame is None or thread is self or thread.native_id is None:
                continue
            try:
                used = time.clock_gettime((~thread.native_id << 3) | 6)  # Linux: the CPU clock of one thread
            except OSError:
                continue
            spent = used - self._used.get(thread.native_id, used)
            self._used[thread.native_id] = used
            if spent > 0:
                self._charges[f"{thread.name.split('_')[0]}|{self._describe(frame)}"] += spent

    def _describe(self, innermost: FrameType) -> str:
        part, own, layer = "", "", ""
        frame: FrameType | None = innermost
        while frame is not None and not (part and own):
            code = frame.f_code
            place = self._place(code.co_filename)
            if not layer:
                layer = next((name for start, name in LAYERS if place.startswith(start)), "own")
                layer = "SQLite" if code.co_name in ("do_execute", "do_executemany", "do_commit") else layer
            if not own and place.startswith(TOP):
                own = f"{place}:{code.co_name}"
            part = part or FUNCTIONS.get((place, code.co_name)) or ""
            part = part or next((name for start, name in FILES if place.startswith(start)), "")
            frame = frame.f_back
        return f"{part or 'event loop'}|{layer}|{own or '-'}"

    def _place(self, path: str) -> str:
        """The path below its package's parent: ``bots/turn.py``, ``sqlalchemy/engine/base.py``."""
        if path not in self._places:
            parts = Path(path).parts
            below = [index + 1 for index, part in enumerate(parts) if part in ("site-packages", "python3.11")]
            below = below or [index for index, part in enumerate(parts) if f"{part}/" in TOP][-1:]
            self._places[path] = "/".join(parts[below[-1] :]) if below else path
        return self._places[path]


def charges_between(path: Path, begin: float, end: float) -> dict[str, float]:
    """Seconds of CPU by charge, between two moments of the monotonic clock."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    before = [line["charges"] for line in lines if line["at"] <= begin] or [{}]
    until = [line["charges"] for line in lines if line["at"] <= end] or [{}]
    return {name: seconds - before[-1].get(name, 0.0) for name, seconds in until[-1].items()}
