"""Invented people and a system that hold roles in a load set, with tokens that are told once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coalition.access.oauth.seed import seed_clients
from coalition.access.secrets import Secrets
from coalition.access.service import create_account, create_client, create_personal_access_token, give_role
from coalition.core.actor import system_actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import OrganisationKind
from coalition.members.role_types import ROLE_TYPES
from coalition.synthesis.scenery import Invented, Scenery

SYNTHESIZER = system_actor("synthesize")


@dataclass(frozen=True)
class _Caller:
    """Who is called what, with role types and the kind of organisation each is held in."""

    name: str
    roles: tuple[tuple[str, OrganisationKind], ...]


_CALLERS = (
    # Logs, reads its line and what is shared, and compares church bodies: all that is measured.
    _Caller(
        "member",
        (("coordinator", OrganisationKind.DEANERY), ("council_member", OrganisationKind.COALITION)),
    ),
    _Caller("reporter", (("reporter", OrganisationKind.PARISH),)),
)


def make_callers(uow: UnitOfWork, secrets: Secrets, scenery: Scenery) -> dict[str, Any]:
    """Make them and give back what they are told: tokens of people, credentials of a partner's system."""
    seed_clients(uow)
    return {
        "people": [_person(uow, secrets, scenery, caller) for caller in _CALLERS],
        "clients": [_client(uow, secrets, scenery)],
    }


def _person(uow: UnitOfWork, secrets: Secrets, scenery: Scenery, caller: _Caller) -> dict[str, Any]:
    email = f"{caller.name}@synthetic.invalid"
    name = f"Synthetic {caller.name} (invented)"
    account = create_account(uow, SYNTHESIZER, email=email, name=name, is_demo=True)
    held = []
    for role_type, kind in caller.roles:
        organisation = _first_of(scenery, kind)
        give_role(
            uow,
            SYNTHESIZER,
            person_id=account.person_id,
            organisation_id=organisation.id,
            role_type=role_type,
        )
        held.append({"role": role_type, "organisation": organisation.slug})
    token = create_personal_access_token(
        uow, secrets, SYNTHESIZER, account_id=account.id, name="Synthetic load set"
    )
    return {"name": caller.name, "email": email, "roles": held, "token": token}


def _client(uow: UnitOfWork, secrets: Secrets, scenery: Scenery) -> dict[str, str]:
    organisation = _first_of(scenery, OrganisationKind.NGO, OrganisationKind.PARISH)
    scopes = next(list(each.permissions) for each in ROLE_TYPES if each.code == "partner_client")
    credentials = create_client(
        uow,
        secrets,
        SYNTHESIZER,
        name="Synthetic partner system (invented)",
        organisation_id=organisation.id,
        role_type="partner_client",
        scopes=scopes,
    )
    return {
        "role": "partner_client",
        "organisation": organisation.slug,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }


def _first_of(scenery: Scenery, *kinds: OrganisationKind) -> Invented:
    """The first organisation of the first of these kinds that there is any of."""
    for kind in kinds:
        for each in scenery.organisations:
            if each.kind is kind:
                return each
    raise LookupError(f"no organisation of kind {kinds}")
