"""What a person is told of the own sign-ins, when an account was first used, and what a link is for.

Revision: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PURPOSE = sa.Enum(
    "INVITATION",
    "RESET",
    name="one_time_link_purpose",
    native_enum=False,
    create_constraint=True,
    length=40,
)


def upgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("joined_at", MOMENT, nullable=True))
    account = sa.table("account", sa.column("created_at"), sa.column("joined_at"), sa.column("password_hash"))
    came_in = account.c.password_hash.is_not(None)
    op.execute(account.update().where(came_in).values(joined_at=account.c.created_at))

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("browser", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("last_seen_at", MOMENT, nullable=True))
    sign_in = sa.table("sign_in", sa.column("created_at"), sa.column("last_seen_at"))
    op.execute(sign_in.update().values(last_seen_at=sign_in.c.created_at))
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.alter_column("last_seen_at", existing_type=MOMENT, nullable=False)

    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", PURPOSE, server_default="INVITATION", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_constraint("one_time_link_purpose", type_="check")
        batch_op.drop_column("purpose")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_column("last_seen_at")
        batch_op.drop_column("browser")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("joined_at")
