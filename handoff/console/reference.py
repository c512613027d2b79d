"""What an operator looks up: the city's cards and SOPs, and where a place is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request

from handoff.console.guard import AnyAct
from handoff.console.route import subject
from handoff.console.shapes import Shape
from handoff.places_search import PlaceSearch

router = subject("reference", 404)


class CardShape(Shape):
    """A text for the operator (sop) or for the citizen (card), with its approval."""

    slug: str
    kind: Literal["card", "sop"]
    title: str
    categories: list[str]
    steps: list[str]
    body: str
    approved: bool
    expires: str | None


class Cards(Shape):
    """Every card of a city, unapproved ones too: those are shown as such and never sent."""

    cards: list[CardShape]


class PlaceShape(Shape):
    """A place as the form takes it; without a known point it has none."""

    kecamatan: str | None
    kelurahan: str | None
    landmark: str | None
    lat: float | None
    lon: float | None
    label: str


class Places(Shape):
    """Places that fit what was typed, best first, at most eight."""

    places: list[PlaceShape]


@router.get("/cards", summary="Pre-arrival cards and SOPs of a city", response_model=Cards)
async def cards(act: AnyAct) -> Cards:
    """Whether a card may be sent is told by the city's own date."""
    today = act.now.astimezone(act.city.timezone).date()
    return Cards(
        cards=[
            CardShape(
                slug=card.slug,
                kind=card.kind,
                title=card.title,
                categories=list(card.categories),
                steps=list(card.steps),
                body=card.body,
                approved=card.approved_at(today),
                expires=card.expires.isoformat() if card.expires else None,
            )
            for card in act.city.cards
        ]
    )


@router.get("/places", summary="Find a place by a few letters", response_model=Places)
async def places(act: AnyAct, request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Places:
    """Kelurahan, negeri, kecamatan and landmarks, by any name that people use for them."""
    search: PlaceSearch = request.state.searches[act.city.slug]
    return Places(places=[PlaceShape.model_validate(place) for place in search.find(q)])
