"""The sentences that a citizen reads, from `wording/id.yml`: a flat list of `key: text` with {placeholders}."""

from string import Formatter

from yaml.nodes import MappingNode, Node, ScalarNode

from knowledge_base.problems import Mark, Problems
from knowledge_base.yaml_source import entries, mark_of, plain


def wording_of(layers: list[Node], problems: Problems) -> dict[str, tuple[Mark, str]]:
    """The city's sentences by key: the shared ones with the city's over them.

    A city's sentence may use only the placeholders of the one that it replaces: nothing else is filled in.
    """
    laid: dict[str, tuple[Mark, str]] = {}
    for layer in layers:
        for key, (mark, text) in _sentences(layer, problems).items():
            unknown = placeholders(text) - placeholders(laid[key][1]) if key in laid else frozenset()
            if unknown:
                names = ", ".join(sorted(unknown))
                problems.add(mark, f"`{key}`: nothing fills {{{names}}} at {laid[key][0]}: use only its placeholders")
            laid[key] = (mark, text)
    return laid


class OddPlaceholder(ValueError):
    """Something stands in braces that is more than a name: `{voice:>99999999}` would fill the memory."""

    def __init__(self, written: str) -> None:
        super().__init__(f"{{{written}}} is no placeholder: write a name alone in the braces, as {{voice}}")
        self.written = written


def placeholders(text: str) -> frozenset[str]:
    """The names in {braces}. What passes here may be formatted.

    Raises ValueError when the braces do not match; OddPlaceholder for a format, a conversion, an attribute, an index,
    a number, or nothing in them.
    """
    names = []
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise OddPlaceholder(f"{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}")
        names.append(name)
    return frozenset(names)


def _sentences(node: Node, problems: Problems) -> dict[str, tuple[Mark, str]]:
    if not isinstance(node, MappingNode):
        problems.add(mark_of(node), "this must be a flat list of `key: text` lines")
        return {}
    found = {}
    for key, value in entries(node):
        text = plain(value) if isinstance(value, ScalarNode) else None
        if text is None or not text.strip():
            problems.add(mark_of(value), f"`{key}` has no text: write the sentence, in quotes, in one piece")
        elif not _named_placeholders(text):
            problems.add(mark_of(value), f"`{key}`: broken placeholder: write {{name}} with both braces and a name")
        else:
            found[key] = (mark_of(value), text.strip())
    return found


def _named_placeholders(text: str) -> bool:
    try:
        placeholders(text)
    except ValueError:
        return False
    return True
