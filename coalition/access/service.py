"""Signing in and out, and making accounts, tokens and clients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa

from coalition.access.enums import SignInMethod
from coalition.access.links import join
from coalition.access.models import Account, PersonalAccessToken, SignIn
from coalition.access.oauth.models import OAuthClient
from coalition.access.passwords import is_password
from coalition.access.secrets import Secrets
from coalition.access.sign_ins import seen_hour
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.audit.service import record
from coalition.core.actor import ANONYMOUS, Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Person, Role

SIGN_IN_DAYS = 30
LONGEST_EMAIL = 254

# The subject of an audit entry about an account that does not exist.
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class SignInResult:
    """A sign-in just begun; `token` goes into the cookie and is not kept."""

    token: str
    account_id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class ClientCredentials:
    """What a partner's system is told once."""

    client_id: str
    client_secret: str


def fold_email(text: str) -> str | None:
    """The form in which an address is kept and looked up; None for what cannot be an address."""
    email = text.strip().lower()
    name, at, host = email.rpartition("@")
    if not (name and at and host) or len(email) > LONGEST_EMAIL:
        return None
    return email if email.isprintable() and " " not in email else None


def authenticate(uow: UnitOfWork, *, email: str, password: str) -> tuple[UUID | None, bool]:
    """The account at this address, if there is one, and whether the password is right.

    It takes as long for an unknown address. Slow by purpose: call it in a reading unit, so that no
    writer waits for it.
    """
    folded = fold_email(email)
    account = (
        uow.db.scalars(sa.select(Account).where(Account.email == folded)).one_or_none() if folded else None
    )
    right = is_password(account.password_hash if account else None, password)
    if account is None:
        return None, False
    return account.id, right and account.is_active


def begin_sign_in(
    uow: UnitOfWork,
    secrets: Secrets,
    account_id: UUID,
    method: SignInMethod = SignInMethod.PASSWORD,
    *,
    with_second_factor: bool = True,
    browser: str = "",
) -> SignInResult:
    """Sign an account in for 30 days; earlier sign-ins of other browsers go on.

    `browser` is a coarse word, as `sign_ins.browser_word` says it.
    Pages reach it through `web_sign_in.after_first_step`, which asks for the second factor before.
    """
    token = new_token(TokenKind.SIGN_IN)
    expires_at = uow.now + timedelta(days=SIGN_IN_DAYS)
    past = sa.and_(SignIn.account_id == account_id, SignIn.expires_at <= uow.now)
    uow.db.execute(sa.delete(SignIn).where(past))
    uow.db.add(
        SignIn(
            account_id=account_id,
            token_hash=token_hash(secrets, token),
            method=method,
            with_second_factor=with_second_factor,
            created_at=uow.now,
            proven_at=uow.now,
            expires_at=expires_at,
            browser=browser,
            last_seen_at=seen_hour(uow.now),
        )
    )
    uow.db.flush()
    join(uow, account_id)
    actor = Actor(subject=f"account:{account_id}")
    record(uow, actor, action="account:sign_in:start", subject=("Account", account_id))
    return SignInResult(token, account_id, expires_at)


def note_failed_sign_in(uow: UnitOfWork, account_id: UUID | None) -> None:
    """Audit a sign-in that was refused; never with the address or the password that was typed."""
    reason = None if account_id else "no such account"
    record(
        uow,
        ANONYMOUS,
        action="account:sign_in:refuse",
        subject=("Account", account_id or NOBODY),
        reason=reason,
    )


def sign_in(uow: UnitOfWork, secrets: Secrets, *, email: str, password: str) -> SignInResult | None:
    """Check the password and sign in, in one transaction; None when refused, which is audited.

    Pages use `web_sign_in`, which keeps the slow check out of the writing transaction.
    """
    account_id, right = authenticate(uow, email=email, password=password)
    if account_id is None or not right:
        note_failed_sign_in(uow, account_id)
        return None
    return begin_sign_in(uow, secrets, account_id)


def sign_out(uow: UnitOfWork, actor: Actor, sign_in_id: UUID) -> None:
    """End one sign-in of the actor; ending it twice is no fault."""
    ended = uow.db.execute(
        sa.delete(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.account_id == actor.account_id)
        .returning(SignIn.account_id)
    ).scalar_one_or_none()
    if ended is not None:
        record(uow, actor, action="account:sign_in:end", subject=("Account", ended))


def create_account(
    uow: UnitOfWork,
    actor: Actor,
    *,
    email: str,
    name: str,
    password_hash: str | None = None,
    is_demo: bool = False,
) -> Account:
    """A person with an account; without a password only an invitation leads into it.

    Raises `Refused` with BAD_EMAIL or DUPLICATE at `email`.
    """
    folded = fold_email(email)
    if folded is None:
        raise refuse("BAD_EMAIL", "email")
    if uow.db.scalars(sa.select(Account.id).where(Account.email == folded)).first() is not None:
        raise refuse("DUPLICATE", "email")
    person = Person(name=name, is_demo=is_demo, created_at=uow.now)
    uow.db.add(person)
    uow.db.flush()
    account = Account(
        person_id=person.id,
        email=folded,
        password_hash=password_hash,
        created_at=uow.now,
        joined_at=uow.now if password_hash else None,
    )
    uow.db.add(account)
    uow.db.flush()
    record(
        uow, actor, action="account:account:create", subject=("Account", account.id), fields=["email", "name"]
    )
    return account


def give_role(
    uow: UnitOfWork, actor: Actor, *, person_id: UUID, organisation_id: UUID, role_type: str
) -> None:
    """See to it that a person holds a role from today on, without end."""
    held = sa.select(Role.id).where(
        Role.person_id == person_id,
        Role.organisation_id == organisation_id,
        Role.role_type == role_type,
        Role.ends_on.is_(None),
    )
    if uow.db.scalars(held).first() is not None:
        return
    role = Role(
        person_id=person_id, organisation_id=organisation_id, role_type=role_type, starts_on=uow.today
    )
    uow.db.add(role)
    uow.db.flush()
    record(
        uow,
        actor,
        action="account:role:add",
        subject=("Role", role.id),
        organisation_id=organisation_id,
        fields=["role_type"],
    )


def create_personal_access_token(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    *,
    account_id: UUID,
    name: str,
    expires_at: datetime | None = None,
    token: str | None = None,
) -> str:
    """A bearer token with all rights of the account; `token` enters one that was made before."""
    token = token or new_token(TokenKind.PERSONAL)
    row = PersonalAccessToken(
        account_id=account_id,
        name=name,
        token_hash=token_hash(secrets, token),
        created_at=uow.now,
        expires_at=expires_at,
    )
    uow.db.add(row)
    uow.db.flush()
    record(uow, actor, action="account:token:issue", subject=("PersonalAccessToken", row.id))
    return token


def create_client(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    *,
    name: str,
    organisation_id: UUID,
    role_type: str,
    scopes: list[str],
    credentials: ClientCredentials | None = None,
) -> ClientCredentials:
    """A partner's system; `credentials` enters some that were made before. A client's id is a UUID."""
    credentials = credentials or ClientCredentials(str(uuid4()), new_token(TokenKind.CLIENT_SECRET))
    uow.db.add(
        OAuthClient(
            client_id=credentials.client_id,
            name=name,
            secret_hash=token_hash(secrets, credentials.client_secret),
            organisation_id=organisation_id,
            role_type=role_type,
            scopes=sorted(scopes),
            created_at=uow.now,
            updated_at=uow.now,
        )
    )
    uow.db.flush()
    record(
        uow,
        actor,
        action="client:client:create",
        subject=("OAuthClient", UUID(credentials.client_id)),
        organisation_id=organisation_id,
        fields=["role_type", "scopes"],
    )
    return credentials
