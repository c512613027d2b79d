"""`python -m config.trainer FOLDER`: trains one model in a process of its own and examines it.

Reads FOLDER/job.json (see ``Job``), writes FOLDER/model and FOLDER/report.json, tells its progress on standard output,
a JSON object a line: {"progress": 0..1, "step": …, "phrases": …}. Knows no database. Ends when its standard input does:
whoever started it is dead then.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import understanding
from knowledge_base.city import load_cities
from knowledge_base.exam import load_exam
from knowledge_base.learning.exam import floors
from knowledge_base.learning.phrases import agreed, of_variants
from knowledge_base.phrases import Phrase
from nlu.clean import Cleaner
from nlu.danger import Danger
from nlu.evaluate import Row, Share, evaluate, measures, missed, out_of_bounds
from nlu.exam import Exam, of_phrase
from nlu.phrases import TrainingPhrase, kind_of
from nlu.train import train
from nlu.understand import Understander

SECONDS_A_PHRASE = 0.004  # of training, on two cores that have other things to do: only the bar moves by it
NICE = 10  # how much everything else goes first
SHOWN = 20  # sentences of the exam in a report

Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Job:
    """What to train on. ``variants`` and ``tests``: city -> topic -> questions; ``now``: the model in use.

    ``files`` False leaves out the cities' own phrases; ``floors`` None takes those of the exam.
    """

    cities: tuple[str, ...]
    variants: Mapping[str, Mapping[str, Sequence[str]]]
    examples: Sequence[Phrase]
    tests: Mapping[str, Mapping[str, Sequence[str]]]
    placed: Sequence[Mapping[str, Any]]  # text, city, kecamatan, kelurahan
    now: str | None = None
    files: bool = True
    floors: Mapping[str, Mapping[str, float]] | None = None

    @classmethod
    def read(cls, path: Path) -> Job:
        kept = json.loads(path.read_text(encoding="utf-8"))
        examples = [Phrase(**one) for one in kept.pop("examples")]
        return cls(cities=tuple(kept.pop("cities")), examples=examples, **kept)


def main(folder: Path) -> None:
    """Do one job."""
    os.nice(NICE)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    job, began = Job.read(folder / "job.json"), time.monotonic()
    _tell(progress=0.01, step="Mengumpulkan kalimat")
    phrases = phrases_of(job)
    _tell(progress=0.05, step="Melatih", phrases=len(phrases))
    with _Ticking(len(phrases)):
        model = train(phrases, *understanding.rules())
    model.save(folder / "model")
    _tell(progress=0.88, step="Menguji")
    report = examined(job, folder / "model", phrases)
    report |= {"seconds": round(time.monotonic() - began), "data_hash": model.data_hash}
    report["sha256"] = hashlib.sha256((folder / "model").read_bytes()).hexdigest()
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    _tell(progress=0.98, step="Menyimpan")


def phrases_of(job: Job) -> list[TrainingPhrase]:
    """The files' phrases, the published ways to ask, the accepted examples: one meaning for each sentence."""
    files = understanding.phrases_of(job.cities) if job.files else []
    own = [Phrase(one.text, one.intent, dict(one.metadata), one.city) for one in files]
    known = {one.intent for one in (*own, *job.examples)}
    asked = [one for city, topics in job.variants.items() for one in of_variants(city, topics, known)]
    agreed_on = agreed(own, asked, _harmless(job.examples))
    return [TrainingPhrase(one.text, one.intent, one.metadata, one.city) for one in agreed_on]


def _harmless(examples: Sequence[Phrase]) -> list[Phrase]:
    """Without those that would teach words of certain danger as harmless: a false report reads as a true one does."""
    danger, slang = understanding.rules()
    rules, cleaner = Danger(danger), Cleaner(slang, ())
    return [
        one for one in examples if kind_of(one.intent) == "emergency" or not rules.read(cleaner.clean(one.text)).certain
    ]


def examined(job: Job, path: Path, phrases: Sequence[TrainingPhrase]) -> dict[str, Any]:
    """How the model at ``path`` does on sentences that it was not taught, beside the one in use.

    Each figure with its floor; ``broken`` names those below it, and a model with any may not be used.
    """
    exams = exams_of(job)
    rows, found = _measured(_understander(job, path), exams, job)
    before, old = _measured(_understander(job, Path(job.now)), exams, job) if job.now else ([], {})
    bounds = floors() if job.floors is None else job.floors
    bounds = {name: bound for name, bound in bounds.items() if found[name].total}
    broken = [line.partition(":")[0] for line in out_of_bounds(found, bounds)]
    if not found["severity 1 missed"].total:
        broken.append("severity 1 missed")  # nothing to examine with is no reason to let it through
    figures = [
        {"name": name, **_figure(share), "before": _figure(old[name]) if before else None, "floor": bounds.get(name)}
        for name, share in found.items()
        if share.total
    ]
    return {
        "figures": [{**one, "ok": one["name"] not in broken} for one in figures],
        "broken": broken,
        "missed": [row[0].text for row in rows if _is_missed(row)][:SHOWN],
        "changed": _changed(before, rows),
        "examined": len(exams),
        "intents": len({phrase.intent for phrase in phrases}),
    }


def _measured(understander: Understander, exams: Sequence[Exam], job: Job) -> tuple[list[Row], dict[str, Share]]:
    """The answers, and the figures; those of places by what people set right, which says nothing of its kind."""
    rows = evaluate(understander, exams)
    where = [
        Exam(one["text"], "emergency", one["city"], kecamatan=one["kecamatan"], kelurahan=one["kelurahan"])
        for one in job.placed
    ]
    placed = measures(evaluate(understander, where))
    return rows, measures(rows) | {name: placed[name] for name in ("kecamatan right", "kelurahan right")}


def exams_of(job: Job) -> list[Exam]:
    """The exam's sentences, and the cities' own test questions."""
    given = [of_phrase(TrainingPhrase(one.text, one.intent, one.metadata, one.city)) for one in load_exam()]
    own = [
        Exam(text, "question", city, topic=topic)
        for city, topics in job.tests.items()
        for topic, texts in topics.items()
        for text in texts
    ]
    return given + own


def _understander(job: Job, path: Path) -> Understander:
    made = understanding.open_understander(load_cities(job.cities), path)
    for city, topics in job.variants.items():
        made.use_variants(city, [(topic, text) for topic, texts in topics.items() for text in texts])
    return made


def _figure(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"value": share.value, "low": low, "high": high, "hits": share.hits, "total": share.total}


def _is_missed(row: Row) -> bool:
    return row[0].kind == "emergency" and missed(row)


def _changed(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, str]]:
    """What the two models would do differently."""
    pairs = ((old[0].text, _done(old), _done(new)) for old, new in zip(before, after, strict=False))
    return [{"text": text, "from": then, "to": now} for text, then, now in pairs if then != now][:SHOWN]


def _done(row: Row) -> str:
    topics = row[1].topics
    return f"{row[1].action} {topics[0][0]}" if row[1].action == "answer" and topics else row[1].action


class _Ticking:
    """Moves the bar while the training, which tells nothing, runs."""

    def __init__(self, phrases: int) -> None:
        self._expected = max(1.0, phrases * SECONDS_A_PHRASE)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _tick(self) -> None:
        began = time.monotonic()
        while not self._over.wait(1.0):
            share = min(0.98, (time.monotonic() - began) / self._expected)
            _tell(progress=round(0.05 + 0.82 * share, 3), step="Melatih")


def _tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    while os.read(0, 1024):  # not through sys.stdin: its lock would break the end of a training that went well
        pass
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
