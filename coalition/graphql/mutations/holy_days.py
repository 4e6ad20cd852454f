"""Saying which holy days an organisation keeps."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import strawberry

from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import WHAT
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.deeds import change, organisation_id, perform, user_errors
from coalition.graphql.fields import deed
from coalition.graphql.scalars import LocalizedText, given_text
from coalition.graphql.types.common import UserError
from coalition.graphql.types.holy_days import ChurchCalendarType
from coalition.graphql.types.members import OrganisationType
from coalition.members.enums import HolyDayTag, Pascha, Reckoning
from coalition.members.holy_days import keeping
from coalition.members.models import Organisation


@strawberry.input(
    name="PatronalFeastInput",
    description="The feast of a patron: month and day of the church's own year, or days after Easter.",
)
class PatronalFeastInput:
    """A patronal feast."""

    month: int | None = strawberry.field(default=None, description="Its month: 1 to 12.")
    day: int | None = strawberry.field(default=None, description="Its day of the month.")
    days_after_easter: int | None = strawberry.field(
        default=None, description="Of a movable one: -70 to 70; below 0 before Easter."
    )
    name: LocalizedText | None = strawberry.field(default=None, description="Whose feast it is.")


@strawberry.input(name="CalendarRuleInput", description="What holds of a holy day, whatever is reckoned.")
class CalendarRuleInput:
    """A manual rule."""

    code: str = strawberry.field(
        description="Code of a feast or fast; with `date` also one of your own: small letters and _."
    )
    date: datetime.date | None = strawberry.field(
        default=None, description="The one date meant; without it every year."
    )
    tag: HolyDayTag | None = strawberry.field(
        default=None, description="What the day means for a training; null when it is not kept."
    )
    name: LocalizedText | None = strawberry.field(
        default=None, description="What it is called; needed for a day of your own."
    )


@strawberry.input(
    name="SetChurchCalendarInput",
    description="What an organisation keeps; absent: unchanged, null: as its line, or none.",
)
class SetChurchCalendarInput:
    """A change of a calendar."""

    organisation: strawberry.ID = strawberry.field(description="Whose calendar; needs training:plan there.")
    revision: int = strawberry.field(description="The revision you saw; an older one is STALE_REVISION.")
    reckoning: Reckoning | None = strawberry.field(
        default=strawberry.UNSET, description="Which calendar its fixed feasts follow."
    )
    pascha: Pascha | None = strawberry.field(default=strawberry.UNSET, description="Which Easter it keeps.")
    patronal_feast: PatronalFeastInput | None = strawberry.field(
        default=strawberry.UNSET, description="The feast of its own patron."
    )
    rules: list[CalendarRuleInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All its manual rules; at most 100."
    )
    text_confirmed: bool = strawberry.field(
        default=False, description="The answer to PERSONAL_DATA_SUSPECTED: the texts name nobody."
    )


@strawberry.type(name="SetChurchCalendarPayload", description="What came of changing a calendar.")
class SetChurchCalendarPayload:
    """The organisation, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(
        description="All that is wrong; empty when it was stored."
    )
    organisation: OrganisationType | None = strawberry.field(
        default=None, description="The organisation; `churchCalendar` says what it keeps now."
    )
    current: ChurchCalendarType | None = strawberry.field(
        default=None, description="When the revision was stale: the calendar as somebody left it."
    )


def _feast(given: PatronalFeastInput) -> keeping.PatronalFeastDraft:
    name = given_text(given.name) if given.name else None
    return keeping.PatronalFeastDraft(given.month, given.day, given.days_after_easter, name)


def _rules(given: list[CalendarRuleInput]) -> list[keeping.RuleDraft]:
    return [
        keeping.RuleDraft(rule.code, rule.date, rule.tag, given_text(rule.name) if rule.name else None)
        for rule in given
    ]


def _draft(given: SetChurchCalendarInput) -> keeping.CalendarDraft:
    return keeping.CalendarDraft(
        organisation_id=organisation_id(given.organisation),
        revision=given.revision,
        reckoning=change(given.reckoning),
        pascha=change(given.pascha),
        patronal_feast=change(given.patronal_feast, _feast),
        rules=change(given.rules, _rules),
        text_confirmed=given.text_confirmed,
    )


@strawberry.type
class HolyDayMutations:
    """Deeds about holy days."""

    @deed(description="Say which holy days an organisation keeps; needs training:plan there.")
    async def set_church_calendar(
        self, info: Info, input: Annotated[SetChurchCalendarInput, WHAT]
    ) -> SetChurchCalendarPayload:
        """Say which holy days an organisation keeps."""
        context = context_of(info)
        done: Any = await perform(
            context, lambda uow: keeping.set_calendar(uow, context.actor, draft=_draft(input))
        )
        if not isinstance(done, Refused):
            return SetChurchCalendarPayload(user_errors=[], organisation=done)
        errors = user_errors(done.faults, context.language)
        if not isinstance(done, keeping.StaleCalendar):
            return SetChurchCalendarPayload(user_errors=errors)
        return SetChurchCalendarPayload(user_errors=errors, current=await _current(context, done))


async def _current(context: Context, stale: keeping.StaleCalendar) -> Any:
    def read(uow: UnitOfWork) -> Any:
        return keeping.calendar_of(uow, uow.db.get_one(Organisation, stale.organisation_id))

    return await context.read(read)
