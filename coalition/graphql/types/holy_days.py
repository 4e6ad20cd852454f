"""Holy days, and what is known of civil ones."""

from __future__ import annotations

import datetime
from typing import Any

import strawberry

from coalition.graphql.context import Info, context_of
from coalition.graphql.declare import column, record, texts
from coalition.graphql.fields import resolved
from coalition.graphql.orders import sort_language
from coalition.graphql.types.members import OrganisationType
from coalition.members.enums import HolyDayTag
from coalition.members.holy_days.between import HolyDay
from coalition.members.holy_days.civil import CivilYear

strawberry.enum(
    HolyDayTag,
    description="What a holy day means for a training: NO_TRAINING is refused, AVOID only mentioned, FASTING"
    " concerns the meals, CIVIL_HOLIDAY is a day off.",
)


@record(HolyDay, "HolyDay", "A feast, a day of a fast or a civil holiday.")
class HolyDayType:
    """A holy day."""

    date: datetime.date = column("The civil date.")
    code: str = column("Stable code, such as nativity or great_lent; of a civil holiday with its country.")
    name: str = texts("Name in the language asked.", "name")
    tag: HolyDayTag = column("What it means for a training.")
    country: str | None = column("Of a civil holiday its country, ISO 3166-1 alpha-2; null of a church's.")

    @resolved(description="Who keeps it, of those asked about and that you see, by name.")
    def organisations(self: Any, info: Info) -> list[OrganisationType]:
        """Who keeps it."""
        key = f"sort_{sort_language(context_of(info).language)}"
        return sorted(self.organisations, key=lambda row: (getattr(row, key), row.slug))


@record(CivilYear, "CivilYear", "Whether the civil holidays of a country are known for a year.")
class CivilYearType:
    """A year of a country."""

    country: str = column("ISO 3166-1 alpha-2.")
    year: int = column("The year.")
    is_known: bool = column("When not, no day of that year is listed, and any may be a holiday.")
