"""Whatever three people do in whatever order: no answer of two people is ever published by one who wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection, create_engine, func, select

from config.database import metadata
from knowledge_base import entries
from knowledge_base.city import load_city
from knowledge_base.entries import Editor, Refused
from knowledge_base.seed import seed_city
from knowledge_base.tables import entry, entry_version
from tests.knowledge_base.small_city import write_city
from tests.knowledge_base.store import BUDI, NOW, RINA, SARI, TOPIC

PEOPLE = st.sampled_from([RINA, SARI, BUDI])
WORDS = st.sampled_from(["Gratis.", "Gratis sekali.", "Gratis, {voice}.", "Rusak {", "Salah {nomor}."])
GUESS = st.integers(-1, 1)  # how far off the revision is that somebody has on the screen

with TemporaryDirectory() as _folder:
    KOTA = load_city("kota", write_city(Path(_folder)))


@dataclass
class Model:
    """What must hold, in the plainest form."""

    told: str = "Menelepon {voice} gratis."
    withdrawn: bool = False
    version: int = 1
    draft: str | None = None
    state: str = "draft"
    revision: int = 0
    authors: set[str] = field(default_factory=set)


class Review(RuleBasedStateMachine):
    """The store on SQLite beside the model."""

    @initialize()
    def begin(self) -> None:
        self.engine = create_engine("sqlite://")
        self.connection: Connection = self.engine.connect()
        metadata.create_all(self.connection)
        seed_city(self.connection, KOTA, NOW - timedelta(days=1))
        self.model = Model()

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.connection.close()
            self.engine.dispose()

    def refused(self, code: str, act: Any, *args: Any, **more: Any) -> None:
        with pytest.raises(Refused) as caught:
            act(self.connection, *args, **more)
        assert caught.value.code == code

    @rule(who=PEOPLE, words=WORDS, off=GUESS)
    def save(self, who: Editor, words: str, off: int) -> None:
        model = self.model
        body = {**self.entry().body, "answer": words}
        seen = None if model.draft is None else model.revision + off
        args = (KOTA, "article", TOPIC, body, who, NOW)
        if seen is not None and off:
            self.refused("stale", entries.save_draft, *args, revision=seen)
            return
        kept = entries.save_draft(self.connection, *args, revision=seen)
        model.authors = {who.username, *(model.authors if model.draft is not None else ())}
        model.draft, model.state, model.revision = words, "draft", kept.revision

    @rule(who=PEOPLE)
    def submit(self, who: Editor) -> None:
        model = self.model
        args = (KOTA, "article", TOPIC, who, NOW, model.revision)
        if model.draft is None:
            self.refused("stale", entries.submit, *args)
        elif self.broken(model.draft):
            self.refused("faults", entries.submit, *args)
        elif model.draft == model.told and not model.withdrawn:
            self.refused("nothing", entries.submit, *args)
        else:
            model.revision = entries.submit(self.connection, *args).revision
            model.state = "review"

    @rule(who=PEOPLE)
    def send_back(self, who: Editor) -> None:
        model = self.model
        args = ("kota", "article", TOPIC, who, NOW, model.revision, "Perbaiki.")
        if model.draft is None:
            self.refused("stale", entries.send_back, *args)
        elif model.state != "review":
            self.refused("nothing", entries.send_back, *args)
        elif not who.may_publish and who.username not in model.authors:
            self.refused("not_allowed", entries.send_back, *args)
        else:
            model.revision = entries.send_back(self.connection, *args).revision
            model.state = "draft"

    @rule(who=PEOPLE)
    def publish(self, who: Editor) -> None:
        model = self.model
        args = (KOTA, "article", TOPIC, who, NOW, model.revision)
        if not who.may_publish:
            self.refused("not_allowed", entries.publish, *args)
        elif model.draft is None:
            self.refused("stale", entries.publish, *args)
        elif model.state != "review" or who.username in model.authors:
            self.refused("second_person", entries.publish, *args)
        elif model.draft == model.told and not model.withdrawn:
            self.refused("nothing", entries.publish, *args)
        else:
            entries.publish(self.connection, *args)
            model.told, model.withdrawn, model.draft = model.draft, False, None
            model.version += 1
            newest = entries.versions(self.connection, "kota", "article", TOPIC)[0]
            assert newest.approved_by == who.username != newest.who

    @rule()
    def drop(self) -> None:
        args = ("kota", "article", TOPIC, RINA, NOW, self.model.revision)
        if self.model.draft is None:
            self.refused("stale", entries.drop_draft, *args)
        else:
            entries.drop_draft(self.connection, *args)
            self.model.draft = None

    @rule(who=PEOPLE)
    def withdraw(self, who: Editor) -> None:
        if self.model.withdrawn:
            self.refused("nothing", entries.withdraw, "kota", "article", TOPIC, who, NOW)
        else:
            entries.withdraw(self.connection, "kota", "article", TOPIC, who, NOW)
            self.model.withdrawn = True
            self.model.version += 1

    @rule(back=st.integers(0, 3))
    def roll_back(self, back: int) -> None:
        model = self.model
        number = max(1, model.version - back)
        older = entries.version(self.connection, "kota", "article", TOPIC, number)
        assert older is not None
        if older.body["answer"] == model.told and not model.withdrawn:
            self.refused("nothing", entries.roll_back, KOTA, "article", TOPIC, number, SARI, NOW)
        else:
            entries.roll_back(self.connection, KOTA, "article", TOPIC, number, SARI, NOW)
            model.told, model.withdrawn = older.body["answer"], False
            model.version += 1

    def broken(self, words: str) -> bool:
        return words.startswith(("Rusak", "Salah"))

    def entry(self) -> entries.Entry:
        found = entries.get(self.connection, "kota", "article", TOPIC)
        assert found is not None
        return found

    @invariant()
    def citizens_are_told_what_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        kept, model = self.entry(), self.model
        assert (kept.body["answer"], kept.withdrawn_at is not None) == (model.told, model.withdrawn)
        assert not self.broken(kept.body["answer"])
        assert kept.version == model.version

    @invariant()
    def the_draft_is_what_was_saved_last(self) -> None:
        if not hasattr(self, "model"):
            return
        found = entries.get_draft(self.connection, "kota", "article", TOPIC)
        assert (None if found is None else found.body["answer"]) == self.model.draft
        if found is not None:
            assert (found.state, set(found.authors)) == (self.model.state, self.model.authors)

    @invariant()
    def no_version_is_ever_lost(self) -> None:
        if not hasattr(self, "model"):
            return
        mine = (entry_version.c.city == "kota", entry_version.c.kind == "article", entry_version.c.slug == TOPIC)
        assert self.connection.scalar(select(func.count()).where(*mine)) == self.model.version
        assert self.connection.scalar(select(func.count()).select_from(entry)) == self.entries_at_the_start

    @property
    def entries_at_the_start(self) -> int:
        return 8


Review.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestReview = Review.TestCase
