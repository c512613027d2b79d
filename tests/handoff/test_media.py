"""Files that citizens sent: by their row alone, never anything else on the disk, never run by the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.clock import VirtualClock
from config.database import Database
from handoff.console.ports import ConsolePorts
from tests.handoff import citizens
from tests.handoff.conftest import LogIn


async def _sent(database: Database, clock: VirtualClock, **more: Any) -> int:
    conversation_id, message_id = await citizens.write(database, clock, "", kind="photo")
    return await citizens.send_file(database, clock, conversation_id, message_id, **more)


@pytest.fixture
def folder(desk: ConsolePorts) -> Path:
    (desk.media_folder / "ujung").mkdir()
    (desk.media_folder / "ujung" / "1.jpg").write_bytes(b"\xff\xd8gambar")
    (desk.media_folder.parent / "rahasia.jpg").write_bytes(b"rahasia")
    (desk.media_folder / "ujung" / "pintas.jpg").symlink_to(desk.media_folder.parent / "rahasia.jpg")
    return desk.media_folder


async def test_picture_is_shown_in_place(log_in: LogIn, database: Database, clock: VirtualClock, folder: Path) -> None:
    key = await _sent(database, clock, path="ujung/1.jpg")
    answer = await (await log_in()).get(f"/media/ujung/{key}")
    assert (answer.status_code, answer.content) == (200, b"\xff\xd8gambar")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_player_may_ask_for_a_part(log_in: LogIn, database: Database, clock: VirtualClock, folder: Path) -> None:
    key = await _sent(database, clock, path="ujung/1.jpg", mime="audio/ogg; codecs=opus", kind="voice")
    answer = await (await log_in()).get(f"/media/ujung/{key}", headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"gam")
    assert answer.headers["content-type"] == "audio/ogg"


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "application/pdf", "application/javascript", None, ""])
async def test_all_else_is_saved_not_opened(
    log_in: LogIn, database: Database, clock: VirtualClock, folder: Path, mime: str | None
) -> None:
    key = await _sent(database, clock, path="ujung/1.jpg", mime=mime, name='../"a<b>\r\n.html')
    answer = await (await log_in()).get(f"/media/ujung/{key}")
    assert answer.headers["content-type"] == "application/octet-stream"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment")
    assert not {"/", "<", "\r", "\n"} & set(disposition)


@pytest.mark.parametrize(
    "path",
    ["../rahasia.jpg", "ujung/../../rahasia.jpg", "/etc/hostname", "ujung/pintas.jpg", "ujung", "ujung/tiada", ""],
)
async def test_nothing_outside_the_folder_is_served(
    log_in: LogIn, database: Database, clock: VirtualClock, folder: Path, path: str
) -> None:
    key = await _sent(database, clock, path=path)
    answer = await (await log_in()).get(f"/media/ujung/{key}")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


async def test_only_fetched_files_of_my_cities(
    log_in: LogIn, database: Database, clock: VirtualClock, folder: Path
) -> None:
    sari = await log_in()
    waiting = await _sent(database, clock, path="ujung/1.jpg", state="queued")
    other = await _sent(database, clock, path="ujung/1.jpg", city="hilir")
    for where in (f"ujung/{waiting}", f"ujung/{other}", f"hilir/{other}"):
        assert (await sari.get(f"/media/{where}")).status_code == 404
    for where in ("ujung/..%2F..%2Frahasia.jpg", "ujung/0", "ujung/99999999999999999999", "..%2F..", "ujung/1.jpg"):
        assert (await sari.get(f"/media/{where}")).status_code in (404, 422)


async def test_files_of_restricted_cases_stay_in_the_circle(
    log_in: LogIn, database: Database, clock: VirtualClock, folder: Path
) -> None:
    sari, admin = await log_in("sari"), await log_in("dewi", "admin")
    key = await _sent(database, clock, path="ujung/1.jpg")
    row = await citizens.emergency(database, clock, restricted=True)
    assert (await admin.get(f"/media/ujung/{key}")).status_code == 404
    assert (await sari.get(f"/media/ujung/{key}")).status_code == 200
    events = (await sari.get(f"/incidents/ujung/{row['id']}")).json()["events"]
    assert [one["verb"] for one in events] == ["open", "view"]
