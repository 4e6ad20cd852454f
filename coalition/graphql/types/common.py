"""Types that every room uses: partial dates, errors of deeds, shared enums."""

from __future__ import annotations

import datetime

import strawberry

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.partial_date import PartialDate as PartialDateValue
from coalition.graphql.declare import column, record

strawberry.enum(Visibility, description="Who may see a record besides its owner's own line.")
strawberry.enum(Qualifier, description="How exactly a number is meant.")
strawberry.enum(DatePrecision, description="How much of a date is known.")
strawberry.enum(DateCertainty, description="Whether the source states the date.")


@record(PartialDateValue, "PartialDate", "A day, a month or a year.")
class PartialDateType:
    """A partial date."""

    date: datetime.date = column("The first day that is meant.")
    precision: DatePrecision = column("How much of the date is known.")
    certainty: DateCertainty = column("Whether the source states it.")
    text: str = column("As written in the source.")


@strawberry.input(name="PartialDateInput", description="A date as far as it is known.")
class PartialDateInput:
    """A date given by a client."""

    date: datetime.date = strawberry.field(description="Any day of the day, month or year that is meant.")
    precision: DatePrecision = strawberry.field(
        default=DatePrecision.DAY, description="How much of the date is known."
    )


@strawberry.interface(name="UserError", description="Something wrong with a deed that its caller can mend.")
class UserError:
    """The interface of errors of deeds."""

    code: str = strawberry.field(description="Stable code, such as UNKNOWN_DISTRICT.")
    message: str = strawberry.field(description="What happened and what to do, in the request's language.")
    field: list[str] | None = strawberry.field(
        description='The path below `input`, such as ["reach", "0", "count"].'
    )


@strawberry.type(name="InputError", description="A fault of the input, at a path.")
class InputError(UserError):
    """A fault without further data."""
