"""Our own program for the command line, which every coalition knows. Idempotent."""

from __future__ import annotations

from coalition.access.client_kinds import NEVER_FOR_APPS
from coalition.access.oauth.enums import ActsFor, ClientState, GrantType
from coalition.access.oauth.models import OAuthClient
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.role_types import ROLE_TYPES

COMMAND_LINE_CLIENT = "c0a11710-0000-4000-8000-000000000001"
# Whoever is talked into typing a stranger's code must lose no power over others with it.
NEVER_BY_DEVICE = NEVER_FOR_APPS | {"audit:read"}


def seed_clients(uow: UnitOfWork) -> None:
    """Write what is missing; scopes always follow this release, and whoever paused the program is obeyed."""
    row = uow.db.get(OAuthClient, COMMAND_LINE_CLIENT)
    if row is None:
        row = OAuthClient(
            client_id=COMMAND_LINE_CLIENT,
            name="Coalition command line",
            acts_for=ActsFor.PERSON,
            is_public=True,
            state=ClientState.ACTIVE,
            grant_types=[GrantType.DEVICE_CODE.value, GrantType.REFRESH_TOKEN.value],
            created_at=uow.now,
            updated_at=uow.now,
        )
        uow.db.add(row)
    held = {permission for role_type in ROLE_TYPES for permission in role_type.permissions}
    row.scopes = sorted(held - NEVER_BY_DEVICE)
    uow.db.flush()
