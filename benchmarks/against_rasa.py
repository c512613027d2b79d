"""`python -m benchmarks.against_rasa http://127.0.0.1:5005 tests/nlu/testset2`: both read the same lines, in one run.

The Rasa server was trained on the same phrase files: docs/understanding.md says how. It is read as a bot over it would
act: a `darurat_*` intent rings an operator, `nlu_fallback` asks back, every other intent is answered. Behind a
fallback its next intent still counts as its guess at kind, category and topic, and nothing out of scope as answered.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from rich.progress import track

from config.settings import read_settings
from config.understanding import is_stale, open_understander, train_model
from knowledge_base.city import load_cities
from nlu.evaluate import Row, Share, category_right, evaluate, kind_right, measures, share
from nlu.exam import OUTSIDE, Exam, load_exams
from nlu.meaning import Action, Heard, Understanding
from nlu.phrases import OUT_OF_SCOPE, category_of, kind_of, topic_of
from nlu.rasa import FALLBACK
from nlu.understand import Understander

SHOWN: Final = (
    "severity 1 missed",
    "severity 1 asked back",
    "emergencies missed",
    "emergencies asked back",
    "non-emergencies that ring",
    "non-emergencies asked back",
    "kind right",
    "category right",
    "topic first",
    "out of scope refused",
    "noise answered",
    "noise that rings",
)
DEADLINE: Final = 30.0  # seconds for one answer: here Rasa may be slow, it is timed
WARM: Final = 5  # lines asked before the measuring: TensorFlow's first answers take seconds


class NoRasa(Exception):
    """The server does not answer as Rasa does; its message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Told:
    """One side's answers and what each cost, in milliseconds."""

    rows: list[Row]
    cost: dict[str, float]


def told_by_us(understander: Understander, exams: Sequence[Exam]) -> Told:
    """Every line alone, as Rasa is asked, on this thread's CPU clock; then all in one batch."""
    heard = [Heard(exam.text, exam.city) for exam in exams]
    alone = _cpu_of(lambda: [understander.understand([one]) for one in heard])
    batched = _cpu_of(lambda: understander.understand([Heard(f"{one.text} 1x", one.city) for one in heard]))
    cost = {"CPU, alone": 1000 * alone / len(exams), "CPU, batched": 1000 * batched / len(exams)}
    return Told(evaluate(understander, exams), cost)


def _cpu_of(does: Callable[[], object]) -> float:
    begun = time.thread_time()
    does()
    return time.thread_time() - begun


async def told_by_rasa(url: str, exams: Sequence[Exam], at_once: int, process: int | None) -> Told:
    """Raises NoRasa. ``process`` is the server's id on this machine, where its CPU is to be counted too."""
    if not exams:
        raise ValueError("no messages: name a JSONL file, or a folder of them")
    root, mark, token = url.partition("?")
    address = f"{root.rstrip('/')}/model/parse{mark}{token}"
    limit = aiohttp.ClientTimeout(total=DEADLINE)
    async with aiohttp.ClientSession(timeout=limit, connector=aiohttp.TCPConnector(limit=at_once)) as http:

        async def ask(exam: Exam) -> Row:
            return exam, understood(await _parse(http, address, exam.text))

        for exam in exams[:WARM]:
            await ask(exam)
        begun, used = time.monotonic(), _used(process)
        rows: list[Row] = []
        for first in track(range(0, len(exams), 64), description="Rasa reads ..."):
            rows += await asyncio.gather(*(ask(exam) for exam in exams[first : first + 64]))
        cost = {f"wall, {at_once} at once": 1000 * (time.monotonic() - begun) / len(exams)}
        if process is not None:
            cost["CPU of its process"] = 1000 * (_used(process) - used) / len(exams)
    return Told(rows, cost)


async def _parse(http: aiohttp.ClientSession, url: str, text: str) -> Mapping[str, Any]:
    try:
        async with http.post(url, json={"text": text}) as response:
            kept = await response.json(content_type=None)
            if response.status != 200:
                raise NoRasa(f"{url} answered {response.status}: is a model loaded?")
    except TimeoutError:
        raise NoRasa(f"{url} has not answered for {DEADLINE:g} s") from None
    except (aiohttp.ClientError, ValueError) as wrong:
        raise NoRasa(f"no Rasa server answers at {url} ({type(wrong).__name__}: {wrong})") from None
    if not isinstance(kept, dict) or "intent_ranking" not in kept:
        raise NoRasa(f"{url} does not answer as Rasa does: it gives no intent_ranking")
    return kept


def understood(kept: Mapping[str, Any]) -> Understanding:
    """What a bot over Rasa makes of its answer. Rasa takes a text that begins with `/` for an intent's name."""
    ranked = [(str(one["name"]), float(one["confidence"])) for one in kept["intent_ranking"]]
    guesses = [(intent, confidence) for intent, confidence in ranked if _taught(intent)]
    sure = guesses[:1] == ranked[:1]
    if not guesses:
        return Understanding("smalltalk", "ask")
    best = guesses[0][0]
    kind, category = kind_of(best), category_of(best)
    first: Action = "escalate" if category else "warn" if kind == "prank" else "answer"
    topics = [(topic, confidence) for intent, confidence in guesses if (topic := topic_of(intent))]
    return Understanding(
        kind=kind,
        action=first if sure else "ask",
        categories=(category,) if category else (),
        topics=tuple(topics) if kind == "question" and best != OUT_OF_SCOPE else (),
        reasons=() if sure else (FALLBACK,),
    )


def _taught(intent: str) -> bool:
    """Whether it is an intent of the phrases: no fallback, no word of the citizen's."""
    try:
        kind_of(intent)
    except ValueError:
        return False
    return True


def _used(process: int | None) -> float:
    """Seconds of CPU that a process has used so far."""
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(rows: Sequence[Row]) -> dict[str, Share]:
    """The aim table's figures, and how many messages each part of the understanding was wrong about."""
    found = {name: one for name, one in measures(rows).items() if name in SHOWN}
    found["out of scope refused"] = share([row for row in rows if row[0].topic == OUTSIDE], refused)
    heard = [row for row in rows if not row[0].noise]
    found |= {name: share(heard, wrong) for name, wrong in WRONG.items()}
    return found


def refused(row: Row) -> bool:
    """No topic would be answered."""
    return not row[1].topics or FALLBACK in row[1].reasons


def category_wrong(row: Row) -> bool:
    """An emergency whose category is not true, or that was taken for none."""
    return row[0].kind == "emergency" and not category_right(row)


def topic_wrong(row: Row) -> bool:
    """A question with another topic first, or one out of scope that is not refused."""
    exam, said = row
    if exam.kind != "question" or exam.topic is None:
        return False
    return not refused(row) if exam.topic == OUTSIDE else exam.topic not in [topic for topic, _ in said.topics[:1]]


def wrong(row: Row) -> bool:
    """Wrong in anything: one error a message."""
    return not kind_right(row) or category_wrong(row) or topic_wrong(row)


def rings_wrongly(row: Row) -> bool:
    """An emergency that was neither rung nor asked back, or an operator rung for none."""
    return row[1].action in (("answer", "warn") if row[0].kind == "emergency" else ("escalate",))


WRONG: Final[Mapping[str, Callable[[Row], bool]]] = {
    "kind wrong": lambda row: not kind_right(row),
    "category wrong": category_wrong,
    "topic wrong": topic_wrong,
    "wrong in any of these": wrong,
    "missed or rung for nothing": rings_wrongly,
}


def show(ours: Told, rasa: Told) -> None:
    """The two side by side, and the ratio of what is counted as errors."""
    left, right = figures(ours.rows), figures(rasa.rows)
    print(f"{'':28}{'Sigap':38}{'Rasa':38}errors against Rasa's")
    for name, one in left.items():
        ratio = f"{one.hits / right[name].hits:.2f}" if name in WRONG and right[name].hits else ""
        print(f"{name:28}{one!s:38}{right[name]!s:38}{ratio}".rstrip())
    pairs = [(wrong(a), wrong(b)) for a, b in zip(ours.rows, rasa.rows, strict=True) if not a[0].noise]
    print(f"wrong: Sigap alone {pairs.count((True, False))}, Rasa alone {pairs.count((False, True))}", end="")
    print(f", both {pairs.count((True, True))}")
    for side, told in (("Sigap", ours), ("Rasa", rasa)):
        print(f"{side}: " + ", ".join(f"{value:.2f} ms a parse ({how})" for how, value in told.cost.items()))


def _ours() -> Understander:
    """The understander of this folder's settings, taught from the phrases as they are now."""
    settings = read_settings()
    if is_stale(settings.cities, settings.model):
        print("Training the understander (once) ...", file=sys.stderr)
        train_model(settings.cities, settings.model)
    return open_understander(load_cities(settings.cities), settings.model)


def main(options: argparse.Namespace) -> None:
    """Every set given is shown for itself. Leaves with one line where there is nothing to ask, or nobody."""
    understander = _ours()
    for folder in options.testset:
        try:
            exams = load_exams([folder])
            rasa = asyncio.run(told_by_rasa(options.url, exams, options.at_once, options.pid))
        except (NoRasa, OSError, ValueError) as problem:
            raise SystemExit(str(problem)) from None
        print(f"\n{folder}: {len(exams)} messages")
        show(told_by_us(understander, exams), rasa)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against_rasa", description=__doc__)
    parser.add_argument("url", help="root of the Rasa server, with ?token=… where it wants one")
    parser.add_argument("testset", type=Path, nargs="+", help="JSONL file or folder of messages never taught")
    parser.add_argument("--at-once", type=int, default=4, help="lines that Rasa is asked at the same moment")
    parser.add_argument("--pid", type=int, help="the server's process on this machine, to count its CPU too")
    return parser.parse_args()


if __name__ == "__main__":
    main(arguments())
