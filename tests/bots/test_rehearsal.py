"""The turn tried out beside the editor, and the check that keeps an answer from standing before an emergency."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.rehearsal import Drafted, Rehearsal
from bots.replay import Emergencies
from config.clock import VirtualClock
from config.database import Database
from knowledge_base.city import City, load_cities
from knowledge_base.tables import example, heard_question
from nlu.understand import Understander
from tests.schema import migrated_file
from tests.understanders import CITIES, real_understander

SAMSAT = {
    "title": "Samsat keliling",
    "answer": "Samsat keliling {short} ada di Tugu Religi.",
    "sms": "Samsat keliling: Tugu Religi.",
    "ask": "Samsat",
    "variants": ["samsat keliling hari ini di mana", "bayar pajak motor di samsat keliling"],
    "tests": ["samsat keliling dimana ya"],
    "hours": [{"days": [1, 2, 3, 4, 5, 6, 7], "opens": "08:00", "closes": "15:00"}],
    "closed_on_holidays": False,
}


@pytest.fixture(scope="module")
def cities() -> dict[str, City]:
    return load_cities(CITIES)


@pytest.fixture(scope="module")
def understander(cities: dict[str, City]) -> Understander:
    return real_understander(cities)


@pytest.fixture
def kendari(cities: dict[str, City]) -> City:
    return cities["kendari"]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{migrated_file(tmp_path / 'sigap.db')}")
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def emergencies() -> Emergencies:
    """Read once: the phrases are eleven thousand."""
    return Emergencies()


@pytest.fixture
def rehearsal(database: Database, understander: Understander, emergencies: Emergencies) -> Rehearsal:
    made = Rehearsal(database, VirtualClock(), understander, {"kendari": "0811 5550 112"})
    made._emergencies = emergencies
    return made


def samsat(**changes: Any) -> Drafted:
    return "article", "samsat_keliling", {**SAMSAT, **changes}


def taught(*variants: str) -> Drafted:
    return samsat(variants=list(variants), tests=[])


async def remember(database: Database, questions: Sequence[str]) -> None:
    now = VirtualClock().now()
    rows = [
        {
            "city": "kendari",
            "id": number,
            "conversation_id": 1,
            "at": now + timedelta(seconds=number),
            "text": text,
            "kind": "question",
            "outcome": "unknown",
        }
        for number, text in enumerate(questions, 1)
    ]
    await database.write(lambda connection: connection.execute(heard_question.insert(), rows))


async def test_a_draft_is_tried_as_if_it_were_published(rehearsal: Rehearsal, kendari: City) -> None:
    text = "samsat keliling hari ini dimana?"
    without = await rehearsal.rehearse(kendari, text, "whatsapp", [])
    said = await rehearsal.rehearse(kendari, text, "whatsapp", [samsat()])
    assert (without["topic"] or {}).get("slug") != "samsat_keliling"
    assert said["topic"] == {"slug": "samsat_keliling", "title": "Samsat keliling", "from": "draft"}
    assert not said["human"]
    (reply,) = said["replies"]
    assert reply["text"].startswith("Samsat keliling Kendari ada di Tugu Religi.\nSekarang buka sampai 15.00.")
    assert reply["buttons"] == ["Bukan itu"]
    assert reply["sms_parts"] is None
    assert any("mirip variasi" in reason for reason in said["understanding"]["reasons"])


async def test_by_sms_it_is_the_short_form_and_what_it_costs(rehearsal: Rehearsal, kendari: City) -> None:
    said = await rehearsal.rehearse(kendari, "samsat keliling hari ini dimana?", "sms", [samsat()])
    (reply,) = said["replies"]
    assert reply == {
        "text": "Samsat keliling: Tugu Religi.\nSekarang buka sampai 15.00.",
        "buttons": [],
        "sms_parts": 1,
    }


async def test_what_is_published_is_named_as_such(rehearsal: Rehearsal, kendari: City) -> None:
    said = await rehearsal.rehearse(kendari, "syarat bikin ktp apa saja", "web", [samsat()])
    assert said["topic"]["slug"] == "ktp"
    assert said["topic"]["from"] == "published"


async def test_an_emergency_calls_a_human_whatever_is_drafted(rehearsal: Rehearsal, kendari: City) -> None:
    trap = taught("rumah saya kebakaran tolong")
    said = await rehearsal.rehearse(kendari, "rumah saya kebakaran tolong", "whatsapp", [trap])
    assert said["human"]
    assert said["topic"] is None
    assert said["understanding"]["action"] == "escalate"


async def test_an_answer_half_written_can_be_tried(rehearsal: Rehearsal, kendari: City) -> None:
    draft: Drafted = (
        "article",
        "samsat_keliling",
        {"title": "", "answer": "", "variants": ["samsat keliling dimana", ""]},
    )
    said = await rehearsal.rehearse(kendari, "samsat keliling dimana", "web", [draft])
    assert said["topic"]["slug"] == "samsat_keliling"


async def test_a_sentence_is_tried_too(rehearsal: Rehearsal, kendari: City) -> None:
    draft: Drafted = ("wording", "menu", {"text": "Halo dari {city}."})
    said = await rehearsal.rehearse(kendari, "selamat pagi", "web", [draft])
    assert [reply["text"] for reply in said["replies"]] == ["Halo dari Kota Kendari."]


async def test_whoever_publishes_a_sentence_reads_the_old_one_beside_it(rehearsal: Rehearsal, kendari: City) -> None:
    report = await rehearsal.check(kendari, [("wording", "menu", {"text": "Halo dari {city}."})])
    assert report["changed"] == [{"text": "menu", "from": kendari.wording["menu"], "to": "Halo dari {city}."}]


BRACES = ["Biaya {nominal} rupiah", "{", "harga {0}", "a } b", "{voice:>300000000}", "{voice.real}", "{}"]


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
@pytest.mark.parametrize("words", BRACES)
async def test_braces_that_nothing_fills_are_said_as_they_stand(
    rehearsal: Rehearsal, kendari: City, words: str, channel: str
) -> None:
    local = [{"kecamatan": ["Kadia"], "answer": words, "sms": words}]
    draft = samsat(answer=words, sms=words, ask=words, kendari=words, local=local)
    said = await rehearsal.rehearse(kendari, "samsat keliling hari ini dimana?", channel, [draft])
    assert said["replies"][0]["text"].startswith(words)
    assert "answer" in {one["field"] for one in (await rehearsal.check(kendari, [draft]))["faults"]}


@pytest.mark.parametrize("words", BRACES)
async def test_so_are_those_of_a_sentence(rehearsal: Rehearsal, kendari: City, words: str) -> None:
    said = await rehearsal.rehearse(kendari, "selamat pagi", "web", [("wording", "menu", {"text": words})])
    assert [reply["text"] for reply in said["replies"]] == [words]


async def test_a_form_of_a_sentence_is_filled_like_the_sentence(rehearsal: Rehearsal, kendari: City) -> None:
    draft: Drafted = ("wording", "menu_sms", {"text": "Halo dari {city}. {nominal}"})
    said = await rehearsal.rehearse(kendari, "selamat pagi", "sms", [draft])
    assert said["replies"][0]["text"] == "Halo dari {city}. {nominal}"
    draft = ("wording", "menu_sms", {"text": "Halo dari {city}."})
    said = await rehearsal.rehearse(kendari, "selamat pagi", "sms", [draft])
    assert said["replies"][0]["text"] == "Halo dari Kota Kendari."


@pytest.mark.parametrize(
    "draft",
    [
        ("article", "samsat_keliling", {"variants": 5, "tests": {"a": 1}, "answer": [1], "local": ["x"]}),
        ("wording", "menu", {"text": 7}),
        ("wording", "no_such", {"text": "{"}),
        ("category", "kebakaran", {"name": "Api", "questions": [{"fact": "api", "wording": "no_such"}]}),
        ("raja", "x", {}),
    ],
)
async def test_what_cannot_be_tried_is_passed_over(rehearsal: Rehearsal, kendari: City, draft: Drafted) -> None:
    said = await rehearsal.rehearse(kendari, "rumah saya kebakaran", "web", [draft])
    assert said["human"]


async def test_an_innocent_answer_passes(rehearsal: Rehearsal, kendari: City, database: Database) -> None:
    await remember(database, ["perpustakaan buka jam brp", "syarat ktp", "perpustakaan buka jam brp"])
    found = await rehearsal.check(kendari, [samsat(variants=["perpustakaan kota buka jam berapa"], tests=[])])
    assert not found["blocked"]
    assert found["emergencies"] == []
    assert found["newly_answered"] == [{"text": "perpustakaan buka jam brp", "topic": "samsat_keliling"}]
    assert found["changed"] == found["tests"] == found["faults"] == []
    assert found["checked"]["emergencies"] > 10_000
    assert found["checked"]["recorded"] == 2


REPORTS = [
    "rumah saya kebakaran tolong",
    "anak saya tenggelam di sungai",
    "suami saya tidak sadar",
    "ada orang berkelahi pakai parang",
]


async def test_variants_that_are_emergencies_block_and_are_named(rehearsal: Rehearsal, kendari: City) -> None:
    found = await rehearsal.check(kendari, [taught("samsat keliling di mana", *REPORTS)])
    assert found["blocked"]
    named = [(one["phrase"], one["variant"], one["score"]) for one in found["emergencies"]]
    assert {(one, one, 1.0) for one in REPORTS} <= set(named)
    assert {variant for _, variant, _ in named} == set(REPORTS)


async def test_a_variant_that_is_near_an_emergency_blocks(rehearsal: Rehearsal, kendari: City) -> None:
    """ "Banjir mana?" asks; "banjir" alone may be all that somebody on a roof can write."""
    found = await rehearsal.check(kendari, [taught("banjir mana?")])
    assert found["blocked"]
    assert "banjir" in {one["phrase"] for one in found["emergencies"]}
    assert {one["variant"] for one in found["emergencies"]} == {"banjir mana?"}


PLEAS = ["sudah di mana", "kapan datang", "tidak tahu", "entah", "masih menunggu ini", "petugasnya mana ya"]


async def test_variants_that_are_plain_answers_or_pleas_block(rehearsal: Rehearsal, kendari: City) -> None:
    found = await rehearsal.check(kendari, [taught("samsat keliling di mana", *PLEAS)])
    assert found["blocked"]
    assert {one["variant"] for one in found["emergencies"]} == set(PLEAS)
    assert {one["variant"] for one in found["emergencies"] if one["why"].endswith("hapus variasi ini.")} == set(PLEAS)


async def test_questions_in_the_words_of_a_plea_pass(rehearsal: Rehearsal, kendari: City) -> None:
    variants = [
        "pasar murah di mana",
        "petugas sensus kapan datang",
        "perpustakaan",
        "sudah sampai mana perbaikan pasar",
    ]
    assert not (await rehearsal.check(kendari, [taught(*variants)]))["blocked"]


async def test_a_title_that_is_an_emergency_blocks_and_is_named(rehearsal: Rehearsal, kendari: City) -> None:
    found = await rehearsal.check(kendari, [samsat(title="Rumah saya kebakaran, tolong!")])
    assert found["blocked"]
    (one,) = found["emergencies"]
    assert one["variant"] == "Rumah saya kebakaran, tolong!"
    assert one["why"].startswith("Judul ini")


async def test_a_title_that_stands_already_may_stay(rehearsal: Rehearsal, kendari: City) -> None:
    """ "Perlindungan perempuan dan anak" sounds like a report; its answer can be mended all the same."""
    title = next(one.title for one in kendari.articles if one.topic == "kdrt_konseling")
    draft: Drafted = ("article", "kdrt_konseling", {**SAMSAT, "title": title, "variants": [], "tests": []})
    assert not (await rehearsal.check(kendari, [draft]))["blocked"]


async def test_what_people_at_the_desk_called_an_emergency_blocks_too(
    rehearsal: Rehearsal, kendari: City, database: Database
) -> None:
    row = {
        "city": "kendari",
        "id": 1,
        "text": "samsat keliling oleng ke kiri",
        "intent": "darurat_kecelakaan",
        "was": {},
        "source": "case",
        "state": "accepted",
        "proposed_by": "petugas",
        "at": VirtualClock().now(),
    }
    await database.write(lambda connection: connection.execute(example.insert(), [row]))
    found = await rehearsal.check(kendari, [taught("samsat keliling oleng")])
    assert found["blocked"]
    assert "samsat keliling oleng ke kiri" in {one["phrase"] for one in found["emergencies"]}


async def test_a_question_that_another_answer_would_lose_is_shown(
    rehearsal: Rehearsal, kendari: City, database: Database
) -> None:
    await remember(database, ["syarat bikin ktp baru apa saja"])
    found = await rehearsal.check(kendari, [taught("syarat bikin ktp baru apa saja")])
    assert found["changed"] == [{"text": "syarat bikin ktp baru apa saja", "from": "ktp", "to": "samsat_keliling"}]
    assert not found["blocked"]


async def test_a_test_question_that_fails_is_shown(rehearsal: Rehearsal, kendari: City) -> None:
    found = await rehearsal.check(kendari, [samsat(tests=["samsat keliling dimana ya", "berapa harga cabai"])])
    assert [one["question"] for one in found["tests"]] == ["berapa harga cabai"]
    assert found["checked"]["tests"] == 2


async def test_faults_are_named(rehearsal: Rehearsal, kendari: City) -> None:
    found = await rehearsal.check(kendari, [samsat(sms="x" * 400)])
    assert [one["field"] for one in found["faults"]] == ["sms"]
