"""Holy days, and what is known of civil ones."""

from __future__ import annotations

import datetime
from typing import Any

import strawberry

from coalition.core.text import in_language
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import column, computed, record, texts
from coalition.graphql.fields import resolved
from coalition.graphql.orders import sort_language
from coalition.graphql.types.members import OrganisationType
from coalition.members.enums import HolyDayTag, Pascha, Reckoning
from coalition.members.holy_days.between import HolyDay
from coalition.members.holy_days.civil import CivilYear
from coalition.members.holy_days.keeping import ChurchCalendar, PatronalFeastDraft, RuleDraft

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


strawberry.enum(
    Reckoning,
    description="Which calendar fixed feasts follow: OLD Julian, NEW revised Julian, WESTERN another set.",
)
strawberry.enum(Pascha, description="Which Easter is kept.")


def _named(row: Any, context: Context) -> str | None:
    return in_language(row.name, context.language) if row.name else None


@record(PatronalFeastDraft, "PatronalFeast", "The feast of an organisation's own patron.")
class PatronalFeastType:
    """A patronal feast."""

    month: int | None = column("Its month in the church's own year; null of a movable one.")
    day: int | None = column("Its day of the month.")
    days_after_easter: int | None = column("Of a movable one, how many days after Easter; before it below 0.")
    name: str | None = computed("Whose feast it is, in the request's language.", ("name",), _named)


@record(RuleDraft, "CalendarRule", "What an organisation holds of a holy day, whatever is reckoned.")
class CalendarRuleType:
    """A manual rule."""

    code: str = column("Code of a feast or fast, or of a day of the organisation's own.")
    date: datetime.date | None = column("The one date it speaks of; null for every year.", "falls_on")
    tag: HolyDayTag | None = column("What the day means for a training; null when it is not kept.")
    name: str | None = computed("What it is called, in the request's language.", ("name",), _named)


@record(ChurchCalendar, "ChurchCalendar", "Which holy days an organisation keeps, and why.")
class ChurchCalendarType:
    """A church's calendar."""

    organisation: OrganisationType = column("Whose it is.")
    reckoning: Reckoning | None = computed(
        "As kept today; null for who stands in no church.",
        ("calendar",),
        lambda row, _: _kept(row, "reckoning"),
    )
    pascha: Pascha | None = computed(
        "As kept today; null for who stands in no church.", ("calendar",), lambda row, _: _kept(row, "pascha")
    )
    own_reckoning: Reckoning | None = computed(
        "Its own; null when it is the one of its line.",
        ("organisation",),
        lambda row, _: row.organisation.reckoning,
    )
    own_pascha: Pascha | None = computed(
        "Its own; null when it is the one of its line.",
        ("organisation",),
        lambda row, _: row.organisation.pascha,
    )
    patronal_feast: PatronalFeastType | None = column("The feast of its own patron.")
    rules: list[CalendarRuleType] = column("Its own manual rules; they hold for all below it too.")
    revision: int = computed(
        "What a change must name.", ("organisation",), lambda row, _: row.organisation.revision
    )


def _kept(row: ChurchCalendar, name: str) -> Any:
    return getattr(row.calendar, name) if row.calendar else None
