"""Queries about holy days."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from coalition.core.checks import LIST_LIMIT
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import AnyID
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.fields import resolved
from coalition.graphql.identifiers import record_id
from coalition.graphql.types.holy_days import ChurchCalendarType, CivilYearType, HolyDayType
from coalition.members.holy_days.between import (
    HolyDay,
    check_period,
    holy_days_of,
    holy_days_of_members,
)
from coalition.members.holy_days.civil import COUNTRIES, civil_years
from coalition.members.holy_days.keeping import calendar_of
from coalition.members.repository import organisation_by_id, organisations_by_id

From = Annotated[datetime.date, strawberry.argument(name="from", description="The first day.")]
To = Annotated[
    datetime.date, strawberry.argument(description="The last day; five years at most from the first.")
]
OneOf = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only what this organisation keeps, with the civil holidays it has."),
]
AllOf = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="The same for several organisations; at most 100."),
]


def _holy_days(
    uow: UnitOfWork, context: Context, first: datetime.date, last: datetime.date, asked: Sequence[str] | None
) -> list[HolyDay]:
    check_period(first, last)
    if asked is None:
        return holy_days_of_members(uow, context.actor, first=first, last=last)
    if len(asked) > LIST_LIMIT:
        raise BadUserInput("OUT_OF_RANGE", maximum=LIST_LIMIT)
    ids = [record_id(opaque, "Organisation") for opaque in asked]
    found = organisations_by_id(uow, context.actor, [each for each in ids if each is not None])
    if not all(each in found for each in ids):
        raise BadUserInput("NOT_FOUND", what="organisation")
    return holy_days_of(uow, found.values(), first=first, last=last)


@strawberry.type
class HolyDayQueries:
    """Root fields about holy days."""

    @resolved(
        description="Holy days of a period by date, reckoned by the calendar of each church. Without an"
        " organisation: what members keep between them, and the civil holidays of MD, RO, UA, BY and DK."
    )
    async def holy_days(
        self, info: Info, from_: From, to: To, organisation: OneOf = None, organisations: AllOf = None
    ) -> list[HolyDayType]:
        """Holy days of a period."""
        context = context_of(info)
        asked = organisations if organisation is None else [organisation, *(organisations or [])]
        days: Any = await context.read(lambda uow: _holy_days(uow, context, from_, to, asked))
        return days  # type: ignore[no-any-return]

    @resolved(description="The calendar of an organisation; null when it is absent or not for you to see.")
    async def church_calendar(self, info: Info, organisation: AnyID) -> ChurchCalendarType | None:
        """The calendar of an organisation."""
        context = context_of(info)

        def read(uow: UnitOfWork) -> Any:
            found = organisation_by_id(uow, context.actor, record_id(organisation, "Organisation"))
            return calendar_of(uow, found) if found else None

        calendar: ChurchCalendarType | None = await context.read(read)
        return calendar

    @resolved(
        description="For which years of a period the civil holidays of MD, RO, UA, BY and DK are known."
    )
    async def civil_years(self, from_: From, to: To) -> list[CivilYearType]:
        """What is known of civil holidays."""
        check_period(from_, to)
        found: Any = [year for country in COUNTRIES for year in civil_years(country, from_, to)]
        return found  # type: ignore[no-any-return]
