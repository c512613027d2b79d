"""A model is trained in a process of its own, examined, kept, adopted everywhere, and left again with one click."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import delete, func, insert, select, update

from config import model_in_use, understanding
from config.clock import VirtualClock
from config.database import Database
from config.model_files import ModelFiles
from config.model_in_use import ModelInUse, open_files
from config.schema import migrate
from config.trainer import Job, phrases_of
from config.training import Training
from knowledge_base.city import City, load_cities
from knowledge_base.learning import models as learning_models
from knowledge_base.learning.models import BUILT_IN, CannotUse
from knowledge_base.phrases import Phrase, load_phrases
from knowledge_base.tables import example, model_part, trained_model
from nlu.meaning import Heard

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # noon in Ambon
AMBON = ZoneInfo("Asia/Jayapura")
STAMP = "program-1"

# What stands in for the trainer: tells its progress, then does as its job says.
STAND_IN = """
import hashlib, json, os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
print(json.dumps({"progress": 0.5, "step": "Melatih", "phrases": 321}), flush=True)
(folder.parent / "pid").write_text(str(os.getpid()))
if job["act"] == "hang":
    time.sleep(600)
if job["act"] == "break":
    sys.exit("tidak ada memori")
data = job["act"].encode() * 400_000
(folder / "model").write_bytes(data)
report = {"broken": job["broken"], "sha256": hashlib.sha256(data).hexdigest(), "figures": [], "missed": [],
    "changed": [], "examined": 1, "seconds": 1, "now": job["now"], "examples": job["examples"]}
(folder / "report.json").write_text(json.dumps(report))
"""


class Adopter:
    """An understander of which only the model is looked at."""

    def __init__(self) -> None:
        self.model = b"bawaan"

    def adopt(self, other: Any) -> None:
        self.model = other


def opened(_cities: Mapping[str, City], path: Path) -> Any:
    return path.read_bytes()[:6]


class Process:
    """What one process of Sigap has of all this."""

    def __init__(self, url: str, folder: Path, clock: VirtualClock, name: str, stamp: str = STAMP) -> None:
        self.database = Database(url)
        built_in = folder / name / "understander"
        built_in.parent.mkdir(exist_ok=True)
        built_in.write_bytes(b"bawaan")
        self.files: ModelFiles = open_files(self.database, built_in)
        self.folder = folder / name / "trained"
        self.understander = Adopter()
        self.in_use = ModelInUse(self.database, self.understander, {}, self.files, stamp, opened)
        self.clock, self.name, self.stamp = clock, name, stamp

    def training(self, act: str = "model1", broken: tuple[str, ...] = (), **more: Any) -> Training:
        command = (sys.executable, "-c", STAND_IN)
        job = {"act": act, "broken": broken, **more}
        about = (self.files, self.name, self.stamp, AMBON)
        return Training(self.database, self.clock, ["ambon"], *about, command=command, more=job)

    async def rows(self) -> list[Any]:
        query = select(trained_model).where(trained_model.c.id != BUILT_IN).order_by(trained_model.c.id)
        return await self.database.read(lambda connection: list(connection.execute(query).mappings()))

    async def ask(self) -> int:
        return await self.database.write(
            lambda connection: learning_models.ask(connection, "uji", "adi", self.clock.now())
        )

    async def activate(self, key: int) -> None:
        self.clock.advance(1)
        now = self.clock.now()
        await self.database.write(lambda connection: learning_models.activate(connection, key, "adi", now))


@pytest_asyncio.fixture
async def two(tmp_path: Path, database_url: str) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes on one database."""
    clock = VirtualClock(NOW)
    both = Process(database_url, tmp_path, clock, "satu"), Process(database_url, tmp_path, clock, "dua")
    await migrate(both[0].database)
    yield both
    for one in both:
        await one.database.close()


async def until(done: Callable[[], object]) -> None:
    """Wait for it, twenty seconds at most."""
    for _ in range(2000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def carry_out(training: Training, process: Process, want: str = "") -> Any:
    """Step until the newest training has ended, or tells of itself. Its row."""
    for _ in range(1000):
        await training.step()
        row = (await process.rows())[-1]
        if row["state"] in ("ready", "refused", "failed") or (want and row["step"] == want):
            return row
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {row['state']}")


def cleared_up() -> bool:
    return all(task.get_name() != "training" for task in asyncio.all_tasks())


async def trained(process: Process, act: str = "model1", **more: Any) -> Any:
    await process.ask()
    training = process.training(act, **more)
    row = await carry_out(training, process)
    await until(cleared_up)
    await training.stop()
    process.clock.advance(60)
    return row


async def test_a_trained_model_answers_in_every_process(two: tuple[Process, Process]) -> None:
    one, other = two
    row = await trained(one)
    assert (row["state"], row["phrases"], row["size"]) == ("ready", 321, 2_400_000)
    assert row["report"]["now"].endswith("satu/understander"), "examined beside the model in use"
    parts = await one.database.read(lambda connection: connection.scalar(select(func.count()).select_from(model_part)))
    assert parts == 3, "in pieces"
    for process in two:
        await process.in_use.step()
        assert (process.in_use.key, process.understander.model) == (row["id"], b"model1")
    assert not list(one.folder.glob("work-*")), "nothing is left behind"
    assert (other.folder / f"{row['id']}.model").stat().st_size == 2_400_000


async def test_whoever_changes_the_model_is_heard_at_once(
    two: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_in_use, "EVERY", 600.0)
    row = await trained(two[0])
    two[0].in_use.wake.clear()
    await two[0].activate(BUILT_IN)
    await asyncio.sleep(0)
    assert two[0].in_use.wake.is_set()
    await two[0].activate(row["id"])
    running = asyncio.create_task(two[0].in_use.run())
    await until(lambda: two[0].in_use.key == row["id"])
    await two[0].activate(BUILT_IN)
    await until(lambda: two[0].in_use.key == BUILT_IN)  # well before the next look by itself
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_click_goes_back(two: tuple[Process, Process]) -> None:
    first = await trained(two[0], "model1")
    second = await trained(two[0], "model2")
    for key, model in ((second["id"], b"model2"), (first["id"], b"model1"), (BUILT_IN, b"bawaan")):
        await two[0].activate(key)
        for process in two:
            await process.in_use.step()
            assert process.understander.model == model


async def test_a_model_below_the_floors_is_refused(two: tuple[Process, Process]) -> None:
    good = await trained(two[0], "model1")
    bad = await trained(two[0], "model2", broken=("severity 1 missed",))
    assert (bad["state"], bad["gone"], bad["report"]["broken"]) == ("refused", True, ["severity 1 missed"])
    with pytest.raises(CannotUse, match="refused"):
        await two[0].activate(bad["id"])
    await two[0].in_use.step()
    assert two[0].in_use.key == good["id"]
    held = select(model_part.c.seq).where(model_part.c.model_id == bad["id"])
    assert await two[0].database.read(lambda connection: list(connection.scalars(held))) == []


async def test_a_trainer_that_is_killed_changes_nothing(two: tuple[Process, Process]) -> None:
    good = await trained(two[0], "model1")
    await two[0].ask()
    training = two[0].training("hang")
    row = await carry_out(training, two[0], want="Melatih")
    assert (row["state"], row["progress"]) == ("training", 0.5)
    pid = two[0].folder / "pid"
    await until(lambda: pid.exists() and pid.read_text())
    os.kill(int(pid.read_text()), signal.SIGKILL)
    row = await carry_out(training, two[0])
    assert (row["state"], "-9" in row["detail"]) == ("failed", True)
    await training.stop()
    await two[0].in_use.step()
    assert two[0].in_use.key == good["id"]
    assert (await trained(two[0], "model2"))["state"] == "ready", "and the next one is trained as ever"


async def test_a_trainer_that_breaks_says_so(two: tuple[Process, Process]) -> None:
    row = await trained(two[0], "break")
    assert (row["state"], "tidak berubah" in row["detail"]) == ("failed", True)


async def test_what_a_dead_process_trained_is_trained_by_another(two: tuple[Process, Process]) -> None:
    one, other = two
    await one.ask()
    await one.database.write(lambda connection: learning_models.begin_next(connection, NOW))  # and then it died
    training = other.training("model3")
    row = await carry_out(training, other)
    assert (row["state"], row["activated_by"]) == ("ready", "adi")
    await training.stop()


async def test_what_is_stopped_waits_again_and_its_process_ends(two: tuple[Process, Process]) -> None:
    await two[0].ask()
    training = two[0].training("hang")
    await carry_out(training, two[0], want="Melatih")
    pid = two[0].folder / "pid"
    await until(lambda: pid.exists() and pid.read_text())
    await training.stop()
    assert (await two[0].rows())[-1]["state"] == "queued"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    other = two[1].training("model1")  # the lease was given back: nobody waits for it to run out
    assert (await carry_out(other, two[1]))["state"] == "ready"
    await other.stop()


async def test_one_process_trains_at_a_time(two: tuple[Process, Process]) -> None:
    await two[0].ask()
    first, second = two[0].training("hang"), two[1].training("model1")
    await carry_out(first, two[0], want="Melatih")
    for _ in range(5):
        await second.step()
    assert (await two[1].rows())[-1]["state"] == "training"
    two[0].clock.advance(40)  # the first is not heard of any more
    row = await carry_out(second, two[1])
    assert row["state"] == "ready"
    await first.step()  # it wakes up, finds the lease gone, and lets go
    assert (await two[0].rows())[-1]["state"] == "ready"
    await first.stop()
    await second.stop()


async def test_a_model_of_another_program_is_not_adopted(
    two: tuple[Process, Process], tmp_path: Path, database_url: str
) -> None:
    row = await trained(two[0])
    newer = Process(database_url, tmp_path, two[0].clock, "tiga", stamp="program-2")
    await newer.in_use.step()
    assert (newer.in_use.key, newer.understander.model) == (BUILT_IN, b"bawaan")
    newer.clock.advance(60)
    training = newer.training("model2")
    fresh = await carry_out(training, newer)
    rows = await newer.rows()
    assert [one["state"] for one in rows] == ["refused", "ready"], "and a new one was trained by itself"
    assert fresh["asked_by"] == "sistem"
    await newer.in_use.step()
    assert newer.understander.model == b"model2"
    assert row["id"] != newer.in_use.key
    await training.stop()
    await newer.database.close()


async def test_a_damaged_model_leaves_the_files_own_in_place(two: tuple[Process, Process]) -> None:
    row = await trained(two[0])
    await two[0].database.write(
        lambda connection: connection.execute(
            delete(model_part).where(model_part.c.model_id == row["id"], model_part.c.seq == 1)
        )
    )
    for _ in range(2):
        await two[1].in_use.step()
        assert (two[1].in_use.key, two[1].understander.model) == (BUILT_IN, b"bawaan")


async def test_the_newest_five_are_kept_and_the_one_in_use(two: tuple[Process, Process]) -> None:
    rows = []
    for number in range(8):
        rows.append(await trained(two[0], f"model{number}"))
        if number == 1:
            first = rows[0]["id"]
            await two[0].activate(first)
    held = select(model_part.c.model_id).distinct()
    kept = await two[0].database.read(lambda connection: set(connection.scalars(held)))
    assert kept == {row["id"] for row in rows[3:]}
    with pytest.raises(CannotUse, match="gone"):
        await two[0].activate(rows[0]["id"])
    assert [row["gone"] for row in await two[0].rows()] == [True] * 3 + [False] * 5


async def test_at_two_in_the_night_what_changed_is_taught(two: tuple[Process, Process]) -> None:
    process = two[0]
    process.clock.advance_to(datetime(2026, 11, 23, 17, 30, tzinfo=UTC))  # 02.30 in Ambon
    training = process.training()
    await training.step()
    assert await process.rows() == [], "nothing changed"
    row = {"city": "ambon", "id": 1, "text": "got mampet", "intent": "keluhan", "was": {}, "source": "typed"}
    row |= {"state": "accepted", "proposed_by": "adi", "at": NOW, "decided_at": NOW}
    await process.database.write(lambda connection: connection.execute(insert(example), row))
    done = await carry_out(training, process)
    assert (done["asked_by"], done["report"]["examples"][0]["text"]) == ("sistem", "got mampet")
    await until(cleared_up)
    await training.step()
    await training.step()
    assert len(await process.rows()) == 1, "once a night"
    process.clock.advance(24 * 3600)
    await training.step()
    assert len(await process.rows()) == 1, "nothing changed since"
    later = process.clock.now() - timedelta(hours=1)
    await process.database.write(lambda connection: connection.execute(update(example).values(decided_at=later)))
    await training.step()
    assert len(await process.rows()) == 2
    await carry_out(training, process)
    await training.stop()


# the trainer itself ------------------------------------------------------------------------------------------------


def job_of(phrases: list[Phrase], **more: Any) -> Job:
    about: dict[str, Any] = {"cities": ("ambon",), "variants": {}, "tests": {}, "placed": (), "files": False}
    return Job(examples=phrases, **{**about, **more})


def test_certain_danger_is_never_taught_as_harmless() -> None:
    lie = Phrase("tolong rumah saya kebakaran", "iseng", {}, "ambon")
    joke = Phrase("wkwk cuma becanda min", "iseng", {}, "ambon")
    true = Phrase("tolong rumah kebakaran di batu merah", "darurat_kebakaran", {"severity": 1}, "ambon")
    assert [one.text for one in phrases_of(job_of([lie, joke, true]))] == [joke.text, true.text]


def test_variants_and_examples_stand_beside_the_files_phrases() -> None:
    variants = {"ambon": {"ktp": ["mau bikin ktp baru dong"], "wifi_gratis": [f"wifi gratis {n}" for n in range(8)]}}
    taught = phrases_of(job_of([], variants=variants, files=True))
    own = {(one.intent, one.city) for one in taught if one.city is not None}
    assert own == {("faq_ktp", "ambon"), ("faq_wifi_gratis", "ambon")}
    assert len(taught) > 10_000


async def test_the_trainer_ends_with_whoever_started_it() -> None:
    code = """if True:
        import threading, time
        from config.trainer import _end_with_parent
        threading.Thread(target=_end_with_parent, daemon=True).start()
        print("up", flush=True)
        time.sleep(60)
    """
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, **pipes)
    assert process.stdout is not None
    assert process.stdin is not None
    assert await process.stdout.readline() == b"up\n"
    process.stdin.close()
    async with asyncio.timeout(30):
        assert await process.wait() == 1


@pytest.mark.slow
async def test_a_real_training_on_a_few_hundred_phrases(tmp_path: Path) -> None:
    every = load_phrases()
    few = [one for number, one in enumerate(every) if number % 50 == 0]
    asked = [Phrase(f"pasang wifi gratis {place}", "faq_wifi", {}, "ambon") for place in ("kantor", "rumah", "pasar")]
    floor = {"severity 1 missed": {"most": 1.0}, "topic first": {"least": 0.999}}
    job = {
        "cities": ["ambon"],
        "variants": {"ambon": {"wifi": [f"wifi gratis {n} pasang dimana" for n in ("satu", "dua", "tiga")]}},
        "examples": [{"text": one.text, "intent": one.intent, "metadata": one.metadata} for one in (*few, *asked)],
        "tests": {"ambon": {"wifi": ["wifi gratis dua pasang dimana"]}},
        "placed": [{"text": "banjir di batu merah", "city": "ambon", "kecamatan": "Sirimau", "kelurahan": None}],
        "files": False,
        "floors": floor,
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.trainer", str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = [json.loads(line) async for line in process.stdout]
    assert await process.wait() == 0
    assert told[0]["step"] == "Mengumpulkan kalimat"
    assert [one["progress"] for one in told] == sorted(one["progress"] for one in told)
    report = json.loads((tmp_path / "report.json").read_text())
    figures = {one["name"]: one for one in report["figures"]}
    assert figures["severity 1 missed"]["ok"]
    assert figures["kecamatan right"]["value"] == 1.0
    assert report["broken"] == ["topic first"], "a few hundred phrases are too few for that"
    assert report["sha256"] == hashlib.sha256((tmp_path / "model").read_bytes()).hexdigest()
    cities = load_cities(["ambon"])
    understood = understanding.open_understander(cities, tmp_path / "model").understand([Heard("kebakaran!", "ambon")])
    assert understood[0].action == "escalate"
