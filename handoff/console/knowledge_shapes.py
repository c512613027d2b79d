"""What the console's API says of what the city knows: entries, drafts, versions, and what a page sends."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from handoff.console.shapes import Shape
from handoff.console.words import Line, Text
from knowledge_base.entries import Draft, Entry
from knowledge_base.kinds import KINDS

MOST_DRAFTS = 20  # that are rehearsed or checked together
MOST_SLUGS = 500  # in one bulk act

Body = Annotated[dict[str, Any], Field(description="In the form of the kind's row in the city's files")]
Revision = Annotated[int, Field(ge=0, lt=2**53, description="Of the draft as this page saw it")]
State = Literal["published", "draft", "review", "withdrawn"]


class KindShape(Shape):
    """One kind of thing that staff keep, and how many of them wait for somebody."""

    slug: str
    name: str
    two_people: bool = Field(description="Published by somebody who did not write it")
    count: int
    drafts: int
    in_review: int
    due: int


class Rights(Shape):
    """What this person may do with what the city knows."""

    may_publish: bool
    may_write: bool


class Owner(Shape):
    """Somebody who may be reminded of an answer."""

    username: str
    name: str


class Way(Shape):
    """A way of speaking that an answer may have words of its own for; ``field`` of the article."""

    field: str
    name: str


class Overview(Shape):
    """What there is to keep in one city. ``placeholders`` as an answer is filled with them."""

    kinds: list[KindShape]
    me: Rights
    languages: list[Way]
    kecamatan: list[str]
    owners: list[Owner]
    placeholders: dict[str, str]


class LineShape(Shape):
    """A line of a list: an entry, its draft, or both."""

    slug: str
    title: str
    state: State
    has_draft: bool
    draft_state: Literal["draft", "review"] | None
    version: int | None
    owner: str | None
    review_on: date | None
    due: bool
    updated_at: AwareDatetime
    updated_by: str
    asked_7_days: int | None = Field(None, description="How often it was given in the last seven days; answers only")


class Lines(Shape):
    """One page of a list."""

    entries: list[LineShape]
    total: int


class PublishedShape(Shape):
    """What is told now. ``edited``: a person has changed what the city's files say."""

    title: str
    body: dict[str, Any]
    version: int
    updated_at: AwareDatetime
    updated_by: str
    withdrawn: bool
    edited: bool


class DraftShape(Shape):
    """What is being written."""

    title: str
    body: dict[str, Any]
    revision: int
    state: Literal["draft", "review"]
    authors: list[str]
    remark: str
    updated_at: AwareDatetime
    updated_by: str
    base_version: int | None


class FaultShape(Shape):
    """What is wrong in a draft: ``field`` as a path ("variants.2"; empty: the whole)."""

    field: str
    text: str


class PastShape(Shape):
    """A line of an entry's history."""

    version: int
    verb: str
    who: str
    approved_by: str | None
    at: AwareDatetime
    note: str


class FeedbackShape(Shape):
    """What citizens made of an answer in the last 30 days."""

    answered: int
    not_that: int
    helped: int


class EntryShape(Shape):
    """One thing, as it is told and as it is being written."""

    slug: str
    published: PublishedShape | None
    draft: DraftShape | None
    faults: list[FaultShape]
    history: list[PastShape]
    feedback: FeedbackShape | None


class VersionShape(Shape):
    """One state that it had, and what it changed."""

    version: int
    title: str
    body: dict[str, Any]
    diff: list[dict[str, Any]]


class DiffShape(Shape):
    """The draft against what is published: ``parts`` are ``["=" | "-" | "+", text]``."""

    diff: list[dict[str, Any]]


class Refusals(Shape):
    """What a bulk act did, and why not the rest."""

    done: list[str]
    refused: list[dict[str, str]]
    report: dict[str, Any] | None = Field(None, description="What the check found: nothing is done until it was read")


class NewBody(BaseModel):
    """Something new. The title makes its slug; for a sentence of the bot or a holiday it is the slug."""

    title: Line
    body: Body = {}


class DraftBody(BaseModel):
    """What was written so far. ``revision`` null: there was no draft."""

    revision: Revision | None
    title: Line | None = None
    body: Body


class RevisionBody(BaseModel):
    """Which draft is meant."""

    revision: Revision


class SendBackBody(RevisionBody):
    """What has to be mended before it is published; empty where its author takes it back."""

    remark: Annotated[Text, Field(max_length=2000)] = ""


class PublishBody(RevisionBody):
    """``seen_report``: what the check found has been read, and it is published all the same."""

    seen_report: bool = False


class WithdrawBody(BaseModel):
    """Why nobody is to be told it any more."""

    note: Annotated[Text, Field(max_length=500)] = ""


class RollBackBody(BaseModel):
    """Which version is published again."""

    version: Annotated[int, Field(ge=1, lt=2**31)]


class BulkBody(BaseModel):
    """One act on several things. ``value``: an owner's username, a day, or why they are withdrawn."""

    slugs: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=MOST_SLUGS)]
    do: Literal["withdraw", "restore", "owner", "review_on", "submit", "publish"]
    value: Annotated[Line | None, Field(max_length=200)] = None
    seen_report: bool = False


class DraftedBody(BaseModel):
    """A draft as it stands on the page, saved or not."""

    kind: Annotated[str, Field(max_length=16)]
    slug: Annotated[str, Field(max_length=80)]
    body: Body


class RehearseBody(BaseModel):
    """A citizen's words, and the drafts that are to count as published."""

    text: Annotated[Text, Field(max_length=2000)]
    channel: Annotated[Line, Field(max_length=16)] = "whatsapp"
    drafts: Annotated[list[DraftedBody], Field(max_length=MOST_DRAFTS)] = []


class CheckBody(BaseModel):
    """The drafts that are to be checked together."""

    drafts: Annotated[list[DraftedBody], Field(max_length=MOST_DRAFTS)]


def published_shape(found: Entry) -> PublishedShape:
    """An entry as the page shows it."""
    return PublishedShape(
        title=found.title,
        body=dict(found.body),
        version=found.version,
        updated_at=found.updated_at,
        updated_by=found.updated_by,
        withdrawn=found.withdrawn_at is not None,
        edited=found.edited_at is not None,
    )


def draft_shape(found: Draft) -> DraftShape:
    """A draft as the page shows it."""
    return DraftShape.model_validate(found)


def titled(kind: str, title: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """The body with the title in the field that holds it, where the body has none."""
    field = KINDS[kind].title_field
    return {**body, field: title} if title and field and not body.get(field) else body
