"""people and roles.

Revision: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kinds = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    # The kinds that a role type is allowed in are filled by `seed`, which follows every migration.
    with op.batch_alter_table("role_type", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kinds", kinds, server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("for_systems", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("role_type", schema=None) as batch_op:
        batch_op.drop_column("for_systems")
        batch_op.drop_column("kinds")
