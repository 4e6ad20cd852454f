"""Accounts at outside providers, and operators of shared desks.

Revision: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
# The index that each table has beside its keys.
INDEXED = {
    "provider_identity": "account_id",
    "desk": "organisation_id",
    "desk_operator": "desk_id",
    "desk_turn": "operator_id",
}


def upgrade() -> None:
    op.create_table(
        "provider_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", BINARY_TEXT, nullable=False),
        sa.Column("subject", BINARY_TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        refers("provider_identity", "account_id", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_provider_identity_issuer_subject")),
    )
    op.create_table(
        "desk",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("operators_made", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        refers("desk", "account_id", "account.id"),
        refers("desk", "organisation_id", "organisation.id"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_desk")),
    )
    op.create_table(
        "desk_operator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("code_hash", BINARY_TEXT, nullable=True),
        sa.Column("code_expires_at", MOMENT, nullable=True),
        sa.Column("wrong_count", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        refers("desk_operator", "desk_id", "desk.account_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_operator")),
        sa.UniqueConstraint("desk_id", "number", name=op.f("uq_desk_operator_desk_id_number")),
    )
    op.create_table(
        "desk_turn",
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        refers("desk_turn", "sign_in_id", "sign_in.id", ondelete="CASCADE"),
        refers("desk_turn", "operator_id", "desk_operator.id"),
        sa.PrimaryKeyConstraint("sign_in_id", name=op.f("pk_desk_turn")),
    )
    for table, column in INDEXED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


def refers(table: str, column: str, to: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    """A foreign key named as everywhere."""
    name = op.f(f"fk_{table}_{column}_{to.partition('.')[0]}")
    return sa.ForeignKeyConstraint([column], [to], name=name, ondelete=ondelete)


def downgrade() -> None:
    for table in reversed(INDEXED):
        op.drop_table(table)
