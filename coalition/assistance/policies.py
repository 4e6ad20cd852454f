"""Who may see what of services, pools and holds; each rule as a question and as an SQL condition.

Rights over a service go by its provider, never by its owner (DOMAIN.md principle 7). Whoever reads
the records of everybody (`records:read` everywhere) is an auditor: contacts and the numbers of
protected pools stay closed to them (DOMAIN.md section 8).
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from coalition.assistance.enums import ServiceStatus
from coalition.assistance.models import CapacityPool, Hold, Service
from coalition.core.actor import Actor, Reach
from coalition.core.clauses import Clause, Why, any_of, policy, policy_as
from coalition.members.policies import row_clauses


class Hearing(StrEnum):
    """What a caller is told when they ask whether a service can take somebody."""

    TRUTH = "TRUTH"
    # The word of DOMAIN.md principle 2: delayed, and for one place only.
    WORD = "WORD"
    NOTHING = "NOTHING"


@policy
def visible_services(actor: Actor) -> list[Clause]:
    """Services shared with the actor, and those whose provider or owner is in the line they read.

    Drafts are seen by the provider's line, and by who reads everything.
    """
    own = actor.reach("records:read")
    if own.everything:
        return row_clauses(actor, Service.owner_id, Service.visibility)
    offered = col(Service.status) != ServiceStatus.DRAFT
    clauses = [
        replace(clause, condition=sa.and_(offered, clause.condition))
        for clause in row_clauses(actor, Service.owner_id, Service.visibility)
    ]
    if own:
        condition = _within(own, Service.provider_id)
        clauses.append(Clause(Why.PROVIDER, condition, "records:read", at=Service.provider_id))
    return clauses


def is_insider(actor: Actor, service: Service) -> bool:
    """Whether the actor, who sees the service, sees its district and full name."""
    return not service.protected or actor.reach("records:read").covers(service.provider_id)


def sees_inside(actor: Actor) -> ColumnElement[bool]:
    """The condition on `service` rows that `is_insider` asks."""
    own = actor.reach("records:read")
    return sa.or_(col(Service.protected).is_(False), _within(own, Service.provider_id))


def provides(actor: Actor, service: Service) -> bool:
    """Whether the actor speaks for the provider about capacity; without a listed provider nobody does."""
    return service.provider_id is not None and actor.reach("capacity:confirm").covers(service.provider_id)


def provided(actor: Actor) -> ColumnElement[bool]:
    """The condition on `service` rows that `provides` asks."""
    listed = col(Service.provider_id).is_not(None)
    return sa.and_(listed, _within(actor.reach("capacity:confirm"), Service.provider_id))


def sees_pools(actor: Actor, service: Service) -> bool:
    """Whether the actor, who sees the service, sees that its pools exist."""
    return _is_auditor(actor) or sees_numbers(actor, service)


def _pools_in_one(actor: Actor) -> ColumnElement[bool]:
    """The clauses of `visible_pools` with one look at the service."""
    of_pool = col(Service.id) == col(CapacityPool.service_id)
    seen = any_of(_pools_seen(actor))
    services = sa.select(Service.id).where(of_pool, visible_services(actor), seen)
    return services.correlate(CapacityPool).exists()


@policy_as(_pools_in_one)
def visible_pools(actor: Actor) -> list[Clause]:
    """The condition on `capacity_pool` rows: the service is visible, and so are its pools."""
    return [replace(clause, **_of_service(actor, clause)) for clause in _pools_seen(actor)]


def _pools_seen(actor: Actor) -> list[Clause]:
    """Why the pools of a service are seen, as conditions on `service` rows."""
    if _is_auditor(actor):
        return [Clause(Why.OWN_LINE, sa.true(), "records:read")]
    return _numbers_seen(actor)


def _of_service(actor: Actor, clause: Clause) -> dict[str, Any]:
    """A clause on `service` rows, turned to the pools of those that are visible."""
    # Correlated to the pool alone: the statement around it may have `service` rows of its own.
    of_pool = col(Service.id) == col(CapacityPool.service_id)
    services = sa.select(Service.id).where(of_pool, visible_services(actor), clause.condition)
    provider = sa.select(Service.provider_id).where(col(Service.id) == col(CapacityPool.service_id))
    at = None if clause.at is None else provider.correlate(CapacityPool).scalar_subquery()
    return {"condition": services.correlate(CapacityPool).exists(), "at": at}


def live_pools(actor: Actor) -> ColumnElement[bool]:
    """The condition on `capacity_pool` rows whose changes the actor hears of as they happen.

    Narrower than `visible_pools`: the moment of a change tells of a number that an auditor may not see.
    """
    services = sa.select(Service.id).where(visible_services(actor), numbers_seen(actor))
    return col(CapacityPool.service_id).in_(services)


def sees_numbers(actor: Actor, service: Service) -> bool:
    """Whether the actor sees how many places there are; of a protected service the provider alone does."""
    if provides(actor, service):
        return True
    return not service.protected and (_is_auditor(actor) or _reads_capacity(actor, service))


def numbers_seen(actor: Actor) -> ColumnElement[bool]:
    """The condition on `service` rows that `sees_numbers` asks."""
    return any_of(_numbers_seen(actor))


def _numbers_seen(actor: Actor) -> list[Clause]:
    clauses = []
    if actor.may("capacity:confirm"):
        clauses.append(Clause(Why.PROVIDER, provided(actor), "capacity:confirm", at=Service.provider_id))
    permission = "records:read" if _is_auditor(actor) else "capacity:read"
    if actor.may(permission):
        reading = _within(actor.reach(permission), Service.provider_id)
        condition = sa.and_(col(Service.protected).is_(False), reading)
        clauses.append(Clause(Why.CAPACITY, condition, permission, at=Service.provider_id))
    return clauses


def sees_desk(actor: Actor, service: Service) -> bool:
    """Whether the actor, who sees the service, sees its contact desk."""
    if _reads_capacity(actor, service) or service.provider_id in actor.reach("records:read").organisations:
        return True
    return not service.protected and not _is_auditor(actor)


def hearing(actor: Actor, service: Service) -> Hearing:
    """What the actor is told of the service's free places: the truth only where they may see numbers.

    A truth for any quantity tells the number, so who may not see the number does not hear it.
    """
    if sees_numbers(actor, service):
        return Hearing.TRUTH
    return Hearing.WORD if _reads_capacity(actor, service) else Hearing.NOTHING


def word_heard(actor: Actor) -> ColumnElement[bool]:
    """The condition on `service` rows whose word the actor is told, where they do not hear the truth."""
    return _within(actor.reach("capacity:read"), Service.provider_id)


def own_holds(actor: Actor) -> ColumnElement[bool]:
    """Holds of the organisations that the actor holds places for, in services that the actor still sees.

    A member that is suspended loses sight of a service, and with it of what it held there.
    """
    services = sa.select(Service.id).where(visible_services(actor)).correlate(None)
    return sa.and_(
        _within(actor.reach("capacity:hold"), Hold.organisation_id), col(Hold.service_id).in_(services)
    )


@policy
def visible_holds(actor: Actor) -> list[Clause]:
    """Holds of the actor's organisations, and those in services that they confirm capacity of."""
    clauses = []
    if actor.may("capacity:hold"):
        clauses.append(Clause(Why.HOLDER, own_holds(actor), "capacity:hold", at=Hold.organisation_id))
    if actor.may("capacity:confirm"):
        services = sa.select(Service.id).where(provided(actor)).correlate(None)
        provider = sa.select(Service.provider_id).where(col(Service.id) == col(Hold.service_id))
        condition = col(Hold.service_id).in_(services)
        at = provider.correlate(Hold).scalar_subquery()
        clauses.append(Clause(Why.PROVIDER, condition, "capacity:confirm", at=at))
    return clauses


def held_by_others(actor: Actor) -> ColumnElement[bool]:
    """Holds of organisations outside the line that the actor confirms capacity in."""
    return sa.not_(_within(actor.reach("capacity:confirm"), Hold.organisation_id))


def _is_auditor(actor: Actor) -> bool:
    return actor.reach("records:read").everything


def _reads_capacity(actor: Actor, service: Service) -> bool:
    return actor.reach("capacity:read").covers(service.provider_id)


def _within(reach: Reach, column: Any) -> ColumnElement[bool]:
    """What `Reach.covers` asks, of an organisation in `column`."""
    if reach.everything:
        return sa.true()
    # Without a provider it is a plain no: NULL would still be NULL when a condition asks for its opposite.
    return sa.and_(column.is_not(None), column.in_(sorted(reach.organisations)))
