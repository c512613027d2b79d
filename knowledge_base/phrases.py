"""Training phrases in the form of Rasa's nlu.yml 3.1, so that Rasa takes the same files as they are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from knowledge_base.problems import Mark, Problems
from knowledge_base.yaml_source import entry, mark_of, plain, read_yaml, text_of

CITIES = Path(__file__).parent / "cities"
SHARED = "_shared"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One example: what somebody writes and what is meant by it.

    `metadata` holds severity (a number), style and the like; an example's own stand over its intent's. `city` is the
    city's slug, or None for a phrase of everybody's.
    """

    text: str
    intent: str
    metadata: dict[str, Any] = field(default_factory=dict)
    city: str | None = None


def load_phrases(city: str | None = None, root: Path | None = None) -> list[Phrase]:
    """The shared phrases, and the city's own after them; raises `CityDataError` with every problem found.

    The same words under two intents are a problem: they would teach the model both.
    """
    problems = Problems()
    root = root or CITIES
    found = list(_folder(root / SHARED / "phrases", f"{SHARED}/phrases", None, problems))
    if city is not None:
        found += _folder(root / city / "phrases", f"{city}/phrases", city, problems)
    _refuse_two_meanings(found, problems)
    if problems:
        raise problems.error()
    return [phrase for _, phrase in found]


def _folder(folder: Path, shown: str, city: str | None, problems: Problems) -> Iterator[tuple[Mark, Phrase]]:
    for path in sorted(folder.glob("*.yml")):
        node = read_yaml(path, f"{shown}/{path.name}", problems)
        if node is not None:
            yield from _file(node, city, problems)


def _file(node: Node, city: str | None, problems: Problems) -> Iterator[tuple[Mark, Phrase]]:
    items = entry(node, "nlu")
    if not isinstance(items, SequenceNode):
        problems.add(mark_of(node), "there is no list `nlu`: begin the file with `nlu:` and `- intent: ...` below it")
        return
    for item in items.value:
        intent = text_of(item, "intent")
        examples = entry(item, "examples")
        if intent is None or examples is None:
            problems.add(mark_of(item), "each entry needs `intent` and `examples`: add what is missing")
            continue
        for mark, text, metadata in _examples(examples, _metadata(item), problems):
            yield mark, Phrase(text, intent, metadata, city)


def _examples(node: Node, metadata: dict[str, Any], problems: Problems) -> Iterator[tuple[Mark, str, dict[str, Any]]]:
    """A block of `- line` lines, or a list whose entries bring metadata of their own."""
    if isinstance(node, ScalarNode):
        yield from ((mark, text, metadata) for mark, text in _lines(node, problems))
    elif isinstance(node, SequenceNode):
        for item in node.value:
            text = text_of(item, "text")
            if text is None or not text.strip():
                problems.add(mark_of(item), "this example has no `text`: add it or remove the example")
            else:
                yield mark_of(item), text.strip(), metadata | _metadata(item)
    else:
        problems.add(
            mark_of(node), "write `examples: |` with a line `- ...` for each phrase, or a list of `- text: ...`"
        )


def _lines(node: ScalarNode, problems: Problems) -> Iterator[tuple[Mark, str]]:
    first = mark_of(node)
    # A block's text begins in the line after its `|`.
    below = 1 if node.style in ("|", ">") else 0
    for number, line in enumerate(node.value.split("\n"), start=first.line + below):
        text = line.strip()
        if not text:
            continue
        mark = Mark(first.file, number)
        if text.startswith("- ") and text[2:].strip():
            yield mark, text[2:].strip()
        else:
            problems.add(mark, "a phrase's line begins with `- ` and has words: mend or remove it")


def _metadata(item: Node) -> dict[str, Any]:
    node = entry(item, "metadata")
    return {key: _value(value) for key, value in plain(node).items()} if isinstance(node, MappingNode) else {}


def _value(text: Any) -> Any:
    """Numbers and true or false as such: here, unlike in a telephone number, they can only be meant as that."""
    if not isinstance(text, str):
        return text
    return {"true": True, "false": False}.get(text, int(text) if text.isdecimal() else text)


def _refuse_two_meanings(found: list[tuple[Mark, Phrase]], problems: Problems) -> None:
    known: dict[str, tuple[Mark, str]] = {}
    for mark, phrase in found:
        words = " ".join(phrase.text.casefold().split())
        first, intent = known.setdefault(words, (mark, phrase.intent))
        if intent != phrase.intent:
            problems.add(mark, f"`{phrase.text}` is also `{intent}` at {first}: keep it under one intent")
