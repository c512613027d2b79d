"""The door: order, batches, hostile input, and what it never does."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nlu.alarm import Alarm
from nlu.bench import hostile_texts
from nlu.clean import Cleaned, Cleaner
from nlu.danger import Danger
from nlu.intents import Classifier
from nlu.judge import Judge
from nlu.places import Gazetteer, Places
from nlu.policy import Limits
from nlu.understand import Faculties, Heard, Model, PlaceGuess, Understander, Understanding

HOSTILE = list(hostile_texts())


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_is_understood(understander: Understander, number: int) -> None:
    said = understander.understand([Heard(HOSTILE[number], "kendari")])[0]
    json.dumps(said.to_json()).encode()
    assert not any(reason.startswith("gagal") for reason in said.reasons)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(max_size=200), st.sampled_from([None, "ambon", "kendari", "atlantis"])), max_size=6))
def test_never_raises_and_keeps_the_order(understander: Understander, said: list[tuple[str, str | None]]) -> None:
    heard = [Heard(text, city) for text, city in said]
    together = understander.understand(heard)
    assert len(together) == len(heard)
    for one, understood in zip(heard, together, strict=True):
        assert understander.understand([one])[0].action == understood.action
        assert Understanding.from_json(json.loads(json.dumps(understood.to_json()))) == understood
        understander.urgent(one.text)


@settings(deadline=None, max_examples=200)
@example(text="fj yy")
@given(text=st.text(alphabet="qxzvwjfhy ", min_size=1, max_size=30))
def test_random_letters_are_never_answered(understander: Understander, text: str) -> None:
    assert understander.understand([Heard(text)])[0].topics == ()


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="💃🍕🎉🦄🍀🎈🐙🌵", min_size=1, max_size=8))
def test_emoji_salad_is_never_answered(understander: Understander, text: str) -> None:
    said = understander.understand([Heard(text)])[0]
    assert said.topics == ()
    assert said.action in ("ask", "warn")


def test_many_messages_in_one_call(understander: Understander) -> None:
    heard = [Heard("kebakaran di Korumba", "kendari"), Heard("jam buka puskesmas")] * 200
    said = understander.understand(heard)
    assert {one.action for one in said[::2]} == {"escalate"}
    assert len({one.scores["emergency"] for one in said[1::2]}) == 1
    assert understander.understand([]) == []


class BrokenPlaces(Places):
    """Loses its mind over one message and reads the others."""

    def read(self, cleaned: Cleaned, city: str | None) -> tuple[PlaceGuess, ...]:
        if "rusak" in cleaned.words:
            raise RuntimeError("lost")
        return ()


def test_a_broken_part_sends_its_message_alone_to_a_human(
    model: Model, danger: dict[str, Any], slang: dict[str, str]
) -> None:
    understander = Understander(
        Faculties(
            cleaner=Cleaner(slang, model.known),
            danger=Danger(danger),
            classifier=Classifier(model),
            judge=Judge(model.heads, model.second_look, Limits.from_thresholds(model.thresholds)),
            places=BrokenPlaces(Gazetteer((), (), (), ())),
            alarm=Alarm(danger, slang, model),
        )
    )
    calm, broken, other = understander.understand([Heard("selamat pagi"), Heard("ini rusak"), Heard("selamat pagi")])
    assert (broken.action, broken.reasons) == ("escalate", ("gagal dipahami: RuntimeError",))
    assert calm == other
    assert calm.action == "answer"


def test_why_is_always_said(understander: Understander) -> None:
    said = understander.understand([Heard("ada kebakaran di Korumba", "kendari")])[0]
    assert said.reasons[0] == "kata bahaya: kebakaran (kebakaran)"
    assert said.reaches_human
    assert said.scores["emergency"] == pytest.approx(
        1 - sum(said.scores[kind] for kind in ("question", "complaint", "smalltalk", "prank")), abs=0.001
    )


@pytest.mark.parametrize("text", ["tolong", "KEBAKARANNN!!!", "🆘", "ada api", "tenggelam org", "kbakaran d jln"])
def test_the_pre_filter_lets_danger_overtake(understander: Understander, text: str) -> None:
    assert understander.urgent(text)


@pytest.mark.parametrize(
    "text", ["syarat ktp apa saja", "jadwal imunisasi bayi", "", "selamat siang", "biaya skck berapa"]
)
def test_the_pre_filter_lets_questions_wait(understander: Understander, text: str) -> None:
    assert not understander.urgent(text)


def test_threads_read_side_by_side(understander: Understander) -> None:
    heard = [Heard(f"tolong kbakrn{number} di lorong Xwqe{number}, {number} orang", "kendari") for number in range(60)]
    alone = understander.understand(heard)
    with ThreadPoolExecutor(4) as desk:
        assert all(said == alone for said in desk.map(lambda _: understander.understand(heard), range(8)))


def test_a_story_hides_its_emergency_in_the_middle(understander: Understander) -> None:
    calm = "Saya mau tanya soal kartu keluarga dan syarat pindah alamat, berkas sudah lengkap dari RT. "
    story = calm * 6 + "Tadi anak saya jatuh ke sumur dan tidak ada suaranya. " + calm * 6
    assert understander.understand([Heard(story)])[0].action == "escalate"


def test_explain_shows_every_layer(understander: Understander) -> None:
    told = understander.explain(Heard("bukan kebakaran, cuma bakar sampah", "ambon"))
    assert told["words"] == ["bukan", "kebakaran", "cuma", "bakar", "sampah"]
    assert told["danger"]["doubtful"] == ["api: kebakaran (ingkar)"]
    assert told["weights"]
    assert told["understanding"]["action"] in ("ask", "answer", "warn")
