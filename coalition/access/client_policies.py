"""Who may see which systems, as conditions (core/clauses.py)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from coalition.access.oauth.models import OAuthClient
from coalition.core.actor import Actor
from coalition.core.clauses import Clause, Why, policy
from coalition.members.policies import is_auditor, within

APPROVES = "client:approve"
REQUESTS = "client:request"


@policy
def visible_clients(actor: Actor) -> list[Clause]:
    """The condition on `oauth_client` rows: those of the line that may ask for some; all for who decides."""
    client: Any = OAuthClient
    clauses: list[Clause] = []
    if actor.may(REQUESTS):
        own = within(actor.reach(REQUESTS), client.organisation_id)
        clauses.append(Clause(Why.CLIENT_LINE, own, REQUESTS, at=client.organisation_id))
    if actor.may(APPROVES):
        clauses.append(Clause(Why.CLIENT_OFFICE, sa.true(), APPROVES))
    if is_auditor(actor):
        clauses.append(Clause(Why.AUDITED, sa.true(), "records:read"))
    return clauses
