"""Planning training sessions."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import strawberry

from coalition.core.actor import Visibility
from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import WHAT
from coalition.graphql.context import Info, context_of
from coalition.graphql.deeds import client_key, organisation_id, perform, user_errors
from coalition.graphql.fields import deed
from coalition.graphql.scalars import LocalizedText, given_text
from coalition.graphql.types.common import UserError
from coalition.graphql.types.training import TrainingSessionType
from coalition.training import service
from coalition.training.drafts import AcceptedHolyDayDraft, TrainingSessionDraft


@strawberry.input(
    name="AcceptedHolyDayInput", description="A holy day on which a training is held all the same."
)
class AcceptedHolyDayInput:
    """A holy day that is accepted."""

    date: datetime.date = strawberry.field(description="The day.")
    organisation: strawberry.ID = strawberry.field(
        description="The church that keeps it, of those organising or invited."
    )
    reason: str = strawberry.field(description="Why, and how it was agreed with that church.")


@strawberry.input(name="PlanTrainingSessionInput", description="A training session to come.")
class PlanTrainingSessionInput:
    """A training session to be planned."""

    title: LocalizedText = strawberry.field(description="At least one of ro, ru, en; at most 200 characters.")
    organisers: list[strawberry.ID] = strawberry.field(
        description="Who gives it, the first owning the record; needs training:plan at each, or for all."
    )
    starts_on: datetime.date = strawberry.field(description="Its first day.")
    district: str = strawberry.field(description="Code or any spelling.")
    client_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Any UUID made by the client, so that sending again stores nothing twice.",
    )
    invited: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Organisations whose people are invited."
    )
    ends_on: datetime.date | None = strawberry.field(default=strawberry.UNSET, description="Its last day.")
    place: str | None = strawberry.field(default=strawberry.UNSET, description="The venue.")
    capacity: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many can take part: 0 to 1,000,000."
    )
    languages: list[str] | None = strawberry.field(default=strawberry.UNSET, description="As BCP 47.")
    audience: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Whom it is meant for."
    )
    topics: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Codes of `topics`.")
    visibility: Visibility | None = strawberry.field(
        default=Visibility.COALITION, description="Who may see it besides the owner's own line."
    )
    accept_holy_days: list[AcceptedHolyDayInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="NO_TRAINING days of churches organising or invited that are agreed to by name; any other"
        " such day is HOLY_DAY.",
    )
    text_confirmed: bool = strawberry.field(
        default=False, description="The answer to PERSONAL_DATA_SUSPECTED: the texts name nobody."
    )


@strawberry.type(name="PlanTrainingSessionPayload", description="What came of planning a training session.")
class PlanTrainingSessionPayload:
    """The planned session, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(
        description="All that is wrong; empty when it was stored."
    )
    training_session: TrainingSessionType | None = strawberry.field(
        default=None, description="The session, SCHEDULED."
    )
    replayed: bool | None = strawberry.field(default=None, description="Whether it had been stored before.")


def _draft(given: PlanTrainingSessionInput) -> TrainingSessionDraft:
    return TrainingSessionDraft(
        title=given_text(given.title),
        organiser_ids=[organisation_id(opaque) for opaque in given.organisers],
        invited_ids=[organisation_id(opaque) for opaque in given.invited or []],
        starts_on=given.starts_on,
        ends_on=given.ends_on or None,
        district=given.district,
        place=given.place or None,
        capacity=given.capacity if isinstance(given.capacity, int) else None,
        languages=given.languages or (),
        audience=given.audience or (),
        topics=given.topics or (),
        visibility=given.visibility or Visibility.COALITION,
        accepted_holy_days=[
            AcceptedHolyDayDraft(each.date, organisation_id(each.organisation), each.reason)
            for each in given.accept_holy_days or []
        ],
        text_confirmed=given.text_confirmed,
    )


@strawberry.type
class TrainingMutations:
    """Deeds of this room."""

    @deed(
        description="Plan a training session; needs training:plan for the coalition, or at every organiser."
    )
    async def plan_training_session(
        self, info: Info, input: Annotated[PlanTrainingSessionInput, WHAT]
    ) -> PlanTrainingSessionPayload:
        """Plan a training session."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> tuple[Any, bool]:
            key = client_key(input, input.client_id or None)
            return service.plan_training_session(uow, context.actor, draft=_draft(input), key=key)

        done = await perform(context, work)
        if isinstance(done, Refused):
            return PlanTrainingSessionPayload(user_errors=user_errors(done.faults, context.language))
        return PlanTrainingSessionPayload(user_errors=[], training_session=done[0], replayed=done[1])
