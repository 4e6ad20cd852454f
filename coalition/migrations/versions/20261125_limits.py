"""What one request of a role type's holders may cost.

Revision: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The budgets of each role type are filled by `seed`, which follows every migration.
    with op.batch_alter_table("role_type", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cost_budget", sa.Integer(), server_default="100000", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("role_type", schema=None) as batch_op:
        batch_op.drop_column("cost_budget")
