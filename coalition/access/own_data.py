"""What is held about a person, for that person: everything, in one place that names each table once.

`PARTS` says which rows of which table are about somebody; the export, the page and the erasure go by it,
and a test holds it against every table. Nobody is shown anybody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from coalition.access.desks.models import Desk
from coalition.access.factors.models import (
    Authenticator,
    Passkey,
    PasskeyChallenge,
    RecoveryCode,
    SignInStep,
)
from coalition.access.models import Account, OneTimeLink, PersonalAccessToken, SignIn
from coalition.access.oauth.models import OAuthClient, OAuthCode, OAuthDeviceRequest, OAuthGrant
from coalition.access.providers.models import ProviderIdentity
from coalition.assistance.models import CapacityPool, Hold, HoldAttempt, Service
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.changes import UNCHANGED, Unchanged
from coalition.core.checks import TextChecks, check_languages
from coalition.core.errors import Faults
from coalition.core.i18n import LANGUAGES
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.consents import NOTICE_VERSION, own_person_id
from coalition.members.models import CalendarRule, Consent, Mandate, Organisation, Person, Role
from coalition.outreach.models import Activity
from coalition.training.models import TrainingSession

# What the exported file calls itself; a change that a reader of the file would notice gets a new number.
FORMAT = "coalition-own-data-1"


class Named(Enum):
    """What stands in the column by which a row is somebody's."""

    PERSON = "person"
    ACCOUNT = "account"
    SUBJECT = "subject"


@dataclass(frozen=True)
class Part:
    """Rows of one table about somebody: `column` names them, `columns` are exported.

    `withheld` says of every other column why it is not; rows in which the person only acted belong to an
    organisation, and of these the export says which they are and when it was.
    """

    name: str
    model: type[SQLModel]
    column: str
    named: Named
    columns: tuple[str, ...]
    withheld: Mapping[str, str]


_HASH = "only a hash is kept, which is good for nothing but comparing"
_KEY = "a key between tables, of no meaning outside"
_LINK = "the person's or account's own id, given above"
_DEVICE = "what the device and this site know each other by; the key itself never left the device"
_RECORD = "the record of an organisation; the person only acted in it"


def _acted(name: str, model: type[SQLModel], column: str, *columns: str) -> Part:
    return Part(name, model, column, Named.SUBJECT, columns, {"*": _RECORD})


PARTS = (
    Part(
        "person",
        Person,
        "id",
        Named.PERSON,
        ("id", "name", "languages", "is_demo", "created_at", "anonymised_at"),
        {},
    ),
    Part(
        "account",
        Account,
        "person_id",
        Named.PERSON,
        ("id", "email", "language", "is_active", "created_at", "joined_at"),
        {"person_id": _LINK, "password_hash": _HASH},
    ),
    Part(
        "sign_ins",
        SignIn,
        "account_id",
        Named.ACCOUNT,
        (
            "method",
            "with_second_factor",
            "browser",
            "created_at",
            "proven_at",
            "last_seen_at",
            "expires_at",
        ),
        {"id": "forms of that browser are signed with it", "account_id": _LINK, "token_hash": _HASH},
    ),
    Part(
        "sign_in_steps",
        SignInStep,
        "account_id",
        Named.ACCOUNT,
        ("method", "failed_count", "created_at", "expires_at"),
        {"id": _KEY, "account_id": _LINK, "token_hash": _HASH},
    ),
    Part(
        "passkeys",
        Passkey,
        "account_id",
        Named.ACCOUNT,
        ("name", "host", "created_at", "last_used_on"),
        {
            "id": _KEY,
            "account_id": _LINK,
            "credential_id": _DEVICE,
            "public_key": _DEVICE,
            "sign_count": _DEVICE,
            "transports": _DEVICE,
        },
    ),
    Part(
        "passkey_challenges",
        PasskeyChallenge,
        "account_id",
        Named.ACCOUNT,
        ("purpose", "created_at", "expires_at"),
        {"id": _KEY, "account_id": _LINK, "challenge": "random bytes, used once", "browser_hash": _HASH},
    ),
    Part(
        "authenticators",
        Authenticator,
        "account_id",
        Named.ACCOUNT,
        ("created_at", "confirmed_at"),
        {
            "id": _KEY,
            "account_id": _LINK,
            "sealed_secret": "the app has it; anybody else who had it could make its codes",
            "begun_in": _KEY,
            "last_step": "the half minute of the last code, so that it counts once",
        },
    ),
    Part(
        "recovery_codes",
        RecoveryCode,
        "account_id",
        Named.ACCOUNT,
        ("created_at", "used_at"),
        {"id": _KEY, "account_id": _LINK, "code_hash": _HASH},
    ),
    Part(
        "tokens",
        PersonalAccessToken,
        "account_id",
        Named.ACCOUNT,
        ("name", "created_at", "expires_at", "revoked_at"),
        {"id": _KEY, "account_id": _LINK, "token_hash": _HASH},
    ),
    Part(
        "one_time_links",
        OneTimeLink,
        "account_id",
        Named.ACCOUNT,
        ("purpose", "created_at", "expires_at", "used_at"),
        {"id": _KEY, "account_id": _LINK, "token_hash": _HASH},
    ),
    Part(
        "apps_allowed",
        OAuthGrant,
        "account_id",
        Named.ACCOUNT,
        ("client_id", "scopes", "created_at", "expires_at", "ended_at", "why"),
        {"id": _KEY, "account_id": _LINK},
    ),
    Part(
        "codes_for_apps",
        OAuthCode,
        "account_id",
        Named.ACCOUNT,
        ("client_id", "redirect_uri", "scopes", "created_at", "expires_at", "used_at"),
        {"id": _KEY, "account_id": _LINK, "grant_id": _KEY, "code_hash": _HASH, "code_challenge": _HASH},
    ),
    Part(
        "devices_answered",
        OAuthDeviceRequest,
        "account_id",
        Named.ACCOUNT,
        ("client_id", "scopes", "state", "created_at", "expires_at"),
        {
            "id": _KEY,
            "account_id": _LINK,
            "grant_id": _KEY,
            "device_code_hash": _HASH,
            "user_code_hash": _HASH,
            "interval_seconds": "how often the device may ask; it says nothing about a person",
            "polled_at": "when the device last asked; it says nothing about a person",
        },
    ),
    Part(
        "provider_identities",
        ProviderIdentity,
        "account_id",
        Named.ACCOUNT,
        ("issuer", "subject", "created_at"),
        {"id": _KEY, "account_id": _LINK},
    ),
    Part(
        "desk",
        Desk,
        "account_id",
        Named.ACCOUNT,
        ("organisation_id", "created_at", "closed_at"),
        {"account_id": _LINK, "operators_made": "how many have served there; each is somebody else"},
    ),
    Part(
        "roles",
        Role,
        "person_id",
        Named.PERSON,
        ("id", "organisation_id", "role_type", "starts_on", "ends_on"),
        {"person_id": _LINK},
    ),
    Part(
        "mandates",
        Mandate,
        "person_id",
        Named.PERSON,
        ("id", "seat_id", "kind", "starts_on", "ends_on"),
        {"person_id": _LINK},
    ),
    Part(
        "consents",
        Consent,
        "person_id",
        Named.PERSON,
        ("id", "purpose", "version", "given_at", "withdrawn_at"),
        {"person_id": _LINK},
    ),
    Part(
        "deeds",
        AuditEntry,
        "actor",
        Named.SUBJECT,
        ("happened_at", "action", "subject_type", "subject_id", "organisation_id", "fields", "reason"),
        {"*": "how the log is sealed against changes"},
    ),
    _acted("activities_logged", Activity, "created_by", "code", "created_at"),
    _acted("training_sessions_planned", TrainingSession, "created_by", "id", "created_at"),
    _acted("services_offered", Service, "created_by", "id", "created_at"),
    _acted("services_signed_for", Service, "code_signed_by", "id", "code_signed_at"),
    _acted("capacity_confirmed", CapacityPool, "confirmed_by", "id", "confirmed_at"),
    _acted("holds_made", Hold, "created_by", "reference", "created_at"),
    _acted("attempts_at_holds", HoldAttempt, "created_by", "attempted_at", "code"),
    _acted("systems_asked_for", OAuthClient, "requested_by", "client_id", "created_at"),
    _acted("systems_decided_about", OAuthClient, "approved_by", "client_id", "approved_at"),
    _acted("organisations_entered", Organisation, "created_by", "slug", "created_at"),
    _acted("calendar_rules_set", CalendarRule, "created_by", "id", "code", "created_at"),
)
BY_NAME = {part.name: part for part in PARTS}


@dataclass(frozen=True)
class Holder:
    """Whose data are asked for: the person, the account if there is one, and its name in the audit log."""

    person_id: UUID
    account_id: UUID | None

    @property
    def subject(self) -> str | None:
        return f"account:{self.account_id}" if self.account_id else None


def holder_of(uow: UnitOfWork, person_id: UUID) -> Holder:
    """The person with the account that is theirs."""
    return Holder(
        person_id, uow.db.scalars(sa.select(Account.id).where(Account.person_id == person_id)).one_or_none()
    )


def own_holder(uow: UnitOfWork, actor: Actor) -> Holder:
    """The person who is calling. Raises `Refused` with UNAUTHENTICATED when it is nobody, or a system."""
    return holder_of(uow, own_person_id(actor))


def rows_about(uow: UnitOfWork, holder: Holder, name: str) -> Sequence[Any]:
    """The rows of one of `PARTS` about somebody, in the order in which they came."""
    part = BY_NAME[name]
    value = {
        Named.PERSON: holder.person_id,
        Named.ACCOUNT: holder.account_id,
        Named.SUBJECT: holder.subject,
    }[part.named]
    if value is None:
        return []
    key = getattr(part.model, part.column)
    order = getattr(part.model, "created_at", None), *sa.inspect(part.model).primary_key
    keys = [each for each in order if each is not None]
    return uow.db.scalars(sa.select(part.model).where(key == value).order_by(*keys)).all()


def export_own_data(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """Everything held about the caller as plain JSON values; docs/privacy/own-data.md describes the file.

    Raises `Refused` with UNAUTHENTICATED when no person is calling.
    """
    holder = own_holder(uow, actor)
    return {
        "format": FORMAT,
        "exported_at": _plain(uow.now),
        "notice_version": NOTICE_VERSION,
        **{part.name: list(_exported(uow, holder, part)) for part in PARTS},
        "withheld": {part.name: dict(part.withheld) for part in PARTS if part.withheld},
    }


def _exported(uow: UnitOfWork, holder: Holder, part: Part) -> Iterator[dict[str, Any]]:
    for row in rows_about(uow, holder, part.name):
        yield {column: _plain(getattr(row, column)) for column in part.columns}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


@dataclass(frozen=True)
class Corrections:
    """What a person wishes to have different; what is not given stays. `account_language` None: no wish."""

    name: str | Unchanged | None = UNCHANGED
    languages: Sequence[str] | Unchanged | None = UNCHANGED
    account_language: str | Unchanged | None = UNCHANGED
    text_confirmed: bool = False


def correct_own_data(uow: UnitOfWork, actor: Actor, *, corrections: Corrections) -> None:
    """Put right what stands about the caller; only what differs is written.

    Raises `Refused` with UNAUTHENTICATED when no person is calling, else with all faults at once.
    """
    holder, faults = own_holder(uow, actor), Faults()
    person = uow.db.get_one(Person, holder.person_id)
    account = uow.db.get(Account, holder.account_id) if holder.account_id else None
    wished = _checked(faults, person, corrections)
    language = _checked_language(faults, corrections.account_language)
    faults.raise_if_any()
    changed = [name for name, value in wished.items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, wished[name])
    if changed:
        record(uow, actor, action="members:person:correct", subject=("Person", person.id), fields=changed)
    if account is not None and not isinstance(language, Unchanged) and account.language != language:
        account.language = language
        subject = ("Account", account.id)
        record(uow, actor, action="account:account:correct", subject=subject, fields=["language"])
    uow.db.flush()


def _checked(faults: Faults, person: Person, corrections: Corrections) -> dict[str, Any]:
    wished: dict[str, Any] = {}
    if not isinstance(corrections.name, Unchanged):
        texts = TextChecks(faults, confirmed=corrections.text_confirmed, known=[person.name])
        wished["name"] = texts.name(corrections.name, "name")
    if not isinstance(corrections.languages, Unchanged):
        wished["languages"] = check_languages(faults, corrections.languages or (), "languages")
    return wished


def _checked_language(faults: Faults, language: str | Unchanged | None) -> str | Unchanged | None:
    if isinstance(language, str) and language not in LANGUAGES:
        faults.add("INVALID_LANGUAGE", "accountLanguage", language=language)
    return language
