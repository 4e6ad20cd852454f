"""The first administrator of a coalition, and what whoever runs it does for accounts by their address."""

from __future__ import annotations

import sqlalchemy as sa

from coalition.access.enums import LinkPurpose
from coalition.access.factors.ways import ResetReason, reset_factors
from coalition.access.links import issue_one_time_link
from coalition.access.models import Account
from coalition.access.secrets import Secrets
from coalition.access.service import create_account, fold_email, give_role
from coalition.access.sign_ins import end_all_sign_ins
from coalition.core.actor import Visibility, system_actor
from coalition.core.errors import refuse
from coalition.core.tables import created_now
from coalition.core.text import sort_keys
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.lines import place_under
from coalition.members.models import Organisation

COALITION_SLUG = "coalition"


def create_administrator(uow: UnitOfWork, secrets: Secrets, email: str) -> str:
    """The path of a one-time link for an administrator of the coalition; the account is made if need be.

    Asked again, it gives a new link and ends the one before. Raises `Refused` with BAD_EMAIL at `email`.
    """
    actor = system_actor("create-administrator")
    account = uow.db.scalars(sa.select(Account).where(Account.email == fold_email(email))).one_or_none()
    if account is None:
        account = create_account(uow, actor, email=email, name="Administrator")
    coalition = coalition_organisation(uow)
    give_role(
        uow, actor, person_id=account.person_id, organisation_id=coalition.id, role_type="administrator"
    )
    return issue_one_time_link(uow, secrets, actor, account.id)


def reset_by_address(uow: UnitOfWork, secrets: Secrets, email: str, reason: ResetReason) -> str:
    """Take every factor of the account at this address away; the path of a link if no password is left.

    Raises `Refused` with NOT_FOUND.
    """
    actor = system_actor("reset-factors")
    account = uow.db.scalars(sa.select(Account).where(Account.email == fold_email(email))).one_or_none()
    if account is None:
        raise refuse("NOT_FOUND")
    reset_factors(uow, actor, account.id, reason)
    return "" if account.password_hash else issue_one_time_link(uow, secrets, actor, account.id)


def reset_password_of(uow: UnitOfWork, secrets: Secrets, email: str) -> str:
    """The path of a link that sets a new password for the account at this address, within an hour.

    For whoever gets no mail: the operator hands it over. Raises `Refused` with NOT_FOUND at `email`.
    """
    account = _account_at(uow, email)
    actor = system_actor("reset-password")
    return issue_one_time_link(uow, secrets, actor, account.id, LinkPurpose.RESET)


def end_sign_ins_at(uow: UnitOfWork, email: str) -> int:
    """End every sign-in of the account at this address; how many there were.

    Raises `Refused` with NOT_FOUND at `email`.
    """
    return end_all_sign_ins(uow, system_actor("end-sign-ins"), _account_at(uow, email))


def _account_at(uow: UnitOfWork, email: str) -> Account:
    found = uow.db.scalars(sa.select(Account).where(Account.email == fold_email(email))).one_or_none()
    if found is None:
        raise refuse("NOT_FOUND", "email")
    return found


def coalition_organisation(uow: UnitOfWork) -> Organisation:
    """The organisation that is the coalition itself.

    When no record was loaded yet it is made in the loader's name, so that a later load goes on with it.
    """
    found = uow.db.scalars(sa.select(Organisation).where(Organisation.slug == COALITION_SLUG)).one_or_none()
    if found is not None:
        return found
    name = {"en": "Coalition", "ro": "Coaliția", "ru": "Коалиция"}
    keys = sort_keys(name)
    made = Organisation(
        slug=COALITION_SLUG,
        name=name,
        kind=OrganisationKind.COALITION,
        status=MembershipStatus.NONE,
        visibility=Visibility.PUBLIC,
        sort_ro=keys["ro"],
        sort_ru=keys["ru"],
        sort_en=keys["en"],
        **created_now(uow.now, system_actor("load-record").subject),
    )
    uow.db.add(made)
    uow.db.flush()
    place_under(uow, made, None)
    return made
