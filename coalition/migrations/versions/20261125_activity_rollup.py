"""Figures of coverage kept beside the activities.

Activities count by themselves until they are rolled up, which `coalition migrate` does next: it needs SQL
that follows the rules of coverage, and those go on changing after this migration.

Revision: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# Of visibility: public, partners, coalition, private.
LEVELS = (1, 2, 3, 4)


def upgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_rolled_up", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_index(
            "ix_activity_not_rolled_up",
            ["id"],
            unique=False,
            sqlite_where=sa.text("is_rolled_up = 0"),
            postgresql_where=sa.text("NOT is_rolled_up"),
        )
        # What only the line of an owner sees is counted for that line by itself.
        batch_op.create_index("ix_activity_owner", ["owner_id", "visibility"], unique=False)
        batch_op.drop_index(batch_op.f("ix_activity_owner_id"))
    op.create_table(
        "activity_rollup",
        sa.Column("sides", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("church_body_id", sa.Uuid(), nullable=False),
        sa.Column("denomination_id", sa.Uuid(), nullable=False),
        sa.Column("topic_id", sa.Uuid(), nullable=False),
        sa.Column("kind", BINARY_TEXT, nullable=False),
        sa.Column("first_month", sa.Integer(), nullable=False),
        sa.Column("last_month", sa.Integer(), nullable=False),
        *(sa.Column(f"activities_{level}", sa.Integer(), nullable=False) for level in LEVELS),
        *(sa.Column(f"with_reach_{level}", sa.Integer(), nullable=False) for level in LEVELS),
        *(sa.Column(f"people_reached_{level}", sa.BigInteger(), nullable=False) for level in LEVELS),
        sa.PrimaryKeyConstraint(
            "sides",
            "month",
            "district_id",
            "church_body_id",
            "denomination_id",
            "topic_id",
            "kind",
            "first_month",
            "last_month",
            name=op.f("pk_activity_rollup"),
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("activity_rollup")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_owner_id"), ["owner_id"], unique=False)
        batch_op.drop_index("ix_activity_owner")
        batch_op.drop_index("ix_activity_not_rolled_up")
        batch_op.drop_column("is_rolled_up")
