"""An index by which a person's own deeds are found.

Revision: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor", "happened_at"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_actor", "audit_entry")
