"""The kinds of emergency: how urgent by default, whom to send, what to ask next."""

from typing import Literal, Self

from pydantic import Field, model_validator

from knowledge_base.city_rows import Filled, Row, Slug


class Question(Row):
    """One fact to ask for; `wording` is the key of the sentence that asks for it.

    `answer` is what counts as one: yes or no, a number, or any words. `yes_is` is the severity (1 to 3) that a yes
    means: it may raise a case, never lower it.
    """

    fact: Slug
    wording: Slug
    answer: Literal["yes_no", "number", "words"] = "yes_no"
    yes_is: int | None = Field(default=None, ge=1, le=3)


class CategoryAgencies(Row):
    """Whom to send, by agency slug.

    `first` is proposed at once, `also` beside it; `operator_only` is offered to the operator and never proposed or
    told by the bot (the police at a suicide, the army at a riot).
    """

    first: tuple[Slug, ...] = ()
    also: tuple[Slug, ...] = ()
    operator_only: tuple[Slug, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """All three lists one after the other."""
        return self.first + self.also + self.operator_only

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        twice = sorted({slug for slug in self.every if self.every.count(slug) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is named more than once: keep it in one list")
        return self


class Category(Row):
    """One kind of emergency.

    `default_severity` 1 to 3 is P1 to P3 before anything is known. `restricted` cases are seen by a small circle only,
    `silent` ones are answered without a telltale word, `bot_prenotice` allows the notice of an unclaimed P1 to the
    duty post. `cards` are the slugs of the SOP and pre-arrival cards that fit.
    """

    slug: Slug
    name: Filled
    description: Filled
    default_severity: int = Field(ge=1, le=3)
    agencies: CategoryAgencies
    restricted: bool = False
    silent: bool = False
    bot_prenotice: bool = False
    cards: tuple[str, ...] = ()
    questions: tuple[Question, ...] = Field(default=(), max_length=3)

    @model_validator(mode="after")
    def _careful(self) -> Self:
        if self.bot_prenotice and (self.restricted or self.silent):
            raise ValueError("a restricted or silent category never has bot_prenotice: a human decides")
        if self.silent and not self.restricted:
            raise ValueError("a silent category is also restricted: set restricted: true")
        facts = [question.fact for question in self.questions]
        if len(set(facts)) < len(facts):
            raise ValueError("the same fact is asked twice: remove one of the questions")
        return self
