"""Structured logs on standard error. Phone numbers, secrets and message text never reach them."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = re.compile(r"token|secret|password|authorization|cookie|csrf|api_key", re.IGNORECASE)
_TEXT_NAMES = frozenset({"text", "body", "caption", "summary", "note"})
_BOT_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{30,}")  # Telegram's, as it stands in its URLs
_BEARER = re.compile(r"(?i)bearer\s+\S+")
_PHONE = re.compile(r"(?<![\w.:-])\+?\d[\d\s-]{7,}\d(?![\w.:])")

Event = MutableMapping[str, Any]


def mask(text: str) -> str:
    """``text`` without phone numbers, bot tokens and bearer tokens."""
    text = _BOT_TOKEN.sub("<token>", text)
    text = _BEARER.sub("Bearer <token>", text)
    return _PHONE.sub(lambda found: f"<…{re.sub(r'[^0-9]', '', found[0])[-3:]}>", text)


def _mask_event(_logger: Any, _name: str, event: Event) -> Event:
    for key, value in event.items():
        if _SECRET_NAMES.search(key):
            event[key] = "<secret>"
        elif key in _TEXT_NAMES:
            event[key] = f"<{len(str(value))} characters>"
        elif isinstance(value, str) and key not in ("timestamp", "level", "logger"):
            event[key] = mask(value)
    return event


class OnceAMinute(logging.Filter):
    """Writes the traceback of one fault at one place once a minute; in between a line says that it came again.

    A database that is away for an hour must not fill the disk on which it will be wanted.
    """

    EVERY = 60.0  # seconds

    def __init__(self, moment: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._moment = moment
        self._written: dict[tuple[str, int, type[BaseException]], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """True: every line is written, some of them without what is known already."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fault, now = (record.pathname, record.lineno, type(error)), self._moment()
            if now < self._written.get(fault, -self.EVERY) + self.EVERY:
                record.exc_info, record.again = None, type(error).__name__
            else:
                self._written[fault] = now
        return True


def start_logs(level: str, *, as_json: bool) -> None:
    """Send every logger of the process through the masks to standard error."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    # Plain exceptions, without the values of local variables: those hold messages.
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(OnceAMinute())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # At DEBUG python-telegram-bot writes texts and the token.
    for noisy in ("alembic", "httpx", "httpcore", "telegram", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
