"""A fault that comes again and again is told each time, and explained once a minute."""

from __future__ import annotations

import logging

import pytest

from config.logs import OnceAMinute
from tests.fakes import Moment


@pytest.fixture
def moment() -> Moment:
    return Moment()


def test_the_same_traceback_is_written_once_a_minute(moment: Moment, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("tests.logs")
    log.addFilter(OnceAMinute(moment))

    def fail(error: Exception) -> bool:
        caplog.clear()
        try:
            raise error
        except Exception:
            log.exception("tried again")
        (line,) = caplog.records
        assert line.getMessage() == "tried again"
        return line.exc_info is not None

    assert fail(OSError("gone"))
    assert not fail(OSError("gone"))
    assert fail(KeyError("another fault")), "another one is explained at once"
    moment.now += OnceAMinute.EVERY
    assert fail(OSError("gone"))
