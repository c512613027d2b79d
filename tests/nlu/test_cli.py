from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nlu.cli import commands, parsed
from nlu.evaluate import Share, evaluate, measures, out_of_bounds, split
from nlu.exam import Exam, load_exams, of_phrase
from nlu.model import Model
from nlu.phrases import TrainingPhrase
from nlu.report import report
from nlu.understand import Understander

FORM = [
    "id",
    "kind",
    "categories",
    "severity",
    "action",
    "reaches_human",
    "topics",
    "places",
    "facts",
    "language",
    "scores",
    "reasons",
]


def test_parse_answers_line_by_line_in_order(understander: Understander) -> None:
    lines = [
        json.dumps({"id": 7, "text": "kebakaran di Korumba", "city": "kendari"}),
        "no json",
        json.dumps({"id": "x"}),
        json.dumps({"id": "y", "text": "syarat ktp", "city": 5}),
        json.dumps(["text"]),
    ]
    first, bad, empty, last, odd = map(json.loads, parsed(lines, understander))
    assert list(first) == FORM
    assert (first["id"], first["action"], first["reaches_human"]) == (7, "escalate", True)
    assert first["places"][0]["kelurahan"] == "Korumba"
    assert (bad, empty, odd) == (
        {"id": None, "error": "no JSON"},
        {"id": "x", "error": "no text"},
        {"id": None, "error": "no text"},
    )
    assert (last["id"], last["reaches_human"]) == ("y", False)


def test_the_commands(
    understander: Understander,
    phrases: list[TrainingPhrase],
    danger: dict[str, Any],
    slang: dict[str, str],
    tmp_path: Path,
) -> None:
    path = tmp_path / "model.npz"
    few = phrases[::120]  # of every intent: the commands are looked at here, not what they teach
    assert {one.intent for one in few} == {one.intent for one in phrases}

    def keep(model: Model) -> Path:
        model.save(path)
        return path

    app = commands(lambda: few, keep, lambda: understander, lambda: (danger, slang))
    run = CliRunner()
    assert run.invoke(app, ["train"]).exit_code == 0
    assert not Model.load(path).is_stale(few, danger, slang)
    told = run.invoke(app, ["explain", "rumah terbakar"])
    assert json.loads(told.stdout)["understanding"]["action"] == "escalate"
    heard = run.invoke(app, ["parse"], input='{"id": 1, "text": "rumah terbakar"}\n')
    assert json.loads(heard.stdout)["kind"] == "emergency"
    bounds = tmp_path / "pyproject.toml"
    bounds.write_text('[tool.sigap.nlu.bounds]\n"kind right" = {least = 1.01}\n', encoding="utf-8")
    assert run.invoke(app, ["eval", "--share", "0.3"]).exit_code == 0
    lines = tmp_path / "set.jsonl"
    lines.write_text('{"text": "ada kebakaran", "kind": "emergency", "categories": ["kebakaran"]}\n', encoding="utf-8")
    measured = run.invoke(app, ["eval", "--testset", str(tmp_path), "--floors", str(bounds)])
    assert measured.exit_code == 1
    assert "category right 100.0 %" in " ".join(measured.stdout.split())
    cost = run.invoke(app, ["bench", "--testset", str(lines)])
    assert cost.exit_code == 0
    assert "us a message" in cost.stdout
    told = run.invoke(app, ["compare", "--testset", str(lines)])
    assert told.exit_code == 0
    assert "linear + net" in told.stdout
    assert run.invoke(app, ["eval", "--share", "0.3", "--floors", str(bounds)]).exit_code == 1


def test_the_report_counts_what_it_shows(understander: Understander) -> None:
    rows = evaluate(
        understander,
        [
            of_phrase(TrainingPhrase("rumah terbakar", "darurat_kebakaran", {"severity": 1, "style": "santai"})),
            of_phrase(TrainingPhrase("syarat bikin ktp baru apa saja?", "faq_ktp", {"style": "santai"})),
            of_phrase(TrainingPhrase("selamat pagi", "basabasi")),
            Exam("kebakaran di Korumba", "emergency", "kendari", ("bencana", "kebakaran"), kelurahan="Korumba"),
            Exam("xqzwk", "smalltalk", hard="gibberish"),
        ],
    )
    found = measures(rows)
    assert (found["severity 1 missed"].hits, found["category right"].hits, found["topic first"].hits) == (0, 2, 1)
    assert (found["kelurahan right"].hits, found["kecamatan right"].total, found["noise answered"].hits) == (1, 0, 0)
    assert found["kind right"].total == 4  # noise is no message of any kind
    text = report(rows)
    assert "severity 1 missed" in text
    assert "by style, emergencies" in text
    assert "expected calibration error" in text
    assert out_of_bounds(found, {"severity 1 missed": {"most": 0.0}, "kind right": {"least": 0.1}}) == []
    assert len(out_of_bounds(found, {"topic first": {"most": 0.5}})) == 1


def test_wilson_is_honest_for_few_trials() -> None:
    low, high = Share(0, 10).interval
    assert low == 0.0
    assert high == pytest.approx(0.2775, abs=0.001)
    assert Share(0, 0).value == 0


def test_the_split_is_stable_and_within_intents(phrases: list[TrainingPhrase]) -> None:
    taught, held = split(phrases, seed=3)
    again, _ = split(list(reversed(phrases)), seed=3)
    assert taught == again
    assert not set(map(id, taught)) & set(map(id, held))
    assert {one.intent for one in held} == {one.intent for one in phrases}


def test_a_line_that_is_no_exam_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x", "kind": "question", "topic": "ktp"}\n{}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.jsonl:2"):
        load_exams([tmp_path])
