"""A demo coalition: the real record, and invented accounts for each role, with secrets in `demo.json`.

Nothing of this exists without `serve --demo`.
"""

from __future__ import annotations

import json
import secrets as randomness
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import sqlalchemy as sa

from coalition.access.factors.authenticators import set_authenticator
from coalition.access.models import Account, PersonalAccessToken
from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient
from coalition.access.oauth.seed import seed_clients
from coalition.access.passwords import hash_password, is_password
from coalition.access.secrets import Secrets
from coalition.access.service import (
    ClientCredentials,
    create_account,
    create_client,
    create_personal_access_token,
    give_role,
)
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.audit.service import record
from coalition.core.actor import system_actor
from coalition.core.private_files import write_private
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.intake.record import load_record
from coalition.intake.report import format_report
from coalition.members.enums import BodyKind, MandateKind
from coalition.members.models import Body, Mandate, Organisation, Person, RoleTypePermission, Seat
from coalition.members.role_types import ROLE_TYPES
from coalition.members.seed import seed
from coalition.outreach.models import PartnershipAssessment

DEMO = system_actor("demo")
TOKEN_NAME = "Demo"  # noqa: S105  What the token is called, not the token.

# What stays the same over restarts.
_KEPT = {"password", "token", "totp_secret"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Post:
    """A role type in an organisation, given by its slug."""

    role: str
    organisation: str

    @property
    def email(self) -> str:
        """`.invalid` is reserved: no mail can ever reach anybody."""
        place = f".{self.organisation}" if self.organisation != "coalition" else ""
        return f"{self.role}{place}@demo.invalid"


ACCOUNTS = (
    Post("reporter", "ubceb"),
    Post("coordinator", "bes"),
    Post("coordinator", "moc"),
    Post("council_member", "coalition"),
    Post("council_secretary", "coalition"),
    Post("expert", "coalition"),
    Post("trainer", "coalition"),
    Post("auditor", "coalition"),
    Post("administrator", "coalition"),
)
CLIENT = Post("partner_client", "lastrada")


class DemoImpossible(Exception):
    """The demo cannot be prepared; the text says why."""


def prepare_demo(units: Units, secrets: Secrets, *, data_folder: Path, url: str, say: Say) -> None:
    """See to it that record, accounts and `demo.json` are there and fit together; again, nothing changes.

    Secrets in `demo.json` are kept, only `url` follows the address. Secrets that are lost are made
    anew, and then the old ones are worth nothing any more.
    """
    _load_record_if_missing(units, say)
    file = data_folder / "demo.json"
    known = _known_secrets(file)
    with units.writing() as uow:
        seed(uow)
        seed_clients(uow)
        organisations = _organisations(uow)
        content = {
            "url": url,
            "accounts": [_ensure_account(uow, secrets, post, organisations, known) for post in ACCOUNTS],
            "clients": [_ensure_client(uow, secrets, organisations, known)],
        }
        _fill_council_seats(uow)
    write_private(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    _say_what_to_try(url, file, say)


def _load_record_if_missing(units: Units, say: Say) -> None:
    with units.reading() as uow:
        first = uow.db.scalars(sa.select(Organisation.id).limit(1)).first()
        # Of the last file: without it an earlier start was ended in the middle of loading.
        last = uow.db.scalars(sa.select(PartnershipAssessment.id).limit(1)).first()
    if first is None or last is None:
        say("Loading the public record ...")
        say(format_report(load_record(units)))


def _organisations(uow: UnitOfWork) -> dict[str, Organisation]:
    slugs = {post.organisation for post in (*ACCOUNTS, CLIENT)}
    rows = uow.db.scalars(sa.select(Organisation).where(Organisation.slug.in_(slugs)))
    found = {row.slug: row for row in rows}
    if missing := slugs - set(found):
        raise DemoImpossible(f"The record lacks the organisations {', '.join(sorted(missing))}.")
    return found


def _known_secrets(file: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The entries of an earlier `demo.json` by role and organisation; none when it is lost or damaged."""
    try:
        content = json.loads(file.read_text("utf-8"))
        entries = [*content["accounts"], *content["clients"]]
        return {(entry["role"], entry["organisation"]): entry for entry in entries}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def _ensure_account(
    uow: UnitOfWork,
    secrets: Secrets,
    post: Post,
    organisations: dict[str, Organisation],
    known: dict[tuple[str, str], dict[str, Any]],
) -> dict[str, str]:
    entry = {
        "role": post.role,
        "email": post.email,
        "password": randomness.token_urlsafe(15),
        "organisation": post.organisation,
        "token": new_token(TokenKind.PERSONAL),
    }
    kept = known.get((post.role, post.organisation), {})
    if _needs_code(post):
        entry["totp_secret"] = pyotp.random_base32()
    entry |= {name: kept[name] for name in entry.keys() & _KEPT if isinstance(kept.get(name), str)}
    account = uow.db.scalars(sa.select(Account).where(Account.email == post.email)).one_or_none()
    if account is None:
        name = f"Demo {post.role.replace('_', ' ')} of {post.organisation} (invented)"
        account = create_account(uow, DEMO, email=post.email, name=name, is_demo=True)
    if not is_password(account.password_hash, entry["password"]):
        account.password_hash = hash_password(entry["password"])
        account.joined_at = account.joined_at or uow.now
        record(uow, DEMO, action="demo:password:set", subject=("Account", account.id), fields=["password"])
    give_role(
        uow,
        DEMO,
        person_id=account.person_id,
        organisation_id=organisations[post.organisation].id,
        role_type=post.role,
    )
    _ensure_token(uow, secrets, account, entry["token"])
    if _needs_code(post):
        set_authenticator(uow, secrets, DEMO, account.id, entry["totp_secret"])
    return entry


def _needs_code(post: Post) -> bool:
    """Whether the role is asked for a code of an authenticator app after the password."""
    return any(each.code == post.role and each.needs_second_factor for each in ROLE_TYPES)


def _ensure_token(uow: UnitOfWork, secrets: Secrets, account: Account, token: str) -> None:
    """Make `token` the only demo token of the account that is worth anything."""
    hashed = token_hash(secrets, token)
    rows = uow.db.scalars(
        sa.select(PersonalAccessToken).where(
            PersonalAccessToken.account_id == account.id,
            PersonalAccessToken.name == TOKEN_NAME,
            PersonalAccessToken.revoked_at.is_(None),
        )
    ).all()
    for row in rows:
        if row.token_hash != hashed:
            row.revoked_at = uow.now
            record(uow, DEMO, action="demo:token:revoke", subject=("PersonalAccessToken", row.id))
    if all(row.token_hash != hashed for row in rows):
        create_personal_access_token(uow, secrets, DEMO, account_id=account.id, name=TOKEN_NAME, token=token)


def _ensure_client(
    uow: UnitOfWork,
    secrets: Secrets,
    organisations: dict[str, Organisation],
    known: dict[tuple[str, str], dict[str, Any]],
) -> dict[str, str]:
    organisation = organisations[CLIENT.organisation]
    scopes = _permissions(uow, CLIENT.role)
    kept = known.get((CLIENT.role, CLIENT.organisation), {})
    row = uow.db.get(OAuthClient, str(kept.get("client_id", "")))
    if row is not None and row.secret_hash == token_hash(secrets, str(kept.get("client_secret", ""))):
        credentials = ClientCredentials(kept["client_id"], kept["client_secret"])
        row.state, row.scopes = ClientState.ACTIVE, scopes
    else:
        _end_clients(uow, organisation)
        credentials = create_client(
            uow,
            secrets,
            DEMO,
            name=f"Demo client of {CLIENT.organisation} (invented)",
            organisation_id=organisation.id,
            role_type=CLIENT.role,
            scopes=scopes,
        )
    return {
        "role": CLIENT.role,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "organisation": CLIENT.organisation,
    }


def _end_clients(uow: UnitOfWork, organisation: Organisation) -> None:
    lost = sa.select(OAuthClient).where(
        OAuthClient.organisation_id == organisation.id, OAuthClient.name.startswith("Demo client")
    )
    for row in uow.db.scalars(lost):
        row.state = ClientState.ENDED


def _permissions(uow: UnitOfWork, role_type: str) -> list[str]:
    held = sa.select(RoleTypePermission.permission).where(RoleTypePermission.role_type == role_type)
    return sorted(uow.db.scalars(held))


def _fill_council_seats(uow: UnitOfWork) -> None:
    """Put an invented person on each seat of the Council that nobody ever held."""
    seats = uow.db.scalars(
        sa.select(Seat)
        .join(Body, Body.id == Seat.body_id)
        .where(Body.kind == BodyKind.COUNCIL)
        .order_by(Seat.id)
    ).all()
    taken = set(uow.db.scalars(sa.select(Mandate.seat_id)))
    for number, seat in enumerate(seats, start=1):
        if seat.id not in taken:
            person = Person(name=f"Demo Person {number} (invented)", is_demo=True, created_at=uow.now)
            uow.db.add(person)
            uow.db.flush()
            mandate = Mandate(
                seat_id=seat.id, person_id=person.id, kind=MandateKind.FULL, starts_on=uow.today
            )
            uow.db.add(mandate)
            uow.db.flush()
            record(uow, DEMO, action="demo:mandate:add", subject=("Mandate", mandate.id))


def _say_what_to_try(url: str, file: Path, say: Say) -> None:
    roles = "\n".join(f"  {post.role:<18} {post.organisation:<10} {post.email}" for post in ACCOUNTS)
    say(
        f"""
This is a demo: the record is real, every account is invented.

Accounts (passwords, tokens and secrets of authenticator apps are in {file}):
{roles}
  {CLIENT.role:<18} {CLIENT.organisation:<10} an OAuth client for {url}/oauth/token

What to try:
  {url}/          what the coalition is and does
  {url}/log       sign in as reporter and log an activity
  {url}/places    sign in as coordinator of bes and confirm the places of SRV-008
  {url}/capacity  sign in as coordinator of moc and look for a place
  {url}/graphql   ask in GraphQL, with a token or signed in
"""
    )
