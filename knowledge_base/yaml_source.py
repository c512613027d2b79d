"""YAML that remembers its lines: read a file, lay one file over another, check it against a model.

Scalars stay plain text until the model reads them, so YAML's own guesses (0401 as octal, `no` as false, 12:30 as a
number) never touch a telephone number.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from knowledge_base.problems import Mark, Problems, read_text

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Model = TypeVar("Model", bound=BaseModel)
NOTHING = ("", "~", "null")

ADVICE: Mapping[str, str] = {
    "confirmed_on": "write the day on which somebody confirmed it, as YYYY-MM-DD",
    "source": "write where it was seen or who confirmed it",
    "approved_by": "write the name of who approved it, or `approved_by: null` while nobody has",
    "approved_on": "write the day of the approval as YYYY-MM-DD, or null while there is none",
    "expires": "write the last day of the approval as YYYY-MM-DD, or null while there is none",
    "owner": "write which office answers for this text",
    "lat": "write degrees with a point, south negative, as -3.6954",
    "lon": "write degrees with a point, as 128.1814",
    "timezone": "write an IANA name, as Asia/Jayapura",
}


class _Named(io.StringIO):
    """A text that tells the YAML parser its file's name, which then stands in every mark."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


def parse_yaml(text: str, shown: str, problems: Problems) -> Node | None:
    """The document's node, or None with a complaint when it is empty or broken."""
    try:
        node: Node | None = yaml.compose(_Named(text, shown), Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.add(Mark(shown, line), f"broken YAML ({error.problem}): mend the indentation or the quotes here")
        return None
    except yaml.YAMLError as error:
        problems.add(Mark(shown, 1), f"broken YAML ({error}): remove the character that YAML does not allow")
        return None
    if node is None:
        problems.add(Mark(shown, 1), "the file is empty: fill it in")
        return None
    _refuse_double_keys(node, problems)
    return node


def read_yaml(path: Path, shown: str, problems: Problems) -> Node | None:
    """The file's node, or None with a complaint when it is missing, empty or broken."""
    text = read_text(path, shown, problems)
    return None if text is None else parse_yaml(text, shown, problems)


def mark_of(node: Node) -> Mark:
    """Where the node begins."""
    return Mark(node.start_mark.name, node.start_mark.line + 1)


def mark_under(node: Node, key: str) -> Mark:
    """Where the value under `key` begins, or the node itself when it has no such key."""
    return mark_of(entry(node, key) or node)


def plain(node: Node) -> Any:
    """The node as dicts, lists, text and None; numbers and dates stay text for the model to read."""
    if isinstance(node, MappingNode):
        return {key.value: plain(value) for key, value in node.value if isinstance(key, ScalarNode)}
    if isinstance(node, SequenceNode):
        return [plain(value) for value in node.value]
    unquoted = isinstance(node, ScalarNode) and not node.style  # the C parser says "" where the Python one says None
    return None if unquoted and node.value in NOTHING else node.value


def entries(node: MappingNode) -> Iterator[tuple[str, Node]]:
    """The mapping's keys as text, with their values."""
    return ((str(key.value), value) for key, value in node.value)


def entry(node: Node, key: str) -> Node | None:
    """The value under `key`, or None when the node is no mapping or has no such key."""
    if not isinstance(node, MappingNode):
        return None
    return next((value for name, value in entries(node) if name == key), None)


def text_of(node: Node, key: str) -> str | None:
    """The text under `key`, or None when there is none."""
    value = entry(node, key)
    return str(value.value) if isinstance(value, ScalarNode) and plain(value) is not None else None


def over(base: MappingNode, upper: MappingNode, without: Sequence[str] = ()) -> MappingNode:
    """`base` with the keys of `upper` laid over it; keys named in `without` are left out of both.

    Every value keeps its own file and line; the whole begins where `base` does.
    """
    laid = {str(key.value): (key, value) for key, value in (*base.value, *upper.value) if str(key.value) not in without}
    return MappingNode(base.tag, list(laid.values()), base.start_mark, base.end_mark)


def listed(node: Node, key: str, problems: Problems) -> dict[str, MappingNode]:
    """A list's entries by their `key`; complains of what is no list, has no key or comes twice."""
    found: dict[str, MappingNode] = {}
    if not isinstance(node, SequenceNode):
        problems.add(mark_of(node), f"this must be a list: begin each entry with `- {key}: ...`")
        return found
    for item in node.value:
        name = text_of(item, key)
        if name is None:
            problems.add(mark_of(item), f"this entry has no `{key}`: add one")
        elif name in found:
            problems.add(mark_of(item), f"`{name}` stands here and in line {mark_of(found[name]).line}: keep one")
        else:
            found[name] = item
    return found


def validated(model: type[Model], node: Node, problems: Problems) -> Model | None:
    """The node as `model`, or None with one complaint, file and line for each thing that is wrong."""
    try:
        return model.model_validate(plain(node))
    except ValidationError as error:
        for one in error.errors(include_url=False):
            problems.add(_mark_at(node, one["loc"]), complaint(one["loc"], one["type"], one["msg"]))
        return None


def complaint(loc: Sequence[int | str], kind: str, message: str) -> str:
    """One Pydantic error as a sentence that says what to do."""
    field = next((str(part) for part in reversed(loc) if isinstance(part, str)), "")
    advice = ADVICE.get(field)
    if kind == "missing":
        return f"`{field}` is missing: {advice or 'add it'}"
    if kind == "extra_forbidden":
        return f"`{field}` is not known here: correct its spelling or remove it"
    where = ".".join(str(part) for part in loc)
    said = message.removeprefix("Value error, ")
    return f"`{where}`: {said}" + (f": {advice}" if advice else "") if where else said


def read_as(model: type[Model], path: Path) -> Model:
    """A whole file as ``model``. Raises CityDataError with the lines that are wrong."""
    problems = Problems()
    node = read_yaml(path, path.name, problems)
    read = validated(model, node, problems) if node is not None else None
    if read is None:
        raise problems.error()
    return read


def _mark_at(node: Node, loc: Sequence[int | str]) -> Mark:
    """The mark of the deepest node that the error's path still reaches."""
    for part in loc:
        inner = node.value[part] if isinstance(part, int) and isinstance(node, SequenceNode) else entry(node, str(part))
        if inner is None:
            break
        node = inner
    return mark_of(node)


def _refuse_double_keys(node: Node, problems: Problems) -> None:
    if isinstance(node, SequenceNode):
        for item in node.value:
            _refuse_double_keys(item, problems)
    elif isinstance(node, MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                problems.add(mark_of(key), "a key must be plain text: put it in quotes")
                continue
            if key.value in seen:
                problems.add(mark_of(key), f"`{key.value}` stands here and in line {seen[key.value]}: keep one")
            seen[key.value] = mark_of(key).line
            _refuse_double_keys(value, problems)
