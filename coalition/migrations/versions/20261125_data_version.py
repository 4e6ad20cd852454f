"""The version of the data, which tells whether what was made of it before still holds.

Revision: 0014
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SLOTS = 16


def upgrade() -> None:
    table = op.create_table(
        "data_version",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("access_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_data_version"),
    )
    op.bulk_insert(table, [{"slot": slot, "number": 0, "access_number": 0} for slot in range(SLOTS)])


def downgrade() -> None:
    op.drop_table("data_version")
