"""`sigap nlu train | eval | compare | bench | parse | explain`, mounted by the roof, which knows where all lies."""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from nlu.bench import measured
from nlu.compare import compared
from nlu.evaluate import evaluate, measures, out_of_bounds, split
from nlu.exam import load_exams, of_phrase
from nlu.meaning import Heard
from nlu.model import Model
from nlu.phrases import TrainingPhrase
from nlu.report import report
from nlu.train import train
from nlu.understand import Understander, build_understander

Rules = tuple[Mapping[str, Any], Mapping[str, str]]
_AT_ONCE = 256  # lines read before the first is answered


def commands(
    load_phrases: Callable[[], list[TrainingPhrase]],
    keep: Callable[[Model], Path],
    build: Callable[[], Understander],
    rules: Callable[[], Rules] | None = None,
) -> typer.Typer:
    """The commands. `keep` saves a trained model and says where.

    `rules` gives (danger.yml, slang.csv) as parsed; without it there is no `train` and no `eval`.
    """
    app = typer.Typer(help="Understanding of texts: train, measure, parse, explain.", no_args_is_help=True)
    _add_readers(app, build)
    if rules is not None:
        _add_teachers(app, load_phrases, keep, build, rules)
    return app


def _add_readers(app: typer.Typer, build: Callable[[], Understander]) -> None:
    @app.command()
    def parse() -> None:
        """JSONL in on standard input ({"id", "text"}, optional "city"), JSONL out in the same order."""
        for line in parsed(sys.stdin, build()):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()

    @app.command()
    def explain(
        text: str, city: Annotated[str | None, typer.Option(help="Slug of the city that hears it.")] = None
    ) -> None:
        """What was read in one text: its plain words, the rules that spoke, what each word weighed."""
        typer.echo(json.dumps(build().explain(Heard(text, city)), ensure_ascii=False, indent=1))

    @app.command()
    def bench(
        testset: Annotated[list[Path], typer.Option(help="JSONL file or folder of ordinary messages.")],
    ) -> None:
        """CPU a message, alone and in batches, and of the worst hostile text."""
        for line in measured(build(), [Heard(exam.text, exam.city) for exam in load_exams(testset)]):
            typer.echo(line)


def _add_teachers(
    app: typer.Typer,
    load_phrases: Callable[[], list[TrainingPhrase]],
    keep: Callable[[Model], Path],
    build: Callable[[], Understander],
    rules: Callable[[], Rules],
) -> None:
    @app.command(name="train")
    def train_() -> None:
        """Train on every phrase and keep the model in the data folder."""
        phrases, began = load_phrases(), time.monotonic()
        typer.echo(f"training on {len(phrases)} phrases, about a minute ...", err=True)
        model = train(phrases, *rules())
        typer.echo(f"{keep(model)}: {len(phrases)} phrases, data {model.data_hash}, {time.monotonic() - began:.0f} s")

    @app.command(name="eval")
    def eval_(
        testset: Annotated[
            list[Path] | None, typer.Option(help="JSONL file or folder of messages never taught; may be repeated.")
        ] = None,
        share: Annotated[float, typer.Option(help="Without a test set: held out of training, 0 to 1.")] = 0.2,
        seed: Annotated[int, typer.Option(help="Which phrases are held out.")] = 1,
        floors: Annotated[Path | None, typer.Option(help="A pyproject.toml with [tool.sigap.nlu.bounds].")] = None,
    ) -> None:
        """Measure the installed understander on a test set, or one trained on a part of the phrases on the rest.

        Exit 1 where a figure is out of the bounds given.
        """
        if testset:
            rows = evaluate(build(), load_exams(testset))
        else:
            taught, held = split(load_phrases(), seed=seed, share=share)
            danger, slang = rules()
            typer.echo(f"training on {len(taught)} phrases, about a minute ...", err=True)
            model = train(taught, danger, slang)
            bare = build_understander(model, danger, slang, frames=(), areas=(), landmarks=())
            rows = evaluate(bare, [of_phrase(phrase) for phrase in held])
        typer.echo(report(rows))
        broken = out_of_bounds(measures(rows), _bounds(floors))
        for line in broken:
            typer.echo(line, err=True)
        if broken:
            raise typer.Exit(1)

    @app.command()
    def compare(
        testset: Annotated[list[Path], typer.Option(help="JSONL file or folder of messages never taught.")],
    ) -> None:
        """Train every model that was tried on the same phrases and measure them on the same messages."""
        for line in compared(load_phrases(), load_exams(testset), *rules()):
            typer.echo(line)


def parsed(lines: Iterable[str], understander: Understander) -> Iterator[str]:
    """One line of JSON a line, in order. What is no JSON object with a text comes back with `error` and no answer."""
    waiting = iter(lines)
    while few := list(islice(waiting, _AT_ONCE)):
        asked = [_asked(line) for line in few]
        heard = [Heard(one["text"], one["city"]) for one in asked if "error" not in one]
        answers = iter(understander.understand(heard))
        for one in asked:
            answer = one if "error" in one else {"id": one.get("id")} | next(answers).to_json()
            yield json.dumps(answer, ensure_ascii=False)


def _asked(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except ValueError:
        return {"id": None, "error": "no JSON"}
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        return {"id": asked.get("id") if isinstance(asked, dict) else None, "error": "no text"}
    city = asked.get("city")
    return {"id": asked.get("id"), "text": asked["text"], "city": city if isinstance(city, str) else None}


def _bounds(path: Path | None) -> Mapping[str, Mapping[str, float]]:
    if path is None:
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    bounds: Mapping[str, Mapping[str, float]] = table.get("tool", {}).get("sigap", {}).get("nlu", {}).get("bounds", {})
    return bounds
