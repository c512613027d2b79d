"""The small parts that several city files share: a frozen row, a point, a telephone number with its date."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Filled = Annotated[str, StringConstraints(min_length=1)]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{1,18}$")]


class Row(BaseModel):
    """One entry of a city file: frozen, and an unknown key in it is an error.

    A file's own words (`kode`, `nama`) and the field names both build a row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)


class Point(Row):
    """A position in degrees (WGS 84)."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Phone(Row):
    """A number as the city writes it.

    `confirmed_on` is the day on which somebody checked it against `source`; `tested` says that somebody of the city
    dialled it and reached the place. A number without a date is refused: staff show the date beside the number.
    """

    number: PhoneNumber
    label: Filled
    confirmed_on: date
    source: Filled
    via: Literal["voice", "whatsapp", "sms"] = "voice"
    tested: bool = False

    @property
    def dial(self) -> str:
        """The digits to dial, with a leading + where the number has one."""
        return "".join(sign for sign in self.number if sign.isdigit() or sign == "+")
