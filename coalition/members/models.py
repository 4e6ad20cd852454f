"""Tables of organisations and their lines, territories, topics, people, roles, bodies."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.actor import Visibility
from coalition.core.data_version import DECIDES_ACCESS
from coalition.core.ids import new_id
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.tables import code_field, enum_field, json_field, moment_field, text_field
from coalition.members.enums import (
    BodyKind,
    ConsentPurpose,
    HolyDayTag,
    MandateKind,
    MembershipStatus,
    OrganisationKind,
    Pascha,
    Reckoning,
    Scope,
    TerritoryLevel,
)


class Denomination(SQLModel, table=True):
    """A confession; `code` is `orthodox`, `baptist`, `lutheran` and so on."""

    __tablename__ = "denomination"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = code_field(unique=True)
    name: dict[str, str] = json_field()


class Territory(SQLModel, table=True):
    """A country, region, district or locality.

    `code` of a district is ISO 3166-2 (`MD-CU`), of a region one of the coalition's four.
    `country` is ISO 3166-1 alpha-2.
    """

    __tablename__ = "territory"
    __table_args__ = (sa.UniqueConstraint("level", "code"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    parent_id: UUID | None = Field(default=None, foreign_key="territory.id", index=True)
    level: TerritoryLevel = enum_field(TerritoryLevel, "territory_level")
    code: str = code_field()
    country: str = text_field(2)
    type_text: str | None = text_field(default=None)
    name: dict[str, str] = json_field()
    sort_ro: str = code_field(default="")
    sort_ru: str = code_field(default="")
    sort_en: str = code_field(default="")


class TerritorySpelling(SQLModel, table=True):
    """A folded spelling under which a district is found; each finds one district."""

    __tablename__ = "territory_spelling"

    spelling: str = code_field(primary_key=True)
    territory_id: UUID = Field(foreign_key="territory.id", index=True)


class Topic(SQLModel, table=True):
    """What an activity or training is about; `topic_group` is cause, stage, method or as_written."""

    __tablename__ = "topic"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = code_field(unique=True)
    topic_group: str = text_field(20)
    label: dict[str, str] = json_field()


class Organisation(SQLModel, table=True):
    """A church, NGO, state body or other; `slug` is its shareable name.

    `denomination_id` is its own or the one of the line it stands in. Its parent of today is in
    `parent_id`; `organisation_line` has the dated history and everything above and below.
    Loaded ones keep `source`, `as_written` and `certainty` of the public record.

    `reckoning` and `pascha` are null where they are those of the line it stands in. `patronal_feast` is
    `11-08`, a day of the church's own year, or `+39`, so many days after Easter; it is never inherited.
    """

    __tablename__ = "organisation"
    __table_args__ = {"info": DECIDES_ACCESS}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = code_field(unique=True)
    name: dict[str, str] = json_field()
    kind: OrganisationKind = enum_field(OrganisationKind, "organisation_kind", index=True)
    status: MembershipStatus = enum_field(MembershipStatus, "organisation_status", index=True)
    denomination_id: UUID | None = Field(default=None, foreign_key="denomination.id", index=True)
    denomination_text: str | None = text_field(default=None)
    church_body_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    parent_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    district_id: UUID | None = Field(default=None, foreign_key="territory.id", index=True)
    place: str | None = text_field(default=None)
    country: str | None = text_field(2, default=None)
    languages: list[str] = json_field(default_factory=list)
    reckoning: Reckoning | None = enum_field(Reckoning, "organisation_reckoning", default=None)
    pascha: Pascha | None = enum_field(Pascha, "organisation_pascha", default=None)
    patronal_feast: str | None = code_field(default=None)
    patronal_feast_name: dict[str, str] = json_field(default_factory=dict)
    role_in_coalition: str | None = text_field(default=None)
    active_from: date | None = None
    active_from_precision: DatePrecision | None = enum_field(
        DatePrecision, "active_from_precision", default=None
    )
    active_from_certainty: DateCertainty | None = enum_field(
        DateCertainty, "active_from_certainty", default=None
    )
    active_from_text: str | None = text_field(default=None)
    source: str | None = text_field(default=None)
    as_written: str | None = text_field(default=None)
    certainty: str | None = text_field(default=None)
    visibility: Visibility = enum_field(Visibility, "organisation_visibility", default=Visibility.PUBLIC)
    search: str = text_field(default="")
    sort_ro: str = code_field(default="", index=True)
    sort_ru: str = code_field(default="", index=True)
    sort_en: str = code_field(default="", index=True)
    created_at: datetime = moment_field()
    created_by: str = text_field(80)
    updated_at: datetime = moment_field()
    revision: int = Field(default=1)


class OrganisationLine(SQLModel, table=True):
    """The dated closure of the tree: `ancestor` stood `depth` steps above `descendant` in that time.

    Every organisation stands in its own line at depth 0. `since` None: as far back as is known;
    `until` None: still. Figures of earlier days keep the line of those days.
    """

    __tablename__ = "organisation_line"
    __table_args__ = (
        sa.Index("ix_organisation_line_descendant", "descendant_id", "ancestor_id"),
        sa.Index("ix_organisation_line_ancestor", "ancestor_id", "descendant_id"),
        {"info": DECIDES_ACCESS},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    ancestor_id: UUID = Field(foreign_key="organisation.id")
    descendant_id: UUID = Field(foreign_key="organisation.id")
    depth: int
    since: date | None = None
    until: date | None = None


class CalendarRule(SQLModel, table=True):
    """What an organisation and all below it hold about a holy day, whatever its calendar says.

    With `falls_on` it speaks of one date only, and makes it a holy day; without `tag` the day is not kept.
    """

    __tablename__ = "calendar_rule"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    code: str = code_field()
    falls_on: date | None = None
    tag: HolyDayTag | None = enum_field(HolyDayTag, "calendar_rule_tag", default=None)
    name: dict[str, str] = json_field(default_factory=dict)
    position: int = 0
    created_at: datetime = moment_field()
    created_by: str = text_field(80)


class Person(SQLModel, table=True):
    """Someone who serves: never a person assisted. `is_demo` marks invented persons.

    An anonymised person has no name any more; what they did stays, without them.
    """

    __tablename__ = "person"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = text_field(200)
    languages: list[str] = json_field(default_factory=list)
    is_demo: bool = False
    created_at: datetime = moment_field()
    anonymised_at: datetime | None = moment_field(default=None)


class Consent(SQLModel, table=True):
    """A person's agreement to one purpose, to the text of one version; it stands until it is withdrawn."""

    __tablename__ = "consent"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    purpose: ConsentPurpose = enum_field(ConsentPurpose, "consent_purpose")
    version: str = text_field(40)
    given_at: datetime = moment_field()
    withdrawn_at: datetime | None = moment_field(default=None)


class RoleType(SQLModel, table=True):
    """A named set of permissions; `kinds` are the kinds of organisations in which it can be held.

    One that is `for_systems` is held by a partner's system, never by a person. `cost_budget` is how many
    points one request of its holders may come to. Whoever holds one with `needs_second_factor` signs in with
    two.
    """

    __tablename__ = "role_type"
    __table_args__ = {"info": DECIDES_ACCESS}

    code: str = code_field(primary_key=True)
    name: dict[str, str] = json_field()
    kinds: list[str] = json_field(default_factory=list)
    for_systems: bool = False
    cost_budget: int = 100_000
    needs_second_factor: bool = False


class RoleTypePermission(SQLModel, table=True):
    """One permission of a role type with its reach."""

    __tablename__ = "role_type_permission"
    __table_args__ = {"info": DECIDES_ACCESS}

    role_type: str = code_field(primary_key=True, foreign_key="role_type.code")
    permission: str = code_field(primary_key=True)
    scope: Scope = enum_field(Scope, "role_type_permission_scope")


class Role(SQLModel, table=True):
    """A person's role in an organisation between two days, both included; a change is a new role.

    Only `ends_on` is ever written again, and only to an earlier day. One that was ended before it began
    has its end before its start: it never held.
    """

    __tablename__ = "role"
    __table_args__ = {"info": DECIDES_ACCESS}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    role_type: str = code_field(foreign_key="role_type.code")
    starts_on: date
    ends_on: date | None = None


class Body(SQLModel, table=True):
    """A body of the coalition: platform, council, expert group, secretariat and others."""

    __tablename__ = "body"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = code_field(unique=True)
    kind: BodyKind = enum_field(BodyKind, "body_kind")
    name: dict[str, str] = json_field()


class Seat(SQLModel, table=True):
    """A seat of a body, held for an organisation where the statutes say so."""

    __tablename__ = "seat"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    body_id: UUID = Field(foreign_key="body.id", index=True)
    held_for_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    voting: bool = True


class Mandate(SQLModel, table=True):
    """A person on a seat; active if and only if start ≤ day ≤ end."""

    __tablename__ = "mandate"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    seat_id: UUID = Field(foreign_key="seat.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    kind: MandateKind = enum_field(MandateKind, "mandate_kind")
    starts_on: date
    ends_on: date | None = None
