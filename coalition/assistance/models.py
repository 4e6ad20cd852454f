"""Tables of services, capacity pools and holds."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.assistance.enums import AssistanceKind, CanTake, CapacityUnit, HoldStatus, ServiceStatus
from coalition.core.actor import Visibility
from coalition.core.ids import new_id, random_id
from coalition.core.tables import code_field, enum_field, json_field, moment_field, text_field


class Service(SQLModel, table=True):
    """A service that a provider offers.

    `owner_id` is whose record it is; rights over it go by `provider_id`, and without a listed
    provider nobody has them. `outside_name` is the name without any place in it, which is what
    outsiders see of a protected service; `search_outside` and the `outside_sort_…` keys go with it.
    `code_signed_at` and `code_signed_by`: the provider's signature under the code of conduct.
    Of a protected service outsiders are told `assured_on` from `assured_told_at` on, and `assured_before`
    until then.
    """

    __tablename__ = "service"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str | None = code_field(default=None, unique=True)
    owner_id: UUID = Field(foreign_key="organisation.id", index=True)
    visibility: Visibility = enum_field(Visibility, "service_visibility")
    provider_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    provider_name: str | None = text_field(default=None)
    name: dict[str, str] = json_field()
    outside_name: dict[str, str] = json_field()
    protected: bool
    status: ServiceStatus = enum_field(ServiceStatus, "service_status")
    region_id: UUID | None = Field(default=None, foreign_key="territory.id", index=True)
    district_id: UUID | None = Field(default=None, foreign_key="territory.id", index=True)
    place: str | None = text_field(default=None)
    country: str | None = text_field(2, default=None)
    languages: list[str] = json_field(default_factory=list)
    target_groups: list[str] = json_field(default_factory=list)
    target_group_text: str | None = text_field(default=None)
    stay: str | None = text_field(default=None)
    assured_on: date | None = None
    assured_before: date | None = None
    assured_told_at: datetime | None = moment_field(default=None)
    contact_desk: str | None = text_field(default=None)
    active_from: date | None = None
    active_from_text: str | None = text_field(default=None)
    code_signed_at: datetime | None = moment_field(default=None)
    code_signed_by: str | None = text_field(80, default=None)
    source: str | None = text_field(default=None)
    as_written: str | None = text_field(default=None)
    search: str = text_field(default="")
    search_outside: str = text_field(default="")
    sort_ro: str = code_field(default="")
    sort_ru: str = code_field(default="")
    sort_en: str = code_field(default="")
    outside_sort_ro: str = code_field(default="")
    outside_sort_ru: str = code_field(default="")
    outside_sort_en: str = code_field(default="")
    created_at: datetime = moment_field()
    created_by: str = text_field(80)
    updated_at: datetime = moment_field()
    revision: int = Field(default=1)


class ServiceKind(SQLModel, table=True):
    """One kind of help that a service offers."""

    __tablename__ = "service_kind"

    service_id: UUID = Field(primary_key=True, foreign_key="service.id", ondelete="CASCADE")
    kind: AssistanceKind = enum_field(AssistanceKind, "service_kind_kind", primary_key=True)
    position: int = 0


class ServiceLanguage(SQLModel, table=True):
    """A language spoken in a service, as BCP 47 (also kept in order in `service.languages`)."""

    __tablename__ = "service_language"

    service_id: UUID = Field(primary_key=True, foreign_key="service.id", ondelete="CASCADE")
    language: str = code_field(primary_key=True)


class ServiceTargetGroup(SQLModel, table=True):
    """A target group of a service (also kept in order in `service.target_groups`)."""

    __tablename__ = "service_target_group"

    service_id: UUID = Field(primary_key=True, foreign_key="service.id", ondelete="CASCADE")
    target_group: str = code_field(primary_key=True)


class ServicePartner(SQLModel, table=True):
    """An organisation that runs a service together with the provider."""

    __tablename__ = "service_partner"

    service_id: UUID = Field(primary_key=True, foreign_key="service.id", ondelete="CASCADE")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id", index=True)
    role: str = text_field(200)
    position: int = 0


class CapacityPool(SQLModel, table=True):
    """Places of one kind in a service. `held` is counted from holds; `available` is computed.

    Never confirmed, or past `stale_at`: STALE, nothing available, never held.
    `target_group` None means any.
    """

    __tablename__ = "capacity_pool"
    __table_args__ = (
        sa.CheckConstraint("maximum BETWEEN 0 AND 1000000", name="maximum_in_range"),
        sa.CheckConstraint("occupied >= 0", name="occupied_not_negative"),
        sa.CheckConstraint("occupied <= maximum", name="occupied_within_maximum"),
    )

    id: UUID = Field(default_factory=random_id, primary_key=True)
    service_id: UUID = Field(foreign_key="service.id", index=True)
    position: int = 0
    unit: CapacityUnit = enum_field(CapacityUnit, "capacity_unit")
    unit_text: str | None = text_field(default=None)
    target_group: str | None = text_field(40, default=None)
    target_group_text: str | None = text_field(default=None)
    maximum: int | None = None
    occupied: int | None = None
    confirmed_at: datetime | None = moment_field(default=None)
    confirmed_by: str | None = text_field(80, default=None)
    stale_at: datetime | None = moment_field(default=None)


class PoolWord(SQLModel, table=True):
    """A change of the word that outsiders hear of a protected pool, shown to them from `shown_at` on.

    `true_at` is when the word became true; rows ahead of now foresee expiring holds and staleness.
    The word heard at a moment is that of the latest `true_at` among rows already shown; of two
    with the same, that of the higher `sequence`, which counts within the pool.
    """

    __tablename__ = "pool_word"
    __table_args__ = (sa.Index("ix_pool_word_pool", "pool_id", "true_at"),)

    id: UUID = Field(default_factory=random_id, primary_key=True)
    pool_id: UUID = Field(foreign_key="capacity_pool.id", ondelete="CASCADE")
    sequence: int
    word: CanTake = enum_field(CanTake, "pool_word_word")
    true_at: datetime = moment_field()
    shown_at: datetime = moment_field()


class Hold(SQLModel, table=True):
    """Places held for an organisation until `expires_at`; expiry needs no job."""

    __tablename__ = "hold"
    __table_args__ = (
        sa.CheckConstraint("quantity BETWEEN 1 AND 50", name="quantity_in_range"),
        sa.Index("ix_hold_pool", "pool_id", "status", "expires_at"),
        sa.Index("ix_hold_organisation", "organisation_id", "created_at"),
    )

    id: UUID = Field(default_factory=random_id, primary_key=True)
    reference: str = code_field(unique=True)
    pool_id: UUID = Field(foreign_key="capacity_pool.id")
    service_id: UUID = Field(foreign_key="service.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    quantity: int
    status: HoldStatus = enum_field(HoldStatus, "hold_status")
    expires_at: datetime = moment_field()
    ended_at: datetime | None = moment_field(default=None)
    created_at: datetime = moment_field()
    created_by: str = text_field(80)


class HoldAttempt(SQLModel, table=True):
    """An attempt on a protected service that came to nothing; the provider sees it, five a day end it."""

    __tablename__ = "hold_attempt"
    __table_args__ = (
        sa.Index("ix_hold_attempt_organisation", "organisation_id", "attempted_on"),
        sa.Index("ix_hold_attempt_created_by", "created_by", "attempted_on"),
    )

    id: UUID = Field(default_factory=random_id, primary_key=True)
    service_id: UUID = Field(foreign_key="service.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id")
    attempted_at: datetime = moment_field()
    attempted_on: date
    code: str = text_field(40)
    created_by: str = text_field(80)
