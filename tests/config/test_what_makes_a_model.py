"""What makes a trained model stale: its phrases, the rules, and the trainer with all that it stands on."""

from __future__ import annotations

from config.understanding import trainer_files

NAMES = {path.stem for path in trainer_files()}


def test_the_trainer_and_what_it_imports_near_and_far_count() -> None:
    assert {"train", "lessons", "net", "fit", "clean", "danger", "patterns", "units", "alarm", "policy"} <= NAMES


def test_who_only_uses_a_model_does_not_make_it_stale() -> None:
    assert NAMES.isdisjoint({"understand", "judge", "variants", "places", "cli", "report", "evaluate"})
