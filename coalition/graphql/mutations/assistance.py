"""Offering services, confirming capacity, holding and releasing places."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from coalition.assistance import service
from coalition.assistance.drafts import HoldDraft, HoldOutcome, PoolDraft, ServiceDraft
from coalition.assistance.enums import AssistanceKind, CapacityUnit, ServiceStatus
from coalition.core.actor import Visibility
from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import WHAT
from coalition.graphql.context import Info, context_of
from coalition.graphql.deeds import change, client_key, organisation_id, perform, user_errors
from coalition.graphql.fields import deed
from coalition.graphql.identifiers import record_id
from coalition.graphql.scalars import LocalizedText, given_text
from coalition.graphql.types.assistance import CapacityPoolType, HoldType, ServiceType
from coalition.graphql.types.common import UserError

_CLIENT_ID = "Any UUID made by the client, so that sending again stores nothing twice."
_ERRORS = "All that is wrong; empty when it was stored."
_REPLAYED = "Whether it had been stored before."


@strawberry.input(name="PoolInput", description="Places of one kind that a service starts with.")
class PoolInput:
    """A pool."""

    unit: CapacityUnit = strawberry.field(description="What is counted.")
    maximum: int = strawberry.field(description="All places: 0 to 1,000,000.")
    target_group: str | None = strawberry.field(
        default=strawberry.UNSET, description="For whom, as a code; none means any."
    )


@strawberry.input(name="OfferServiceInput", description="A service that a provider offers.")
class OfferServiceInput:
    """A service to be offered."""

    provider: strawberry.ID = strawberry.field(description="Who provides it; needs service:offer there.")
    kinds: list[AssistanceKind] = strawberry.field(description="What it offers; at least one.")
    name: LocalizedText = strawberry.field(description="At least one of ro, ru, en; at most 200 characters.")
    client_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT_ID)
    district: str | None = strawberry.field(default=strawberry.UNSET, description="Code or any spelling.")
    protected: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether its place is secret; true for TEMPORARY_RESIDENCE unless you say otherwise.",
    )
    languages: list[str] | None = strawberry.field(default=strawberry.UNSET, description="As BCP 47.")
    target_groups: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Codes: women men children girls_14_17 women_with_children pregnant_women"
        " young_care_leavers domestic_violence trafficking refugees any other.",
    )
    contact_desk: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whom to call: a desk, not a person."
    )
    pools: list[PoolInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Its capacity; not confirmed yet."
    )
    status: ServiceStatus | None = strawberry.field(
        default=ServiceStatus.ACTIVE,
        description="ACTIVE is the provider's signature under the code of conduct.",
    )
    visibility: Visibility | None = strawberry.field(
        default=Visibility.PARTNERS, description="Who may see it besides the owner's own line."
    )
    text_confirmed: bool = strawberry.field(
        default=False, description="The answer to PERSONAL_DATA_SUSPECTED: the texts name nobody."
    )


@strawberry.type(name="OfferServicePayload", description="What came of offering a service.")
class OfferServicePayload:
    """The service, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    service: ServiceType | None = strawberry.field(
        default=None, description="The service; its pools are STALE."
    )
    replayed: bool | None = strawberry.field(default=None, description=_REPLAYED)


@strawberry.input(name="ConfirmCapacityInput", description="What a pool has now.")
class ConfirmCapacityInput:
    """Capacity confirmed."""

    pool: strawberry.ID = strawberry.field(description="The pool; needs capacity:confirm at the provider.")
    maximum: int = strawberry.field(description="All places: 0 to 1,000,000.")
    occupied: int = strawberry.field(description="Places taken, holds not counted.")
    valid_hours: int | None = strawberry.field(
        default=72, description="How long to trust it: 1 to 720 hours."
    )
    contact_desk: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whom to call; kept on the service. Not given: unchanged."
    )


@strawberry.type(name="ConfirmCapacityPayload", description="What came of confirming capacity.")
class ConfirmCapacityPayload:
    """The pool, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    pool: CapacityPoolType | None = strawberry.field(default=None, description="The pool as it is now.")


@strawberry.input(
    name="HoldPlacesInput", description="Places to be held in a pool, or in a service: exactly one."
)
class HoldPlacesInput:
    """Places to be held."""

    on_behalf_of: strawberry.ID = strawberry.field(
        description="For which organisation; needs capacity:hold there."
    )
    client_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT_ID)
    pool: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="The pool.")
    service: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The service, whichever pool fits."
    )
    quantity: int = strawberry.field(default=1, description="How many places: 1 to 50.")
    target_group: str | None = strawberry.field(default=strawberry.UNSET, description="For whom, as a code.")
    minutes: int = strawberry.field(default=120, description="How long: 5 to 1,440 minutes.")


@strawberry.type(name="HoldPlacesPayload", description="What came of holding places.")
class HoldPlacesPayload:
    """The hold, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    hold: HoldType | None = strawberry.field(
        default=None, description="The hold, with a reference to read out."
    )
    replayed: bool | None = strawberry.field(default=None, description=_REPLAYED)


@strawberry.input(name="ReleaseHoldInput", description="A hold that is not needed.")
class ReleaseHoldInput:
    """A hold to be released."""

    hold: strawberry.ID = strawberry.field(description="The hold; the holder or the provider releases it.")


@strawberry.type(name="ReleaseHoldPayload", description="What came of releasing a hold.")
class ReleaseHoldPayload:
    """The hold, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    hold: HoldType | None = strawberry.field(default=None, description="The hold as it is now.")


def _service_draft(given: OfferServiceInput) -> ServiceDraft:
    return ServiceDraft(
        provider_id=organisation_id(given.provider),
        kinds=given.kinds,
        name=given_text(given.name),
        district=given.district or None,
        protected=given.protected if isinstance(given.protected, bool) else None,
        languages=given.languages or (),
        target_groups=given.target_groups or (),
        contact_desk=given.contact_desk or None,
        pools=[PoolDraft(pool.unit, pool.maximum, pool.target_group or None) for pool in given.pools or []],
        status=given.status or ServiceStatus.ACTIVE,
        visibility=given.visibility or Visibility.PARTNERS,
        text_confirmed=given.text_confirmed,
    )


def _hold_draft(given: HoldPlacesInput) -> HoldDraft:
    return HoldDraft(
        pool_id=record_id(given.pool or None, "CapacityPool"),
        service_id=record_id(given.service or None, "Service"),
        pool_given=bool(given.pool),
        service_given=bool(given.service),
        quantity=given.quantity,
        target_group=given.target_group or None,
        minutes=given.minutes,
        on_behalf_of_id=organisation_id(given.on_behalf_of),
    )


@strawberry.type
class AssistanceMutations:
    """Deeds of this room."""

    @deed(description="Offer a service; needs service:offer at the provider.")
    async def offer_service(
        self, info: Info, input: Annotated[OfferServiceInput, WHAT]
    ) -> OfferServicePayload:
        """Offer a service."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> tuple[Any, bool]:
            key = client_key(input, input.client_id or None)
            return service.offer_service(uow, context.actor, draft=_service_draft(input), key=key)

        done = await perform(context, work)
        if isinstance(done, Refused):
            return OfferServicePayload(user_errors=user_errors(done.faults, context.language))
        return OfferServicePayload(user_errors=[], service=done[0], replayed=done[1])

    @deed(description="Confirm what a pool has now; needs capacity:confirm at the provider.")
    async def confirm_capacity(
        self, info: Info, input: Annotated[ConfirmCapacityInput, WHAT]
    ) -> ConfirmCapacityPayload:
        """Confirm capacity."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> Any:
            return service.confirm_capacity(
                uow,
                context.actor,
                pool_id=record_id(input.pool, "CapacityPool"),
                maximum=input.maximum,
                occupied=input.occupied,
                valid_hours=input.valid_hours,
                contact_desk=change(input.contact_desk),
            )

        done = await perform(context, work)
        if isinstance(done, Refused):
            return ConfirmCapacityPayload(user_errors=user_errors(done.faults, context.language))
        return ConfirmCapacityPayload(user_errors=[], pool=done)

    @deed(
        description="Hold places; needs capacity:hold. Of protected services five attempts a day can come to"
        " nothing, fifteen in thirty days in one of them, and five holds can stand at once; a hold given back"
        " or run out came to nothing, one that the provider releases did not."
    )
    async def hold_places(self, info: Info, input: Annotated[HoldPlacesInput, WHAT]) -> HoldPlacesPayload:
        """Hold places."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> HoldOutcome:
            key = client_key(input, input.client_id or None)
            return service.hold_places(uow, context.actor, draft=_hold_draft(input), key=key)

        done = await perform(context, work)
        if isinstance(done, Refused) or done.hold is None:
            return HoldPlacesPayload(user_errors=user_errors(done.faults, context.language))
        hold: Any = done.hold
        return HoldPlacesPayload(user_errors=[], hold=hold, replayed=done.replayed)

    @deed(description="Release a hold; needs capacity:hold at its organisation, or the provider's say.")
    async def release_hold(self, info: Info, input: Annotated[ReleaseHoldInput, WHAT]) -> ReleaseHoldPayload:
        """Release a hold."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> Any:
            return service.release_hold(uow, context.actor, hold_id=record_id(input.hold, "Hold"))

        done = await perform(context, work)
        if isinstance(done, Refused):
            return ReleaseHoldPayload(user_errors=user_errors(done.faults, context.language))
        return ReleaseHoldPayload(user_errors=[], hold=done)
