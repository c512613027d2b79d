"""What is wrong in a city's files: every complaint names its file and line and says what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands: a file (relative to the cities' folder) and a line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint: where, and what to do about it."""

    mark: Mark
    text: str

    def __str__(self) -> str:
        return f"{self.mark}: {self.text}"


class CityDataError(ValueError):
    """A city's files cannot be used. Carries every problem that was found, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects complaints, so that the person who mends the files sees all of them at once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, mark: Mark, text: str) -> None:
        """Keep one complaint; the same one said twice (a shared file read again) counts once."""
        self._found[Problem(mark, text)] = None

    def __bool__(self) -> bool:
        return bool(self._found)

    def files(self) -> frozenset[str]:
        """The files that have a complaint."""
        return frozenset(problem.mark.file for problem in self._found)

    def error(self) -> CityDataError:
        """Everything that was collected, by file and line."""
        return CityDataError(sorted(self._found, key=lambda problem: (problem.mark.file, problem.mark.line)))


def read_text(path: Path, shown: str, problems: Problems) -> str | None:
    """The file's text, or None with a complaint when it is missing or not UTF-8."""
    try:
        # utf-8-sig: spreadsheets like to put a byte-order mark in front of what they save.
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        problems.add(Mark(shown, 1), "the file is missing: create it (the other cities' folders show its form)")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.add(Mark(shown, line), "this is not UTF-8 text: save the file as UTF-8")
    return None
