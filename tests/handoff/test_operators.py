"""Accounts: a new password opens a locked door and shuts the old ones; the desk keeps somebody who leads."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from handoff import operators
from handoff.console.ports import ConsolePorts
from handoff.operators import AccountProblem
from tests.handoff.browser import Browser
from tests.handoff.conftest import PASSWORD, LogIn


async def test_a_new_password_ends_sessions_and_locks(app: FastAPI, log_in: LogIn, desk: ConsolePorts) -> None:
    here = await log_in("sari")
    locked = Browser(app, "198.51.100.1")
    for _ in range(6):
        await locked.log_in("sari", "salah salah salah")
    renewed = await operators.renew_password(desk.database, desk.passwords, " SARI ")
    assert (await here.get("/me")).status_code == 401
    assert (await locked.log_in("sari", PASSWORD)).status_code == 401, "the old one is gone, the lock too"
    answer = await locked.log_in("sari", renewed.password)
    assert answer.json()["operator"]["must_change_password"] is True


async def test_a_disabled_account_opens_with_the_password_that_it_had(
    app: FastAPI, log_in: LogIn, desk: ConsolePorts
) -> None:
    await log_in("sari")
    await operators.disable(desk.database, desk.clock, "sari")
    with pytest.raises(AccountProblem, match="enable"):
        await operators.renew_password(desk.database, desk.passwords, "sari")
    assert (await Browser(app).log_in("sari", PASSWORD)).status_code == 401
    assert (await operators.enable(desk.database, "sari")).disabled_at is None
    assert (await Browser(app).log_in("sari", PASSWORD)).status_code == 200


async def test_the_last_who_leads_goes_only_when_it_is_meant(log_in: LogIn, desk: ConsolePorts) -> None:
    await log_in("rina", "admin")
    await log_in("tono", "supervisor")
    await log_in("sari")
    await operators.disable(desk.database, desk.clock, "rina")
    with pytest.raises(AccountProblem, match="last active"):
        await operators.disable(desk.database, desk.clock, "tono")
    assert (await operators.disable(desk.database, desk.clock, "tono", even_last=True)).disabled_at is not None
    assert (await operators.disable(desk.database, desk.clock, "sari")).disabled_at is not None


async def test_whether_anybody_ever_came_in_is_known(log_in: LogIn, desk: ConsolePorts) -> None:
    assert not await operators.anybody_came(desk.database)
    await log_in("sari")
    assert await operators.anybody_came(desk.database)
