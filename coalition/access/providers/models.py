"""Who somebody is at an outside OpenID provider."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.ids import random_id
from coalition.core.tables import code_field, moment_field


class ProviderIdentity(SQLModel, table=True):
    """An account is opened by this subject of this issuer; of an address or a name nothing is kept."""

    __tablename__ = "provider_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    issuer: str = code_field()
    subject: str = code_field()
    created_at: datetime = moment_field()
