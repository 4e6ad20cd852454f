"""Who may see which rows, as SQL conditions; every reader of every room goes through here.

Each rule is a list of clauses, so that the condition and the answer to `whyCanSee` cannot differ.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from coalition.core.actor import Actor, Reach, Visibility
from coalition.core.clauses import Clause, Why, any_of, policy
from coalition.members.consents import consenting_persons
from coalition.members.enums import ConsentPurpose, OrganisationKind, TerritoryLevel
from coalition.members.models import Organisation, Person, Role, Territory

# Whoever leads a line goes on seeing whose role ended, so that a slip can be put right.
SEEN_AFTER_END_DAYS = 30


def row_clauses(actor: Actor, owner: Any, visibility: Any) -> list[Clause]:
    """Why a row is visible: its owner shares it, or its owner stands in a line that the actor reads."""
    shared = Clause(Why.SHARED, visibility.in_(sorted(actor.shared)), visibility=visibility)
    own = actor.reach("records:read")
    if not own:
        return [shared]
    return [shared, Clause(Why.OWN_LINE, within(own, owner), "records:read", at=owner)]


def visible_rows(actor: Actor, owner: Any, visibility: Any) -> ColumnElement[bool]:
    """Rows that the actor may see: shared with them, or in the line they may read (DOMAIN.md principle 7)."""
    return any_of(row_clauses(actor, owner, visibility))


@policy
def everybody(_actor: Actor) -> list[Clause]:
    """The condition on what the coalition cannot be without, and nobody may not see."""
    return [Clause(Why.EVERYBODY, sa.true())]


@policy
def districts(_actor: Actor) -> list[Clause]:
    """The condition on `territory` rows: regions and countries are territories too, but no districts."""
    return [Clause(Why.EVERYBODY, col(Territory.level) == TerritoryLevel.DISTRICT)]


@policy
def visible_organisations(actor: Actor) -> list[Clause]:
    """The condition on `organisation` rows; an organisation is its own owner."""
    return row_clauses(actor, Organisation.id, Organisation.visibility)


def reads_line_of(actor: Actor, column: Any) -> ColumnElement[bool]:
    """Rows whose organisation in `column` lies in the line that the actor may read."""
    return within(actor.reach("records:read"), column)


def within(reach: Reach, column: Any) -> ColumnElement[bool]:
    """What `Reach.covers` asks, of an organisation in `column`."""
    return sa.true() if reach.everything else column.in_(sorted(reach.organisations))


def reads_coalition(actor: Actor) -> bool:
    """Whether the actor reads what members share with each other."""
    return actor.may("coalition:read") and Visibility.COALITION in actor.shared


def reads_partners(actor: Actor) -> bool:
    """Whether the actor reads what members share with partners, and is one."""
    return actor.may("partners:read") and Visibility.PARTNERS in actor.shared


def is_auditor(actor: Actor) -> bool:
    """Whether the actor reads everybody's records; then names and contacts stay closed."""
    return actor.reach("records:read").everything


# ------------------------------------------------------------------ roles


def role_clauses(actor: Actor, role: Any = Role) -> list[Clause]:
    """Why a row of `role`, the table or an alias of it, is visible."""
    clauses: list[Clause] = []
    if actor.person_id is not None:
        clauses.append(Clause(Why.OWN_PERSON, role.person_id == actor.person_id))
    if is_auditor(actor):
        clauses.append(Clause(Why.AUDITED, sa.true(), "records:read"))
    if administers(actor):
        clauses.append(Clause(Why.ADMINISTERED, sa.true(), "access:administer"))
    if manages(actor):
        condition = sa.and_(_managed(actor, role), _lately(actor, role))
        clauses.append(Clause(Why.MANAGED, condition, "people:manage", at=role.organisation_id))
    if reads_coalition(actor):
        clauses.append(
            Clause(Why.IN_OFFICE, sa.and_(_in_office(role), active(actor, role)), "coalition:read")
        )
    clauses += [
        Clause(why, sa.and_(_consented(role.person_id, purpose), active(actor, role)), permission)
        for why, purpose, permission in _consents_heard(actor)
    ]
    return clauses


@policy
def visible_roles(actor: Actor) -> list[Clause]:
    """The condition on `role` rows: one's own, those of the line one leads, and of whom one may name."""
    return role_clauses(actor)


def hears_counts(actor: Actor, organisation_id: UUID) -> bool:
    """Whether the actor learns how many people hold which role in an organisation.

    Figures side by side per church body go to the Council only (DOMAIN.md principle 4), so that what
    members share with each other is which roles are filled, not by how many.
    """
    if actor.may("coverage:compare") or actor.may("access:administer"):
        return True
    return actor.may("records:read", organisation_id) or actor.may("people:manage", organisation_id)


def hears_roles(actor: Actor, organisation_id: UUID) -> bool:
    """Whether the actor learns which roles are held in an organisation."""
    return reads_coalition(actor) or hears_counts(actor, organisation_id)


def active(actor: Actor, role: Any = Role) -> ColumnElement[bool]:
    """Roles that are held on the actor's day."""
    if actor.as_of is None:
        return sa.false()
    return sa.and_(role.starts_on <= actor.as_of, sa.or_(role.ends_on.is_(None), role.ends_on >= actor.as_of))


def manages(actor: Actor) -> bool:
    """Whether the actor leads the people of a line."""
    return actor.may("people:manage")


def administers(actor: Actor) -> bool:
    """Whether the actor administers access."""
    return actor.may("access:administer")


def not_ended(actor: Actor, role: Any = Role) -> ColumnElement[bool]:
    """Roles that are held on the actor's day, or are to come."""
    if actor.as_of is None:
        return sa.false()
    return sa.and_(
        sa.or_(role.ends_on.is_(None), role.ends_on >= actor.as_of),
        sa.or_(role.ends_on.is_(None), role.ends_on >= role.starts_on),
    )


def _lately(actor: Actor, role: Any) -> ColumnElement[bool]:
    """Roles that are held, are to come, or ended not long ago."""
    if actor.as_of is None:
        return sa.false()
    earliest = actor.as_of - timedelta(days=SEEN_AFTER_END_DAYS)
    return sa.or_(role.ends_on.is_(None), role.ends_on >= earliest)


def _managed(actor: Actor, role: Any) -> ColumnElement[bool]:
    return within(actor.reach("people:manage"), role.organisation_id)


def _in_office(role: Any) -> ColumnElement[bool]:
    office = sa.select(Organisation.id).where(col(Organisation.kind) == OrganisationKind.COALITION)
    found: ColumnElement[bool] = role.organisation_id.in_(office.correlate(None))
    return found


def _consents_heard(actor: Actor) -> list[tuple[Why, ConsentPurpose, str]]:
    """To which purposes consent names a person to the actor; never to whoever audits."""
    heard = []
    if is_auditor(actor):
        return []
    if reads_coalition(actor):
        heard.append((Why.CONSENT_COALITION, ConsentPurpose.NAME_IN_COALITION, "coalition:read"))
    if reads_partners(actor):
        heard.append((Why.CONSENT_PARTNERS, ConsentPurpose.NAME_TO_PARTNERS, "partners:read"))
    return heard


def _consented(person_id: Any, purpose: ConsentPurpose) -> ColumnElement[bool]:
    found: ColumnElement[bool] = person_id.in_(consenting_persons(purpose).correlate(None))
    return found


# ------------------------------------------------------------------ persons


def _naming_clauses(actor: Actor) -> list[Clause]:
    """Why the actor may learn a person's name (DOMAIN.md principle 3)."""
    person: Any = Person
    clauses: list[Clause] = []
    if actor.person_id is not None:
        clauses.append(Clause(Why.OWN_PERSON, person.id == actor.person_id))
    role = aliased(Role)
    if manages(actor):
        managed = sa.and_(_managed(actor, role), _lately(actor, role))
        at = sa.select(role.organisation_id).where(role.person_id == person.id, managed).limit(1)
        clauses.append(
            Clause(
                Why.MANAGED, _holds(managed, role), "people:manage", at=at.correlate(Person).scalar_subquery()
            )
        )
    if reads_coalition(actor):
        office = sa.and_(_in_office(role), active(actor, role))
        clauses.append(Clause(Why.IN_OFFICE, _holds(office, role), "coalition:read"))
    clauses += [
        Clause(
            why,
            sa.and_(_consented(person.id, purpose), _holds(active(actor, role), role)),
            permission,
        )
        for why, purpose, permission in _consents_heard(actor)
    ]
    return clauses


def _holds(condition: ColumnElement[bool], role: Any) -> ColumnElement[bool]:
    """Persons of whom a row of `role` fulfils the condition."""
    found: ColumnElement[bool] = col(Person.id).in_(
        sa.select(role.person_id).where(condition).correlate(None)
    )
    return found


@policy
def visible_persons(actor: Actor) -> list[Clause]:
    """The condition on `person` rows: whom one may name; auditors and administrators see that they exist."""
    clauses = _naming_clauses(actor)
    if is_auditor(actor):
        clauses.append(Clause(Why.AUDITED, sa.true(), "records:read"))
    if administers(actor):
        clauses.append(Clause(Why.ADMINISTERED, sa.true(), "access:administer"))
    return clauses


@policy
def named_persons(actor: Actor) -> list[Clause]:
    """The condition on `person` rows whose name and languages the actor reads."""
    return _naming_clauses(actor)


@policy
def reachable_persons(actor: Actor) -> list[Clause]:
    """The condition on `person` rows whose e-mail address the actor reads: oneself, and one's own line."""
    return [clause for clause in _naming_clauses(actor) if clause.why in (Why.OWN_PERSON, Why.MANAGED)]
