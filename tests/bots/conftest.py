"""On a machine that stands still for a second, messages are answered all the same as soon as they come."""

from __future__ import annotations

import pytest

from bots.inbox import Inbox


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has waited at the gate for longer than its budget would only be stored; tests of a rush set their own."""
    monkeypatch.setattr(Inbox, "BUDGET", 600.0)
