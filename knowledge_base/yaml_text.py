"""City data as YAML that people read, and that reads back the same."""

from __future__ import annotations

from typing import Any

import yaml

WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Lists stand below their key with two blanks before the dash, as the cities' files have them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - the base's name
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """As a block where it has lines; quoted with escapes where a sign would not read back as itself."""
    lines = text.split("\n")
    plain = all(line.isprintable() for line in lines)
    style = '"' if not plain else "|" if len(lines) > 1 else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(content: Any, heading: str = "") -> str:
    """``content`` as YAML, below ``heading`` as comments."""
    head = "".join(f"# {line}".rstrip() + "\n" for line in heading.splitlines())
    body: str = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)
    return f"{head}\n{body}" if head else body
