"""The SMSC (one program for all tests), and a line that is bound to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.sms_gateway.smpp.town import Town, open_town
from tests.smsc.program import Smsc, running, smsc


@pytest.fixture(scope="session")
def control() -> Iterator[int]:
    with running() as port:
        yield port


@pytest.fixture
async def center(control: int) -> AsyncIterator[Smsc]:
    async with smsc(control) as one:
        yield one


@pytest.fixture
async def town(center: Smsc) -> AsyncIterator[Town]:
    async with open_town(center) as one:
        yield one
