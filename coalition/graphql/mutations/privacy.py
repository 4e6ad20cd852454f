"""What people do with their own data: agree, withdraw, correct, erase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import strawberry

from coalition.access import erasure
from coalition.access.own_data import Corrections, correct_own_data
from coalition.core.errors import Refused, refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import WHAT
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.deeds import change, perform, user_errors
from coalition.graphql.fields import deed
from coalition.graphql.queries.privacy import own_data
from coalition.graphql.types.common import UserError
from coalition.graphql.types.privacy import OwnDataType
from coalition.members import consents
from coalition.members.enums import ConsentPurpose

P = TypeVar("P")

_ERRORS = "All that is wrong; empty when it was stored."
_NOW = "Your data as they are now."


@strawberry.input(name="GiveConsentInput", description="Something that you agree to.")
class GiveConsentInput:
    """An agreement."""

    purpose: ConsentPurpose = strawberry.field(description="For what.")
    version: str = strawberry.field(
        description="The privacy notice that you have read: `noticeVersion` of today."
    )


@strawberry.type(name="GiveConsentPayload", description="What came of agreeing.")
class GiveConsentPayload:
    """The caller's data, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    own_data: OwnDataType | None = strawberry.field(default=None, description=_NOW)


@strawberry.input(name="WithdrawConsentInput", description="Something that you agree to no longer.")
class WithdrawConsentInput:
    """A withdrawal."""

    purpose: ConsentPurpose = strawberry.field(description="For what.")


@strawberry.type(name="WithdrawConsentPayload", description="What came of withdrawing.")
class WithdrawConsentPayload:
    """The caller's data, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    own_data: OwnDataType | None = strawberry.field(default=None, description=_NOW)


@strawberry.input(name="CorrectOwnDataInput", description="Fields not given stay as they are.")
class CorrectOwnDataInput:
    """Corrections."""

    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Your name; at most 200 characters."
    )
    languages: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Languages you speak, as BCP 47."
    )
    account_language: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="ro, ru or en for pages and messages, as BCP 47; null leaves it to your browser.",
    )
    text_confirmed: bool = strawberry.field(
        default=False, description="The answer to PERSONAL_DATA_SUSPECTED: this is your name."
    )


@strawberry.type(name="CorrectOwnDataPayload", description="What came of correcting.")
class CorrectOwnDataPayload:
    """The caller's data, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    own_data: OwnDataType | None = strawberry.field(default=None, description=_NOW)


@strawberry.input(name="EraseOwnDataInput", description="The wish to be taken out of the record.")
class EraseOwnDataInput:
    """An erasure."""

    confirmation: str = strawberry.field(
        description="The password of your account; its e-mail address when it has no password. Not kept."
    )


@strawberry.type(name="EraseOwnDataPayload", description="What came of erasing.")
class EraseOwnDataPayload:
    """Whether it was done, or what is wrong."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    erased: bool | None = strawberry.field(
        default=None, description="Whether your name, account and roles are gone; what you did stays."
    )


async def _changed(context: Context, payload: Callable[..., P], work: Callable[[UnitOfWork], object]) -> P:
    """Do `work` on the caller's data and answer with them as they are then."""
    done = await perform(context, work)
    if isinstance(done, Refused):
        return payload(user_errors=user_errors(done.faults, context.language))
    now = await context.read(lambda uow: own_data(uow, context.actor))
    return payload(user_errors=[], own_data=now)


def _corrections(given: CorrectOwnDataInput) -> Corrections:
    return Corrections(
        name=change(given.name),
        languages=change(given.languages),
        account_language=change(given.account_language),
        text_confirmed=given.text_confirmed,
    )


async def _confirmed(context: Context, typed: str) -> None:
    """Raise `Refused` with CONFIRMATION_WRONG at `confirmation`, which is audited, unless this is it."""
    if not await context.read(lambda uow: erasure.confirms_erasure(uow, context.actor, typed)):
        await context.write(lambda uow: erasure.note_refused_erasure(uow, context.actor))
        raise refuse("CONFIRMATION_WRONG", "confirmation")


@strawberry.type
class PrivacyMutations:
    """Deeds of this room."""

    @deed(description="Agree to something with the privacy notice before you; needs you to be signed in.")
    async def give_consent(self, info: Info, input: Annotated[GiveConsentInput, WHAT]) -> GiveConsentPayload:
        """Give a consent."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> Any:
            purpose, version = input.purpose, input.version
            return consents.give_consent(uow, context.actor, purpose=purpose, version=version)

        return await _changed(context, GiveConsentPayload, work)

    @deed(description="Withdraw what you agreed to, at once; needs you to be signed in.")
    async def withdraw_consent(
        self, info: Info, input: Annotated[WithdrawConsentInput, WHAT]
    ) -> WithdrawConsentPayload:
        """Withdraw a consent."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> None:
            consents.withdraw_consent(uow, context.actor, purpose=input.purpose)

        return await _changed(context, WithdrawConsentPayload, work)

    @deed(description="Correct what is held about you; needs you to be signed in.")
    async def correct_own_data(
        self, info: Info, input: Annotated[CorrectOwnDataInput, WHAT]
    ) -> CorrectOwnDataPayload:
        """Correct one's own data."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> None:
            correct_own_data(uow, context.actor, corrections=_corrections(input))

        return await _changed(context, CorrectOwnDataPayload, work)

    @deed(description="Be taken out of the record, for good; needs you to be signed in and your password.")
    async def erase_own_data(
        self, info: Info, input: Annotated[EraseOwnDataInput, WHAT]
    ) -> EraseOwnDataPayload:
        """Erase one's own data."""
        context = context_of(info)
        try:
            await _confirmed(context, input.confirmation)
            await context.write(lambda uow: erasure.erase_own_data(uow, context.actor))
        except Refused as refusal:
            return EraseOwnDataPayload(user_errors=user_errors(refusal.faults, context.language))
        return EraseOwnDataPayload(user_errors=[], erased=True)
