"""SOPs for the operator and pre-arrival cards for the citizen, from `sop/*.md`."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, StringConstraints, model_validator
from yaml.nodes import MappingNode, Node

from knowledge_base.city_rows import Filled, Row
from knowledge_base.problems import Mark, Problems, read_text
from knowledge_base.sms_text import ONE_SEGMENT, within_sms
from knowledge_base.yaml_source import mark_of, parse_yaml, validated

FENCE = "---"
STEP = re.compile(r"^\d+\.\s+(.*\S)\s*$")


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Card(Row):
    """One text with its approval.

    `kind` card: `steps` are sent one message each; sop: `body` is what the operator reads. A card without an approval
    that still holds is never sent (`approved_at`); `example` marks an approval that is only the demo's. `send_when`
    names when the bot may send it without an operator: a category, or `category:fact` for a fact that was told. A
    `withdrawn` one is kept, shown to nobody and sent to nobody.
    """

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
    title: Filled
    kind: Literal["sop", "card"]
    owner: Filled
    approved_by: str | None
    approved_on: date | None
    expires: date | None
    version: int = Field(ge=1)
    categories: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(
        validation_alias=AliasChoices("categories", "category")
    )
    example: bool = False
    send_when: tuple[str, ...] = ()
    body: str = ""
    steps: tuple[str, ...] = ()
    withdrawn: bool = Field(default=False, exclude=True)

    @model_validator(mode="after")
    def _approved_whole_or_not_at_all(self) -> Self:
        given = [value is not None for value in (self.approved_by, self.approved_on, self.expires)]
        if any(given) and not all(given):
            raise ValueError(
                "approved_by, approved_on and expires go together: fill all three, or null while unapproved"
            )
        if self.approved_on and self.expires and self.expires <= self.approved_on:
            raise ValueError("expires must be later than approved_on")
        return self

    def approved_at(self, day: date) -> bool:
        """True when the approval holds on `day` (the city's own date); `expires` is its last day."""
        if self.approved_on is None or self.expires is None:
            return False
        return self.approved_on <= day <= self.expires


def read_cards(folder: Path, shown: str, problems: Problems) -> dict[str, tuple[Mark, Card]]:
    """The folder's cards by slug; complains of two files with one slug. A missing folder holds none."""
    found: dict[str, tuple[Mark, Card]] = {}
    for path in sorted(folder.glob("*.md")):
        read = _read_card(path, f"{shown}/{path.name}", problems)
        if read is None:
            continue
        mark, card = read
        if card.slug in found:
            problems.add(mark, f"the slug `{card.slug}` is already taken by {found[card.slug][0].file}: choose another")
        else:
            found[card.slug] = read
    return found


def _read_card(path: Path, shown: str, problems: Problems) -> tuple[Mark, Card] | None:
    text = read_text(path, shown, problems)
    if text is None:
        return None
    lines = text.splitlines()
    if FENCE not in lines[1:] or lines[0] != FENCE:
        problems.add(Mark(shown, 1), "begin the file with `---`, the card's facts as YAML, and `---` again")
        return None
    end = lines.index(FENCE, 1)
    # The empty line stands for the fence, so that the marks count as in the file.
    front = parse_yaml("\n" + "\n".join(lines[1:end]), shown, problems)
    if front is None:
        return None
    return _card(front, list(enumerate(lines[end + 1 :], start=end + 2)), shown, problems)


def _card(front: Node, body: list[tuple[int, str]], shown: str, problems: Problems) -> tuple[Mark, Card] | None:
    for key in ("body", "steps"):
        if isinstance(front, MappingNode) and any(name.value == key for name, _ in front.value):
            problems.add(mark_of(front), f"`{key}` is not known here: write it below the second `---`")
            return None
    card = validated(Card, front, problems)
    if card is None:
        return None
    steps = _steps(body, shown, problems) if card.kind == "card" else ()
    written = "\n".join(line for _, line in body).strip()
    if not written:
        problems.add(Mark(shown, body[-1][0] if body else 1), "the text is empty: write it below the second `---`")
    return mark_of(front), card.model_copy(update={"body": written, "steps": steps})


def _steps(body: list[tuple[int, str]], shown: str, problems: Problems) -> tuple[str, ...]:
    """A card's numbered lines, each short enough for one SMS."""
    steps = []
    for number, line in body:
        if not line.strip():
            continue
        step = STEP.match(line)
        if step is None:
            problems.add(Mark(shown, number), "every line of a card is a step: begin it with `1. `")
            continue
        try:
            steps.append(within_sms(step[1], ONE_SEGMENT))
        except ValueError as error:
            problems.add(Mark(shown, number), f"this step does not fit into one SMS: {error}")
    return tuple(steps)
