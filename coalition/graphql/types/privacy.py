"""What is held about the person who is signed in, for nobody but them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import strawberry

from coalition.access.models import OneTimeLink, PersonalAccessToken, SignIn
from coalition.access.own_data import Holder, rows_about
from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor
from coalition.core.text import in_language
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import Language
from coalition.graphql.connections import After, Connection, First, connect
from coalition.graphql.context import Info, context_of
from coalition.graphql.declare import column, record, to_one
from coalition.graphql.fields import resolved
from coalition.graphql.paging import Key, Listing, Order
from coalition.graphql.types.members import BodyType, OrganisationType
from coalition.members import models as m
from coalition.members.enums import ConsentPurpose, MandateKind

strawberry.enum(ConsentPurpose, description="What a person who serves can agree to, beyond their role.")
strawberry.enum(MandateKind, description="In which capacity a person sits on a seat.")

_audit: Any = AuditEntry
NEWEST_FIRST = Order("ownDeeds", (Key(_audit.happened_at, "moment", True), Key(_audit.id, "number", True)))


def role_type_names(uow: UnitOfWork, _actor: Actor, keys: Sequence[str]) -> list[dict[str, str]]:
    """The name of each role type in its languages."""
    rows = uow.db.scalars(sa.select(m.RoleType).where(m.RoleType.code.in_(set(keys))))
    found = {row.code: row.name for row in rows}
    return [found.get(key, {}) for key in keys]


def bodies_of_seats(uow: UnitOfWork, _actor: Actor, keys: Sequence[Any]) -> list[m.Body | None]:
    """The body of each seat."""
    rows = uow.db.execute(
        sa.select(m.Seat.id, m.Body).join(m.Body, m.Body.id == m.Seat.body_id).where(m.Seat.id.in_(set(keys)))
    )
    found = {row[0]: row[1] for row in rows}
    return [found.get(key) for key in keys]


@record(m.Role, "OwnRole", "A role that you hold, held or will hold.")
class OwnRoleType:
    """One of the caller's roles."""

    organisation: OrganisationType | None = to_one(
        "Where; null when that record is no longer open to you.", "Organisation", "organisation_id"
    )
    role_type: str = column("Code of the role type.")
    starts_on: datetime.date = column("Its first day.")
    ends_on: datetime.date | None = column("Its last day; null while none is set.")

    @resolved(description="Name of the role type in the language asked.")
    async def name(self: Any, info: Info, language: Language = None) -> str:
        """What the role type is called."""
        context = context_of(info)
        texts: dict[str, str] = await context.load(role_type_names, self.role_type)
        return in_language(texts, language or context.language) or self.role_type


@record(m.Mandate, "OwnMandate", "A seat of a body that you hold, held or will hold.")
class OwnMandateType:
    """One of the caller's mandates."""

    kind: MandateKind = column("In which capacity.")
    starts_on: datetime.date = column("Its first day.")
    ends_on: datetime.date | None = column("Its last day; null while none is set.")

    @resolved(description="The body.")
    async def body(self: Any, info: Info) -> BodyType | None:
        """The body that the seat belongs to."""
        found: Any = await context_of(info).load(bodies_of_seats, self.seat_id)
        return found  # type: ignore[no-any-return]


@record(SignIn, "OwnSignIn", "A browser in which you are signed in.")
class OwnSignInType:
    """One of the caller's sign-ins."""

    created_at: datetime.datetime = column("When it began.")
    expires_at: datetime.datetime = column("When it ends by itself.")


@record(PersonalAccessToken, "OwnToken", "A token of yours, by its name; the token itself is not kept.")
class OwnTokenType:
    """One of the caller's tokens."""

    name: str = column("What it is called.")
    created_at: datetime.datetime = column("When it was made.")
    expires_at: datetime.datetime | None = column("When it ends; null when it does not.")
    revoked_at: datetime.datetime | None = column("When it was taken back; null when it was not.")


@record(OneTimeLink, "OwnLink", "A link that could set your password once.")
class OwnLinkType:
    """One of the caller's one-time links."""

    created_at: datetime.datetime = column("When it was made.")
    expires_at: datetime.datetime = column("When it ends.")
    used_at: datetime.datetime | None = column("When it was used, or ended by a newer one.")


@record(m.Consent, "OwnConsent", "What you agreed to.")
class OwnConsentType:
    """One of the caller's consents."""

    purpose: ConsentPurpose = column("For what.")
    version: str = column("The text of the privacy notice that you had before you, by its day.")
    given_at: datetime.datetime = column("When you agreed.")
    withdrawn_at: datetime.datetime | None = column("When that ended; null while it stands.")


@record(AuditEntry, "OwnDeed", "Something that you did, as the audit log has it.")
class OwnDeedType:
    """One of the caller's deeds."""

    happened_at: datetime.datetime = column("When.")
    action: str = column("What, as `source:subject:action`.")
    subject_type: str = column("What kind of record it was done to.")


def _held(name: str) -> Any:
    """The rows of one part of the caller's data."""

    async def resolve(root: Any, info: Info) -> Any:
        holder: Holder = root.holder
        return await context_of(info).read(lambda uow: list(rows_about(uow, holder, name)))

    return resolve


@strawberry.type(name="OwnData", description="All that is held about you; /me.json has it in one file.")
class OwnDataType:
    """What is held about the caller."""

    holder: strawberry.Private[Holder]
    name: str = strawberry.field(description="Your name.")
    languages: list[str] = strawberry.field(description="Languages you speak, as BCP 47.")
    since: datetime.datetime = strawberry.field(description="Since when you are in the record.")
    email: str | None = strawberry.field(description="The address you sign in with.")
    account_language: str | None = strawberry.field(
        description="The language that you chose for pages and messages; null leaves it to your browser."
    )
    notice_version: str = strawberry.field(
        description="The privacy notice of today, by its day; a consent is given to it."
    )
    roles: list[OwnRoleType] = strawberry.field(resolver=_held("roles"), description="Your roles.")
    mandates: list[OwnMandateType] = strawberry.field(
        resolver=_held("mandates"), description="Your seats in bodies."
    )
    sign_ins: list[OwnSignInType] = strawberry.field(
        resolver=_held("sign_ins"), description="Where you are signed in."
    )
    tokens: list[OwnTokenType] = strawberry.field(resolver=_held("tokens"), description="Your tokens.")
    links: list[OwnLinkType] = strawberry.field(
        resolver=_held("one_time_links"), description="Links that were made for you."
    )
    consents: list[OwnConsentType] = strawberry.field(
        resolver=_held("consents"), description="What you agreed to, the withdrawn too."
    )

    @resolved(description="What you did, newest first.")
    async def deeds(self, info: Info, first: First = None, after: After = None) -> Connection[OwnDeedType]:
        """The caller's entries in the audit log."""
        conditions = (_audit.actor == self.holder.subject,)
        listing = Listing(AuditEntry, conditions, NEWEST_FIRST)
        page: Connection[OwnDeedType] = await connect(context_of(info), listing, first, after)
        return page
