"""Entries as YAML, in the form of the city's files, and variants as Rasa's nlu.yml.

Read event by event: no anchors (a page of them unfolds to gigabytes), no tags, no deep nests. Scalars stay text, as in
``knowledge_base.yaml_source``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from knowledge_base.sheets.sheet import MOST_ROWS, Unreadable
from knowledge_base.yaml_source import NOTHING

DEEPEST = 10
VERSION = "3.1"  # of Rasa's form
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = type("_Dumper", (getattr(yaml, "CSafeDumper", yaml.SafeDumper),), {})


class Numbered(dict[str, Any]):
    """A mapping that knows in which line it begins, counted from 1."""

    line = 1


def read_entries(data: bytes) -> list[Numbered]:
    """A list of entries. Raises Unreadable."""
    return _mappings(_document(data))


def read_nlu(data: bytes) -> list[tuple[int, str, list[str]]]:
    """Line, intent and examples of each entry under ``nlu``. Raises Unreadable."""
    found = _document(data)
    items = found.get("nlu") if isinstance(found, Numbered) else None
    return [_intent(item) for item in _mappings(items)]


def _intent(item: Numbered) -> tuple[int, str, list[str]]:
    intent, examples = item.get("intent"), item.get("examples")
    if not isinstance(intent, str) or not isinstance(examples, str | list):
        raise Unreadable(f"Baris {item.line}: isi `intent` dan `examples`.")
    return item.line, intent, list(_examples(item.line, examples))


def _examples(line: int, examples: str | list[Any]) -> Iterator[str]:
    if isinstance(examples, list):
        for one in examples:
            text = one.get("text") if isinstance(one, Numbered) else one
            if not isinstance(text, str) or not text.strip():
                raise Unreadable(f"Baris {line}: tiap contoh ditulis sebagai `- text: ...`.")
            yield text.strip()
        return
    for number, said in enumerate(examples.splitlines(), start=line):
        if not said.strip():
            continue
        if not said.lstrip().startswith("- "):
            raise Unreadable(f"Sekitar baris {number}: tiap contoh diawali “- ”.")
        yield said.strip()[2:].strip()


def _mappings(found: Any) -> list[Numbered]:
    if not isinstance(found, list):
        raise Unreadable("Berkas YAML ini harus berisi daftar: awali tiap isian dengan “- ”.")
    if len(found) > MOST_ROWS:
        raise Unreadable("Daftar ini terlalu panjang. Bagi menjadi beberapa berkas.")
    for at, item in enumerate(found, start=1):
        if not isinstance(item, Numbered):
            raise Unreadable(f"Isian ke-{at} harus berisi baris “nama: isi”.")
    return found


def _document(data: bytes) -> Any:
    try:
        text = data.decode("utf-8-sig")
        events = (event for event in yaml.parse(text, _Loader) if isinstance(event, _KEPT))
        first = next(events, None)
        return None if first is None else _value(first, events, 0)
    except UnicodeDecodeError:
        raise Unreadable("Berkas ini bukan teks UTF-8. Simpan lagi sebagai UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(f"Baris {line}: YAML tidak terbaca. Periksa spasi di depan dan tanda kutipnya.") from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("Berkas ini berisi tanda yang tidak boleh ada dalam YAML. Hapus tandanya.") from None


_KEPT = (AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent)


def _value(event: Event, events: Iterator[Event], depth: int) -> Any:
    line = _line(event)
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
        raise Unreadable(f"Baris {line}: tanda & dan * tidak boleh dipakai. Tulis isinya, atau beri tanda kutip.")
    if depth > DEEPEST:
        raise Unreadable(f"Baris {line}: isinya bertingkat terlalu dalam.")
    if isinstance(event, ScalarEvent):
        bare = event.style is None or event.style == ""
        return None if bare and event.value in NOTHING else event.value
    if isinstance(event, SequenceStartEvent):
        return _sequence(events, depth)
    return _mapping(line, events, depth)


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _sequence(events: Iterator[Event], depth: int) -> list[Any]:
    found = []
    for event in events:
        if isinstance(event, SequenceEndEvent):
            break
        found.append(_value(event, events, depth + 1))
    return found


def _mapping(line: int, events: Iterator[Event], depth: int) -> Numbered:
    found = Numbered()
    found.line = line
    for event in events:
        if isinstance(event, MappingEndEvent):
            break
        if not isinstance(event, ScalarEvent) or event.value in found:
            raise Unreadable(f"Baris {_line(event)}: tiap nama isian harus satu kata dan hanya ada sekali.")
        _value(event, events, depth + 1)  # refuses an anchor on the name
        found[event.value] = _value(next(events), events, depth + 1)
    return found


def write_entries(entries: Sequence[Mapping[str, Any]]) -> bytes:
    """Entries as a list, each in the order of its own keys."""
    return _dumped(list(entries))


def write_nlu(examples: Mapping[str, Sequence[str]]) -> bytes:
    """Examples by intent, as Rasa's training file."""
    items = [
        {"intent": intent, "examples": "".join(f"- {' '.join(one.split())}\n" for one in said)}
        for intent, said in examples.items()
        if said
    ]
    return _dumped({"version": VERSION, "nlu": items})


def _dumped(value: Any) -> bytes:
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return str(text).encode()


def _written(dumper: Any, text: str) -> Any:
    """Several lines as a block, one line as YAML likes."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _written)
