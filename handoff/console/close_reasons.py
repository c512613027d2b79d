"""The reasons for which a case may be closed, from ``close_reasons.yml``, read once."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.city_rows import Filled, Row, Slug
from knowledge_base.problems import Problems
from knowledge_base.yaml_source import listed, read_yaml, validated


class CloseReason(Row):
    """One reason; ``slug`` is what the case keeps."""

    slug: Slug
    name: Filled


def read_close_reasons(path: Path) -> tuple[CloseReason, ...]:
    """The file's reasons in its order. Raises CityDataError with the lines that are wrong."""
    problems = Problems()
    node = read_yaml(path, path.name, problems)
    entries = listed(node, "slug", problems) if node is not None else {}
    reasons = [validated(CloseReason, entry, problems) for entry in entries.values()]
    if problems:
        raise problems.error()
    return tuple(reason for reason in reasons if reason is not None)


CLOSE_REASONS = read_close_reasons(Path(__file__).with_name("close_reasons.yml"))
