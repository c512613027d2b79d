"""Which aggregators there are: the files that come with the gateway, and a city's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError

from sms_gateway.aggregator_file import PLACEHOLDER, WORDS, Aggregator
from sms_gateway.line import WORDS as LINE_WORDS

FOLDER: Final = Path(__file__).parent / "aggregators"
# Words of an account that mean something to the gateway itself.
OF_EVERY_LINE: Final = (*LINE_WORDS, "aggregator")


class AggregatorError(ValueError):
    """A description that cannot be used: names the file and the key, and says what to do."""


def described(options: Mapping[str, str]) -> Aggregator:
    """The description that an account names by ``aggregator``. Raises AggregatorError."""
    if not (name := options.get("aggregator", "")):
        raise AggregatorError(f"no aggregator: write aggregator = {' or '.join(known())}, or the path of a .yml")
    return load(Path(name) if name.endswith((".yml", ".yaml")) else FOLDER / f"{name}.yml")


def known() -> list[str]:
    """The aggregators that come with the gateway."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


@lru_cache(64)
def load(path: Path) -> Aggregator:
    """Read one file. Raises AggregatorError."""
    try:
        read = yaml.load(path.read_text(encoding="utf-8"), _Plain)  # noqa: S506 - a safe loader, made plainer
    except OSError:
        raise AggregatorError(
            f"{path.name}: no such file: use one of {', '.join(known())}, or the whole path of a .yml"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AggregatorError(f"{path.name}: broken YAML: mend it: {error}") from None
    try:
        found = Aggregator.model_validate(read)
    except ValidationError as error:
        raise AggregatorError("\n".join(_complaint(path.name, dict(one)) for one in error.errors())) from None
    if wrong := [f"{path.name}: {one}" for one in _strange_words(found)]:
        raise AggregatorError("\n".join(wrong))
    return found


class _Plain(yaml.SafeLoader):
    """YAML in which only true and false are yes and no, dates stay text, and no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Plain.yaml_implicit_resolvers = {
    first: [
        (tag, pattern if tag != "tag:yaml.org,2002:bool" else re.compile(r"^(?:true|false)$"))
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _complaint(name: str, error: dict[str, Any]) -> str:
    where = ".".join(str(step) for step in error["loc"])
    if error["type"] == "missing":
        return f"{name}: `{where}` is missing: add it"
    if error["type"] == "extra_forbidden":
        return f"{name}: `{where}` is not known here: correct its spelling or remove it"
    if error["type"] == "string_type" and isinstance(error["input"], dict):
        return f"{name}: `{where}`: a {{word}} needs quotes around it: YAML reads it as something else"
    return f"{name}: `{where}`: {error['msg'].removeprefix('Value error, ')}"


def _strange_words(found: Aggregator) -> Iterator[str]:
    """Placeholders that nothing fills; options that would hide a word of the gateway's."""
    for name in found.options:
        if name in WORDS or name in OF_EVERY_LINE:
            yield f"`options.{name}` is a word of the gateway's own: choose another"
    for where, name in _bare_words({"query": found.send.query, "form": found.send.form, "json": found.send.json_body}):
        yield f"`send.{where}`: {{{name}}} needs quotes around it: YAML reads it as something else"
    for part, allowed in (("send", {*found.options, *WORDS}), ("receive", {*found.options})):
        for where, text in _texts(getattr(found, part), part):
            for name, _ in PLACEHOLDER.findall(text):
                if name not in allowed:
                    yield f"`{where}`: {{{name}}} is no word: use one of {', '.join(sorted(allowed))}"


def _bare_words(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Placeholders that stand in a template without quotes: to YAML a mapping of one key to nothing."""
    if isinstance(value, dict):
        if len(value) == 1 and None in value.values():
            yield where, next(iter(value))
        for name, one in value.items():
            yield from _bare_words(one, f"{where}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _bare_words(one, f"{where}.{place}")


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if name not in ("pattern", "where"):
                yield from _texts(getattr(value, name), f"{where}.{field.alias or name}")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from _texts(one, f"{where}.{place}")
