"""Logging, amending and cancelling activities."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.core.errors import Refused
from coalition.core.partial_date import PartialDate, given_date
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import WHAT
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.deeds import change, client_key, organisation_id, perform, user_errors
from coalition.graphql.fields import deed
from coalition.graphql.identifiers import record_id
from coalition.graphql.scalars import LocalizedText, given_text
from coalition.graphql.types.common import PartialDateInput, UserError
from coalition.graphql.types.outreach import ActivityType
from coalition.outreach import service
from coalition.outreach.drafts import ActivityChanges, ActivityDraft, PartnerDraft, ReachDraft
from coalition.outreach.enums import (
    ActivityKind,
    ActivityStatus,
    AgeBand,
    ParticipantRole,
    ReachMethod,
    Sex,
)
from coalition.outreach.errors import Attempt, StaleRevision

_CONFIRMED = "The answer to PERSONAL_DATA_SUSPECTED: the texts name nobody."


@strawberry.input(name="ActivityPartnerInput", description="Another organisation that takes part.")
class ActivityPartnerInput:
    """A partner."""

    organisation: strawberry.ID = strawberry.field(description="The organisation.")
    role: ParticipantRole = strawberry.field(description="What it does; LEAD is the logging organisation's.")


@strawberry.input(
    name="ReachInput", description="People reached, of one sex and age band; never persons assisted."
)
class ReachInput:
    """Reach."""

    count: int = strawberry.field(description="How many: 0 to 1,000,000.")
    sex: Sex = strawberry.field(default=Sex.UNSPECIFIED, description="Sex, as counted.")
    age_band: AgeBand = strawberry.field(default=AgeBand.UNKNOWN, description="Age band.")
    method: ReachMethod = strawberry.field(
        default=ReachMethod.HEADCOUNT, description="How they were counted."
    )
    qualifier: Qualifier = strawberry.field(default=Qualifier.EXACT, description="How exactly it is meant.")


@strawberry.input(name="LogActivityInput", description="An activity that was held, or is planned.")
class LogActivityInput:
    """An activity to be logged."""

    organisation: strawberry.ID = strawberry.field(description="The lead; needs activity:log there.")
    kind: ActivityKind = strawberry.field(description="What it is for; ASSISTANCE is not logged here.")
    title: LocalizedText = strawberry.field(description="At least one of ro, ru, en; at most 200 characters.")
    starts_on: PartialDateInput = strawberry.field(description="When it begins.")
    districts: list[str] = strawberry.field(
        description="Codes or any spelling; empty when nationwide or abroad."
    )
    client_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Any UUID made by the client, so that sending again stores nothing twice.",
    )
    form: str | None = strawberry.field(
        default=strawberry.UNSET, description="What it was, in a word or two."
    )
    ends_on: PartialDateInput | None = strawberry.field(default=strawberry.UNSET, description="When it ends.")
    place: str | None = strawberry.field(
        default=strawberry.UNSET, description="The place; no private address."
    )
    status: ActivityStatus | None = strawberry.field(
        default=ActivityStatus.HELD, description="PLANNED or HELD; what was held is not in the future."
    )
    visibility: Visibility | None = strawberry.field(
        default=Visibility.COALITION, description="Who may see it besides the owner's own line."
    )
    audience: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Whom it is meant for."
    )
    topics: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Codes of `topics`; PREVENTION needs one of group cause."
    )
    materials: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Materials given out."
    )
    partners: list[ActivityPartnerInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Others that take part."
    )
    reach: list[ReachInput] | None = strawberry.field(default=strawberry.UNSET, description="People reached.")
    text_confirmed: bool = strawberry.field(default=False, description=_CONFIRMED)


@strawberry.type(name="LogActivityPayload", description="What came of logging an activity.")
class LogActivityPayload:
    """The logged activity, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(
        description="All that is wrong; empty when it was stored."
    )
    activity: ActivityType | None = strawberry.field(default=None, description="The activity as it is now.")
    replayed: bool | None = strawberry.field(default=None, description="Whether it had been stored before.")


@strawberry.input(name="AmendActivityInput", description="Fields not given stay as they are; null clears.")
class AmendActivityInput:
    """Changes to an activity."""

    id: strawberry.ID = strawberry.field(description="The activity; needs activity:log at its owner.")
    revision: int = strawberry.field(description="The revision you saw; an older one is STALE_REVISION.")
    kind: ActivityKind | None = strawberry.field(default=strawberry.UNSET, description="What it is for.")
    form: str | None = strawberry.field(
        default=strawberry.UNSET, description="What it was, in a word or two."
    )
    title: LocalizedText | None = strawberry.field(
        default=strawberry.UNSET, description="The whole new title."
    )
    starts_on: PartialDateInput | None = strawberry.field(
        default=strawberry.UNSET, description="When it begins."
    )
    ends_on: PartialDateInput | None = strawberry.field(default=strawberry.UNSET, description="When it ends.")
    districts: list[str] | None = strawberry.field(default=strawberry.UNSET, description="All its districts.")
    place: str | None = strawberry.field(
        default=strawberry.UNSET, description="The place; no private address."
    )
    status: ActivityStatus | None = strawberry.field(
        default=strawberry.UNSET, description="PLANNED may become HELD."
    )
    visibility: Visibility | None = strawberry.field(default=strawberry.UNSET, description="Who may see it.")
    audience: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Whom it is meant for."
    )
    topics: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All its topics, as codes."
    )
    materials: list[str] | None = strawberry.field(default=strawberry.UNSET, description="All its materials.")
    partners: list[ActivityPartnerInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All others that take part."
    )
    reach: list[ReachInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All people reached."
    )
    text_confirmed: bool = strawberry.field(default=False, description=_CONFIRMED)


@strawberry.type(name="AmendActivityPayload", description="What came of amending an activity.")
class AmendActivityPayload:
    """The amended activity, or what is wrong; both versions when the revision was stale."""

    user_errors: list[UserError] = strawberry.field(
        description="All that is wrong; empty when it was stored."
    )
    activity: ActivityType | None = strawberry.field(default=None, description="The activity as it is now.")
    current: ActivityType | None = strawberry.field(
        default=None, description="When the revision was stale: the activity as somebody left it."
    )
    attempted: ActivityType | None = strawberry.field(
        default=None, description="When the revision was stale: the activity as you wanted it; not stored."
    )


@strawberry.input(
    name="CancelActivityInput", description="An activity that does not take place, or was logged in error."
)
class CancelActivityInput:
    """A cancellation."""

    id: strawberry.ID = strawberry.field(description="The activity; needs activity:log at its owner.")
    revision: int = strawberry.field(description="The revision you saw.")
    reason: str = strawberry.field(description="Why; at most 2,000 characters, naming nobody.")
    text_confirmed: bool = strawberry.field(default=False, description=_CONFIRMED)


@strawberry.type(name="CancelActivityPayload", description="What came of cancelling an activity.")
class CancelActivityPayload:
    """The cancelled activity, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(
        description="All that is wrong; empty when it was stored."
    )
    activity: ActivityType | None = strawberry.field(default=None, description="The activity as it is now.")


def _date(given: PartialDateInput) -> PartialDate:
    return given_date(given.date, given.precision)


def _partners(given: list[ActivityPartnerInput]) -> list[PartnerDraft]:
    return [PartnerDraft(organisation_id(partner.organisation), partner.role) for partner in given]


def _reach(given: list[ReachInput]) -> list[ReachDraft]:
    return [ReachDraft(row.count, row.sex, row.age_band, row.method, row.qualifier) for row in given]


def _draft(given: LogActivityInput) -> ActivityDraft:
    return ActivityDraft(
        organisation_id=organisation_id(given.organisation),
        kind=given.kind,
        title=given_text(given.title),
        starts_on=_date(given.starts_on),
        ends_on=_date(given.ends_on) if given.ends_on else None,
        districts=given.districts,
        form=given.form or None,
        place=given.place or None,
        status=given.status or ActivityStatus.HELD,
        visibility=given.visibility or Visibility.COALITION,
        audience=given.audience or (),
        topics=given.topics or (),
        materials=given.materials or (),
        partners=_partners(given.partners or []),
        reach=_reach(given.reach or []),
        text_confirmed=given.text_confirmed,
    )


def _changes(given: AmendActivityInput) -> ActivityChanges:
    return ActivityChanges(
        kind=change(given.kind),
        form=change(given.form),
        title=change(given.title, given_text),
        starts_on=change(given.starts_on, _date),
        ends_on=change(given.ends_on, _date),
        districts=change(given.districts),
        place=change(given.place),
        status=change(given.status),
        visibility=change(given.visibility),
        audience=change(given.audience),
        topics=change(given.topics),
        materials=change(given.materials),
        partners=change(given.partners, _partners),
        reach=change(given.reach, _reach),
        text_confirmed=given.text_confirmed,
    )


def _attempted(attempt: Attempt) -> Any:
    """The attempted version as a row that carries its children with it."""
    attempt.activity.__dict__["given_children"] = attempt.children
    return attempt.activity


def _refused_amendment(context: Context, refusal: Refused) -> AmendActivityPayload:
    errors = user_errors(refusal.faults, context.language)
    if not isinstance(refusal, StaleRevision):
        return AmendActivityPayload(user_errors=errors)
    current: Any = refusal.current
    return AmendActivityPayload(user_errors=errors, current=current, attempted=_attempted(refusal.attempted))


@strawberry.type
class OutreachMutations:
    """Deeds of this room."""

    @deed(description="Log an activity; needs activity:log at the lead.")
    async def log_activity(self, info: Info, input: Annotated[LogActivityInput, WHAT]) -> LogActivityPayload:
        """Log an activity."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> tuple[Any, bool]:
            key = client_key(input, input.client_id or None)
            return service.log_activity(uow, context.actor, draft=_draft(input), key=key)

        done = await perform(context, work)
        if isinstance(done, Refused):
            return LogActivityPayload(user_errors=user_errors(done.faults, context.language))
        return LogActivityPayload(user_errors=[], activity=done[0], replayed=done[1])

    @deed(description="Amend an activity; needs activity:log at its owner.")
    async def amend_activity(
        self, info: Info, input: Annotated[AmendActivityInput, WHAT]
    ) -> AmendActivityPayload:
        """Amend an activity."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> Any:
            return service.amend_activity(
                uow,
                context.actor,
                activity_id=record_id(input.id, "Activity"),
                revision=input.revision,
                changes=_changes(input),
            )

        done = await perform(context, work)
        if isinstance(done, Refused):
            return _refused_amendment(context, done)
        return AmendActivityPayload(user_errors=[], activity=done)

    @deed(description="Cancel an activity with a reason; needs activity:log at its owner.")
    async def cancel_activity(
        self, info: Info, input: Annotated[CancelActivityInput, WHAT]
    ) -> CancelActivityPayload:
        """Cancel an activity."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> Any:
            return service.cancel_activity(
                uow,
                context.actor,
                activity_id=record_id(input.id, "Activity"),
                revision=input.revision,
                reason=input.reason,
                text_confirmed=input.text_confirmed,
            )

        done = await perform(context, work)
        if isinstance(done, Refused):
            return CancelActivityPayload(user_errors=user_errors(done.faults, context.language))
        return CancelActivityPayload(user_errors=[], activity=done)
