"""An aggregator described by a file: what to post where, what its answers mean, what its deliveries hold.

Each model here tells what its keys are for; ``sms_gateway/aggregators/*.yml`` are three that work. Templates hold
``{words}``: the options that the file itself declares, and those of ``WORDS``. ``{word:url}`` is percent-encoded, for
an address within an address. What fills to nothing is left out: so an optional sender needs no second template.
A mapping of ``gsm7`` and ``ucs2``, or of ``urgent`` and ``normal``, stands for the one of the two that fits the SMS.

Paths name a place in what the aggregator says: ``messages.0.id``, or a list of steps where a key holds a dot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

WORDS: Final[Mapping[str, str]] = {
    "to": "+628…",
    "to_digits": "628…",
    "to_local": "08… within Indonesia, else as to",
    "text": "the SMS",
    "parts": "how many SMS carry it",
    "key": "the same for another try with the same SMS: for a field against duplicates, and to know receipts by",
    "uuid": "the same as a UUID",
    "number": "the line's own number, +62…",
    "number_digits": "62…",
    "valid_seconds": "how long it may still be delivered",
    "valid_minutes": "the same",
    "expires_at": "until when, as 2026-09-21T14:00:00Z",
    "expires_unix": "the same in seconds since 1970",
}
CHOICES: Final = ({"gsm7", "ucs2"}, {"urgent", "normal"})
PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)(:url)?\}")


def _steps(written: object) -> object:
    if isinstance(written, list):
        return [str(step) for step in written]
    return [step for step in str(written).split(".") if step] if isinstance(written, str | int) else written


def _several(written: object) -> object:
    return written if isinstance(written, list) else [written]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"{name!r} is no time zone: write an IANA name, as Asia/Jakarta") from None
    return name


def _compiles(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression ({error}): mend it") from None
    if not compiled.groupindex:
        raise ValueError("names nothing: give each part that is wanted a name, as (?P<id>...)")
    return pattern


Place = Annotated[tuple[str, ...], BeforeValidator(_steps)]
Places = Annotated[tuple[Place, ...], BeforeValidator(_several)]
Patterns = Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]
Conditions = dict[str, Patterns]  # path: what may stand there; case is nothing, * is anything, "" is nothing at all
Form = Literal["json", "form", "query"]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, populate_by_name=True)


class Option(Row):
    """A word that an account gives. Without ``default`` it must; a secret one is never shown."""

    about: str
    secret: bool = False
    default: str | None = None


class Basic(Row):
    kind: Literal["basic"]
    user: str
    password: str


class Bearer(Row):
    kind: Literal["bearer"]
    token: str


class InHeader(Row):
    kind: Literal["header"]
    name: str
    value: str


class InQuery(Row):
    kind: Literal["query"]
    name: str
    value: str


Auth = Annotated[Basic | Bearer | InHeader | InQuery, Field(discriminator="kind")]


class Rule(Row):
    """What an answer means. The first rule that fits decides; ``status`` and ``where`` must both fit.

    ``sent``; ``permanent``: this SMS never; ``throttled``: later; ``failed``: nothing left, and the next may fail too;
    ``doubtful``: nobody knows whether it left. ``retry_after`` in seconds; a Retry-After of theirs goes before it.
    """

    status: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()  # 200, or 2xx
    where: Conditions = {}
    means: Literal["sent", "permanent", "throttled", "failed", "doubtful"]
    retry_after: float | None = Field(default=None, gt=0, le=3600)
    because: str = ""  # for whoever mends it, in place of the aggregator's own words

    @model_validator(mode="after")
    def _fits_something(self) -> Rule:
        for one in self.status:
            if not re.fullmatch(r"[1-5](?:\d\d|xx)", one):
                raise ValueError(f"status {one!r} is none: write it as 200, or 2xx for all of them")
        if not self.status and not self.where:
            raise ValueError("fits every answer: give it a status or a where")
        return self


class Answer(Row):
    """How the answer to a submission is read. ``text`` is read by a pattern, whose named groups are its places."""

    form: Literal["json", "form", "text"] = "json"
    pattern: Annotated[str, AfterValidator(_compiles)] | None = None
    rules: tuple[Rule, ...]
    reference: Places = ()  # the id that receipts carry; without it that is {key}
    reason: Places = ()  # the aggregator's own words on what went wrong

    @model_validator(mode="after")
    def _can_succeed(self) -> Answer:
        if not any(rule.means == "sent" for rule in self.rules):
            raise ValueError("no rule means sent: add one, or no SMS ever counts as sent")
        if (self.form == "text") != (self.pattern is not None):
            raise ValueError("a text needs a pattern, and nothing else does: add it or take it away")
        return self


class Send(Row):
    """One submission."""

    url: str
    method: Literal["GET", "POST", "PUT"] = "POST"
    auth: Auth | None = None
    headers: dict[str, str] = {}
    query: dict[str, Any] = {}
    form: dict[str, Any] | None = None
    json_body: Any = Field(default=None, alias="json")
    seconds: float = Field(default=20.0, gt=0, le=60)  # to wait for an answer; the outbox's claim is 90 s
    answer: Answer

    @model_validator(mode="after")
    def _one_body(self) -> Send:
        if self.form is not None and self.json_body is not None:
            raise ValueError("has a form and json: keep one")
        if self.method == "GET" and (self.form is not None or self.json_body is not None):
            raise ValueError("is a GET with a body: put its fields into query")
        return self


class Hmac(Row):
    """An HMAC of the raw body in a header."""

    kind: Literal["hmac"]
    header: str
    secret: str
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""


class SignedForm(Row):
    """HMAC-SHA1, as base64, of the public address and the form's fields, sorted, without anything between."""

    kind: Literal["signed_form"]
    header: str
    secret: str
    url: str


class Token(Row):
    """A word that both sides know."""

    kind: Literal["token"]
    place: Literal["header", "query"]
    name: str
    value: str


class Login(Row):
    """HTTP basic authentication."""

    kind: Literal["basic"]
    user: str
    password: str


Seal = Annotated[Hmac | SignedForm | Token | Login, Field(discriminator="kind")]


class Moment(Row):
    """A time: ``iso``, ``unix``, ``unix_ms``, ``rfc2822`` or as strptime reads it; ``zone`` where it names none."""

    path: Place
    as_written: str = Field(default="iso", alias="as")
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"


class Mapped(Row):
    """Rows of a delivery: those under ``each`` (the whole delivery without it) for which ``where`` holds."""

    form: Form = "json"
    each: Place = ()
    where: Conditions = {}


class Reports(Mapped):
    """Receipts. A state that is neither delivered nor failed is not the last word, and passed over."""

    reference: Place
    state: Place
    delivered: Patterns
    failed: Patterns
    at: Moment | None = None
    error: Places = ()


class Data(Row):
    """The user data of a binary SMS."""

    path: Place
    encoding: Literal["hex", "base64"] = "hex"
    port: Place = ()


class Inbound(Mapped):
    """SMS of citizens."""

    sender: Place = Field(alias="from")
    text: Place
    key: Place = ()  # the aggregator's id; without it an SMS is known by sender, time and text
    at: Moment | None = None
    data: Data | None = None


class Receive(Row):
    """What the aggregator posts, or gets, at ``/in/sms/<account>``. One seal of ``verify`` must hold."""

    verify: Annotated[tuple[Seal, ...], Field(min_length=1)]
    reports: tuple[Reports, ...] = ()
    inbound: tuple[Inbound, ...] = ()
    ignore: tuple[Mapped, ...] = ()  # what is of no interest, such as a ping
    answer: str = ""  # the body that it wants back


class Aggregator(Row):
    """A whole description."""

    about: str
    options: dict[str, Option]
    send: Send
    receive: Receive | None = None

    def word(self, options: Mapping[str, str], name: str) -> str:
        """What an account gives for an option, or its default."""
        return options.get(name) or self.options[name].default or ""

    def words(self, options: Mapping[str, str]) -> dict[str, str]:
        return {name: self.word(options, name) for name in self.options}

    def secrets(self, options: Mapping[str, str]) -> list[str]:
        return [word for name, word in self.words(options).items() if word and self.options[name].secret]

    def missing(self, options: Mapping[str, str]) -> list[str]:
        """Options that the account must give and does not."""
        return [name for name, one in self.options.items() if one.default is None and not options.get(name)]
