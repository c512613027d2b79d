"""The exam: phrases that are never taught, with which every publishing and every trained model is checked."""

from pathlib import Path

from knowledge_base.phrases import CITIES, SHARED, Phrase, _file, _refuse_two_meanings
from knowledge_base.problems import Mark, Problems
from knowledge_base.yaml_source import read_yaml

FOLDER = "exam"
FLOORS = "floors.yml"  # lies beside the phrases and holds none


def load_exam(root: Path | None = None) -> list[Phrase]:
    """The exam's phrases, file after file by name; raises `CityDataError` with every problem found.

    They have the form of the training phrases, stand in a folder that `load_phrases` does not read, and have no city.
    """
    problems = Problems()
    folder = (root or CITIES) / SHARED / FOLDER
    found: list[tuple[Mark, Phrase]] = []
    for path in sorted(folder.glob("*.yml")):
        if path.name == FLOORS:
            continue
        node = read_yaml(path, f"{SHARED}/{FOLDER}/{path.name}", problems)
        if node is not None:
            found += _file(node, None, problems)
    _refuse_two_meanings(found, problems)
    if problems:
        raise problems.error()
    return [phrase for _, phrase in found]
