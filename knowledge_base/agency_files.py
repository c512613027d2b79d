"""An agency as the city's `agencies.yml` names it; staff change it afterwards in the database."""

from typing import Literal, Self

from pydantic import Field, model_validator

from knowledge_base.city_rows import Filled, Phone, Point, Row, Slug

Kind = Literal["fire", "medical", "police", "disaster", "rescue", "military", "utility", "order", "social", "service"]


class Post(Row):
    """A place from which an agency sets out. `area_code` is the kelurahan's or negeri's code where it is known."""

    name: Filled
    address: str | None = None
    kelurahan_kode: str | None = None
    lat: float | None = None
    lon: float | None = None
    phones: tuple[Phone, ...] = ()

    @model_validator(mode="after")
    def _whole_point(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together: fill both or leave both out")
        return self

    @property
    def area_code(self) -> str | None:
        """The kelurahan's or negeri's code, or None where nobody is sure."""
        return self.kelurahan_kode

    @property
    def point(self) -> Point | None:
        """Where the post stands, or None where nobody is sure."""
        return None if self.lat is None or self.lon is None else Point(lat=self.lat, lon=self.lon)


class AgencyFile(Row):
    """One agency. No phones means that no number is confirmed: the operator looks it up, the product invents none.

    A `withdrawn` one is kept and notified of nothing.
    """

    slug: Slug
    name: Filled
    kind: Kind
    phones: tuple[Phone, ...] = ()
    posts: tuple[Post, ...] = ()
    note: str = ""
    withdrawn: bool = Field(default=False, exclude=True)
