"""Passkeys, authenticator apps, recovery codes, and the step between password and sign-in.

Revision: 0010
Revises: 0009
"""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
