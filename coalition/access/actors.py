"""From a cookie or a bearer token to the `Actor` behind it, grants resolved once per request."""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.callers import (
    AccountFound,
    ClientFound,
    Found,
    Look,
    at_a_glance,
    bearer_look,
    in_snapshot,
)
from coalition.access.desks.acting import actor_at_desk, operating_actor, waiting_actor
from coalition.access.desks.models import Desk
from coalition.access.factors.needs import role_demands
from coalition.access.models import Account, SignIn
from coalition.access.oauth.enums import ActsFor
from coalition.access.oauth.models import OAuthClient
from coalition.access.secrets import Secrets
from coalition.access.sign_ins import NEVER_IDLE, Idle, is_in_use
from coalition.access.tokens import token_hash
from coalition.core.actor import Actor, ActorKind, Reach, Visibility
from coalition.core.clock import civil_date
from coalition.core.kept import Kept
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.service import Grants, HeldRole, resolve_grants, roles_of_person

# What a client always keeps of its role type: scopes narrow deeds and capacity, never what may be read
# of its own records and of those that others share with partners.
KEPT_WHATEVER_THE_SCOPES = frozenset({"records:read", "partners:read"})
# What lets an app read what others than the person's own line have shared.
READ_WHAT_IS_SHARED = frozenset({"coalition:read", "partners:read"})


def actor_for_account(uow: UnitOfWork, account: Account) -> Actor:
    """The person who owns an account, with the roles held today.

    A desk does nothing this way: only a browser that is signed in for it has somebody at it.
    """
    desk = uow.db.get(Desk, account.id)
    return waiting_actor(desk, account) if desk else _actor_for_person(uow, account)


def _actor_for_person(uow: UnitOfWork, account: Account | AccountFound) -> Actor:
    roles = roles_of_person(uow, account.person_id)
    grants = resolve_grants(uow, roles)
    return Actor(
        kind=ActorKind.PERSON,
        subject=f"account:{account.id}",
        person_id=account.person_id,
        account_id=account.id,
        language=account.language,
        organisations=_organisations(role.organisation_id for role in roles),
        shared=grants.shared,
        permissions=grants.permissions,
        cost_budget=grants.cost_budget,
        as_of=uow.today,
    )


def actor_for_client(uow: UnitOfWork, client: OAuthClient | ClientFound, scopes: Iterable[str]) -> Actor:
    """A partner's system: the permissions of its role type in its organisation that `scopes` name.

    `records:read` and `partners:read` stay whatever the scopes are. A client whose organisation has
    left the coalition can do nothing and stands for no organisation.
    """
    held = role_of_client(client)
    grants = resolve_grants(uow, held)
    permissions = _narrowed(grants, frozenset(scopes) | KEPT_WHATEVER_THE_SCOPES)
    return Actor(
        kind=ActorKind.CLIENT,
        subject=f"client:{client.client_id}",
        client_id=client.client_id,
        organisations=_organisations(role.organisation_id for role in held) if grants.permissions else (),
        shared=grants.shared,
        permissions=permissions,
        cost_budget=grants.cost_budget,
        as_of=uow.today,
    )


def role_of_client(client: OAuthClient | ClientFound) -> list[HeldRole]:
    """The one role of a system; none of an app, which acts for persons only."""
    if client.acts_for is not ActsFor.SYSTEM or client.role_type is None or client.organisation_id is None:
        return []
    return [HeldRole(client.role_type, client.organisation_id)]


def _narrowed_to_app(person: Actor, client: ClientFound, scopes: Iterable[str]) -> Actor:
    """An app in the name of the person who allowed it: what both they may and the app was allowed.

    Nothing stays whatever the scopes are, reading least of all: of what others share the app sees what is
    public, unless it was allowed `coalition:read` or `partners:read`. It always knows who the person is.
    """
    allowed = _allowed_together(person, frozenset(scopes))
    permissions = {name: reach for name, reach in person.permissions.items() if name in allowed}
    return replace(
        person,
        client_id=client.client_id,
        permissions=permissions,
        shared=_shared_by_scopes(person.shared, permissions),
    )


def _allowed_together(person: Actor, scopes: frozenset[str]) -> frozenset[str]:
    """What an auditor does not learn, names and contacts, goes by reading everybody's records.

    Without that, an app that reads what is shared would learn more than the auditor in whose name it is.
    """
    if person.reach("records:read").everything and "records:read" not in scopes:
        return scopes - READ_WHAT_IS_SHARED
    return scopes


def _shared_by_scopes(shared: frozenset[Visibility], permissions: Container[str]) -> frozenset[Visibility]:
    if "coalition:read" in permissions:
        return shared
    kept = {Visibility.PUBLIC, Visibility.PARTNERS} if "partners:read" in permissions else {Visibility.PUBLIC}
    return shared & kept


def actor_named(uow: UnitOfWork, text: str) -> Actor | None:
    """The actor of an account, by e-mail address or id, or of a client by its id, with all its scopes.

    A desk is taken as it is with somebody at it.
    """
    named = col(Account.email) == text.strip().lower()
    with suppress(ValueError):
        named = sa.or_(named, col(Account.id) == UUID(text.strip()))
    account = uow.db.scalars(sa.select(Account).where(named)).one_or_none()
    if account is not None:
        desk = uow.db.get(Desk, account.id)
        return operating_actor(uow, desk, account) if desk else _actor_for_person(uow, account)
    client = uow.db.get(OAuthClient, text.strip())
    is_system = client is not None and client.acts_for is ActsFor.SYSTEM
    return actor_for_client(uow, client, client.scopes) if client and is_system else None


def actor_for_cookie(
    uow: UnitOfWork, secrets: Secrets, token: str, idle: Idle = NEVER_IDLE
) -> tuple[Actor, SignIn] | None:
    """Who is signed in with this cookie; None when the sign-in is unknown, ended, idle or past its end.

    One that was begun without a second factor ends with the day on which a role demands one.
    """
    found = uow.db.execute(
        sa.select(SignIn, Account, Desk)
        .join(Account, Account.id == SignIn.account_id)
        .outerjoin(Desk, Desk.account_id == Account.id)
        .where(
            SignIn.token_hash == token_hash(secrets, token),
            is_in_use(idle, uow.now, uow.today),
            Account.is_active,
            sa.or_(SignIn.with_second_factor, sa.not_(role_demands(uow.today))),
        )
    ).one_or_none()
    if found is None:
        return None
    sign_in, account, desk = found
    if desk is not None:
        return actor_at_desk(uow, desk, account, sign_in.id), sign_in
    return _actor_for_person(uow, account), sign_in


def actor_for_bearer(uow: UnitOfWork, secrets: Secrets, token: str, *, issuer: str) -> Actor | None:
    """Whose personal access token or OAuth access token this is; None when it is not valid now.

    `issuer` is our own address as the caller knows it: a signed token for another one is not for us.
    """
    caller = _caller(uow, bearer_look(secrets, token, issuer=issuer))
    return caller.actor if caller else None


class Caller(NamedTuple):
    """Who calls, and the version of the data at that moment."""

    actor: Actor
    data_number: int


def caller_for_bearer(units: Units, secrets: Secrets, token: str, *, issuer: str) -> Caller | None:
    """The same as `actor_for_bearer`, in one statement for whoever called before and is who they were.

    What was made of a caller is used again as long as the rows it was made of say the same, no role,
    organisation or line was changed since, and the day is the same.
    """
    look = bearer_look(secrets, token, issuer=issuer)
    now = units.clock()
    found = look(at_a_glance(units.database), now)
    if found is None:
        return None
    known = _known(units.kept, found, civil_date(now))
    if known is not None:
        return Caller(known, found.data_number)
    with units.reading() as uow:
        return _caller(uow, look)


def _caller(uow: UnitOfWork, look: Look) -> Caller | None:
    found = look(in_snapshot(uow), uow.now)
    if found is None:
        return None
    known = _known(uow.kept, found, uow.today)
    if known is None:
        known = _made(uow, found)
        if uow.kept is not None and found.desk_id is None:
            uow.kept.put(found.rows, ((found.access_number, uow.today), known), _weight(known))
    return Caller(known, found.data_number)


def _known(kept: Kept[Any] | None, found: Found, day: date) -> Actor | None:
    stamped = kept.get(found.rows) if kept is not None else None
    if stamped is None:
        return None
    stamp, actor = stamped
    return actor if stamp == (found.access_number, day) else None


def _weight(actor: Actor) -> int:
    reaches = actor.permissions.values()
    return 1 + len(actor.organisations) + sum(len(reach.organisations) for reach in reaches)


def _made(uow: UnitOfWork, found: Found) -> Actor:
    account, client = found.account, found.client
    if account is None:
        if client is None:
            raise ValueError("a caller without account and client")
        return actor_for_client(uow, client, found.scopes)
    if found.desk_id is not None:
        person = actor_for_account(uow, uow.db.get_one(Account, account.id))
    else:
        person = _actor_for_person(uow, account)
    return person if client is None else _narrowed_to_app(person, client, found.scopes)


def _narrowed(grants: Grants, kept: frozenset[str]) -> dict[str, Reach]:
    return {name: reach for name, reach in grants.permissions.items() if name in kept}


def _organisations(ids: Iterable[UUID]) -> tuple[UUID, ...]:
    """Each once, in the order in which the roles come."""
    return tuple(dict.fromkeys(ids))
