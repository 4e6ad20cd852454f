"""Passkeys (Web Authentication, level 3): registering one, and hearing what it signs."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
import webauthn
from sqlmodel import col
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from coalition.access.factors.enums import ChallengePurpose
from coalition.access.factors.models import Passkey, PasskeyChallenge
from coalition.access.models import Account
from coalition.access.secrets import Secrets
from coalition.access.tokens import token_hash
from coalition.audit.service import record
from coalition.core.actor import ANONYMOUS, Actor
from coalition.core.unit_of_work import UnitOfWork

SITE_NAME = "Coalition"
CHALLENGE_MINUTES = 10
MOST_PASSKEYS = 20
LONGEST_NAME = 80
# An answer of a browser is some kilobytes; whatever is larger is none.
LONGEST_ANSWER = 32_000
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Place:
    """Where pages are: `host` is what passkeys are bound to, `origin` what browsers say they are on."""

    host: str
    origin: str


@dataclass(frozen=True)
class Asked:
    """What a passkey is asked for, in which browser, and of which account if that is known."""

    place: Place
    browser: str
    purpose: ChallengePurpose
    account_id: UUID | None = None


@dataclass(frozen=True)
class Signed:
    """The passkey that signed, and whether its device made sure of its user by finger, face or PIN."""

    passkey: Passkey
    verified_user: bool


def passkeys_of(uow: UnitOfWork, account_id: UUID) -> Sequence[Passkey]:
    """The passkeys of an account, the oldest first."""
    own = sa.select(Passkey).where(col(Passkey.account_id) == account_id)
    return uow.db.scalars(own.order_by(col(Passkey.created_at), col(Passkey.id))).all()


def registration_options(uow: UnitOfWork, secrets: Secrets, asked: Asked) -> str:
    """What a browser needs to make a passkey for `asked.account_id`, as JSON."""
    account = uow.db.get_one(Account, asked.account_id)
    options = webauthn.generate_registration_options(
        rp_id=asked.place.host,
        rp_name=SITE_NAME,
        # An opaque handle: devices show it to nobody, but they keep it.
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.email,
        challenge=_new_challenge(uow, secrets, asked),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(each) for each in passkeys_of(uow, account.id)],
    )
    return options_to_json(options)


def signing_options(uow: UnitOfWork, secrets: Secrets, asked: Asked) -> str:
    """What a browser needs to have a passkey sign, as JSON; without an account it names no passkey."""
    known = passkeys_of(uow, asked.account_id) if asked.account_id else ()
    here = [_descriptor(each) for each in known if each.host == asked.place.host]
    options = webauthn.generate_authentication_options(
        rp_id=asked.place.host,
        challenge=_new_challenge(uow, secrets, asked),
        allow_credentials=here,
        user_verification=_verification(asked.purpose),
    )
    return options_to_json(options)


def register_passkey(
    uow: UnitOfWork, secrets: Secrets, actor: Actor, asked: Asked, *, answer: str, name: str
) -> Passkey | None:
    """Keep the passkey that a browser made for `asked.account_id`; None when the answer is not right.

    The challenge is used up either way, so the unit must be committed.
    """
    account_id = asked.account_id
    if account_id is None or len(answer) > LONGEST_ANSWER:
        return None
    try:
        credential = parse_registration_credential_json(answer)
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_claim_challenge(uow, secrets, asked, credential),
            expected_rp_id=asked.place.host,
            expected_origin=asked.place.origin,
            require_user_verification=True,
        )
    except _NOT_RIGHT:
        return None
    credential_id = bytes_to_base64url(verified.credential_id)
    known = sa.select(Passkey.id).where(col(Passkey.credential_id) == credential_id)
    full = len(passkeys_of(uow, account_id)) >= MOST_PASSKEYS
    if full or uow.db.scalars(known).first() is not None:
        return None
    passkey = Passkey(
        account_id=account_id,
        credential_id=credential_id,
        public_key=bytes_to_base64url(verified.credential_public_key),
        host=asked.place.host,
        name=name[:LONGEST_NAME],
        sign_count=verified.sign_count,
        transports=[each.value for each in credential.response.transports or []],
        created_at=uow.now,
    )
    uow.db.add(passkey)
    uow.db.flush()
    record(uow, actor, action="account:passkey:add", subject=("Account", account_id))
    return passkey


def take_signature(uow: UnitOfWork, secrets: Secrets, asked: Asked, answer: str) -> Signed | None:
    """The passkey that signed the challenge asked for; None when the answer is not right.

    The challenge is used up either way, and a device that counts backwards is audited, so the unit must be
    committed.
    """
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
        challenge = _claim_challenge(uow, secrets, asked, credential)
        passkey = _known_passkey(uow, asked, credential)
        if passkey is None:
            return None
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=asked.place.host,
            expected_origin=asked.place.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            # Counted below, in the database, so that of two answers at once one is refused.
            credential_current_sign_count=0,
            require_user_verification=_verification(asked.purpose) is UserVerificationRequirement.REQUIRED,
        )
    except _NOT_RIGHT:
        return None
    if not _counts_on(uow, passkey, verified.new_sign_count):
        return None
    return Signed(passkey, verified.user_verified)


def remove_passkey(uow: UnitOfWork, actor: Actor, account_id: UUID, passkey_id: UUID) -> bool:
    """Take one passkey of an account away; False when it has none of this id."""
    own = sa.and_(col(Passkey.id) == passkey_id, col(Passkey.account_id) == account_id)
    gone = sa.delete(Passkey).where(own).returning(col(Passkey.id))
    if uow.db.execute(gone).scalar_one_or_none() is None:
        return False
    record(uow, actor, action="account:passkey:remove", subject=("Account", account_id))
    return True


class _NoChallenge(Exception):
    """An answer to something that was not asked here, or was answered already."""


# What the library raises for answers that are broken in any way, and what its parsers let through.
_NOT_RIGHT = (WebAuthnException, _NoChallenge, ValueError, KeyError, TypeError, AttributeError)


def _verification(purpose: ChallengePurpose) -> UserVerificationRequirement:
    """Beside a password, holding the device is enough; alone it must know its user."""
    if purpose is ChallengePurpose.SECOND_STEP:
        return UserVerificationRequirement.PREFERRED
    return UserVerificationRequirement.REQUIRED


def _new_challenge(uow: UnitOfWork, secrets: Secrets, asked: Asked) -> bytes:
    challenge = randomness.token_bytes(32)
    uow.db.execute(sa.delete(PasskeyChallenge).where(col(PasskeyChallenge.expires_at) <= uow.now))
    uow.db.add(
        PasskeyChallenge(
            challenge=bytes_to_base64url(challenge),
            purpose=asked.purpose,
            account_id=asked.account_id,
            browser_hash=token_hash(secrets, f"browser:{asked.browser}"),
            created_at=uow.now,
            expires_at=uow.now + timedelta(minutes=CHALLENGE_MINUTES),
        )
    )
    uow.db.flush()
    return challenge


def _claim_challenge(
    uow: UnitOfWork,
    secrets: Secrets,
    asked: Asked,
    credential: RegistrationCredential | AuthenticationCredential,
) -> bytes:
    """Use up the challenge that an answer names, if it was asked of this browser for this purpose."""
    named = parse_client_data_json(credential.response.client_data_json).challenge
    here = sa.and_(
        col(PasskeyChallenge.challenge) == bytes_to_base64url(named),
        col(PasskeyChallenge.purpose) == asked.purpose,
        col(PasskeyChallenge.account_id).is_(asked.account_id)
        if asked.account_id is None
        else col(PasskeyChallenge.account_id) == asked.account_id,
        col(PasskeyChallenge.browser_hash) == token_hash(secrets, f"browser:{asked.browser}"),
        col(PasskeyChallenge.expires_at) > uow.now,
    )
    used = sa.delete(PasskeyChallenge).where(here).returning(col(PasskeyChallenge.id))
    if uow.db.execute(used).scalar_one_or_none() is None:
        raise _NoChallenge
    return named


def _known_passkey(uow: UnitOfWork, asked: Asked, credential: AuthenticationCredential) -> Passkey | None:
    """The passkey that an answer names, for the account that it names and that is asked for, at this host."""
    found = uow.db.scalars(
        sa.select(Passkey)
        .join(Account, col(Account.id) == col(Passkey.account_id))
        .where(
            col(Passkey.credential_id) == bytes_to_base64url(credential.raw_id),
            col(Passkey.host) == asked.place.host,
            Account.is_active,
        )
    ).one_or_none()
    handle = credential.response.user_handle
    if found is None or asked.account_id not in (None, found.account_id):
        return None
    # Only alone must a passkey say whose it is; beside an account it may leave it out.
    if handle is None:
        return found if asked.account_id else None
    return found if handle == found.account_id.bytes else None


def _counts_on(uow: UnitOfWork, passkey: Passkey, count: int) -> bool:
    """Note the use; a device that counts must count up, else somebody may have a copy of its key."""
    counts_up = sa.or_(
        col(Passkey.sign_count) < count, sa.and_(col(Passkey.sign_count) == 0, sa.literal(count) == 0)
    )
    used = sa.update(Passkey).where(col(Passkey.id) == passkey.id, counts_up)
    used = used.values(sign_count=count, last_used_on=uow.today).returning(col(Passkey.id))
    if uow.db.execute(used).scalar_one_or_none() is not None:
        return True
    record(
        uow,
        ANONYMOUS,
        action="account:passkey:refuse",
        subject=("Account", passkey.account_id),
        reason="the device counts backwards",
    )
    return False


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = {each.value for each in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(passkey.credential_id),
        transports=[AuthenticatorTransport(each) for each in passkey.transports if each in known],
    )
