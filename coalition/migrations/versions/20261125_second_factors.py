"""Passkeys, authenticator apps, recovery codes, and the step between password and sign-in.

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
TABLES = ("sign_in_step", "passkey", "passkey_challenge", "authenticator", "recovery_code")


def closed_set(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def method(name: str) -> sa.Enum:
    return closed_set(name, "PASSWORD", "PASSKEY", "LINK", "PROVIDER", "PIN")


def upgrade() -> None:
    # Which role types need one is filled by `seed`, which follows every migration.
    with op.batch_alter_table("role_type", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("needs_second_factor", sa.Boolean(), server_default=sa.false(), nullable=False)
        )

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("method", method("sign_in_method"), server_default="PASSWORD", nullable=False)
        )
        batch_op.add_column(
            sa.Column("with_second_factor", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("proven_at", MOMENT, nullable=True))
    sign_in = sa.table("sign_in", sa.column("created_at"), sa.column("proven_at"))
    op.execute(sign_in.update().values(proven_at=sign_in.c.created_at))
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.alter_column("proven_at", existing_type=MOMENT, nullable=False)

    create_account_table(
        "sign_in_step",
        sa.Column("token_hash", BINARY_TEXT, nullable=False),
        sa.Column("method", method("sign_in_step_method"), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_step_token_hash")),
    )
    create_account_table(
        "passkey",
        sa.Column("credential_id", BINARY_TEXT, nullable=False),
        sa.Column("public_key", BINARY_TEXT, nullable=False),
        sa.Column("host", BINARY_TEXT, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    create_account_table(
        "passkey_challenge",
        sa.Column("challenge", BINARY_TEXT, nullable=False),
        sa.Column(
            "purpose",
            closed_set("passkey_challenge_purpose", "REGISTER", "SIGN_IN", "SECOND_STEP", "PROVE"),
            nullable=False,
        ),
        sa.Column("browser_hash", BINARY_TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.UniqueConstraint("challenge", name=op.f("uq_passkey_challenge_challenge")),
        may_lack_account=True,
    )
    create_account_table(
        "authenticator",
        sa.Column("sealed_secret", BINARY_TEXT, nullable=False),
        sa.Column("begun_in", sa.Uuid(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
    )
    create_account_table(
        "recovery_code",
        sa.Column("code_hash", BINARY_TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    for table in ("sign_in_step", "passkey_challenge"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_expires_at"), ["expires_at"], unique=False)


def create_account_table(name: str, *parts: sa.schema.SchemaItem, may_lack_account: bool = False) -> None:
    """A table with its key, the account it belongs to, and `parts`."""
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=may_lack_account),
        *parts,
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{name}_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    with op.batch_alter_table(name, schema=None) as batch_op:
        batch_op.create_index(batch_op.f(f"ix_{name}_account_id"), ["account_id"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_constraint("sign_in_method", type_="check")
        batch_op.drop_column("proven_at")
        batch_op.drop_column("with_second_factor")
        batch_op.drop_column("method")
    with op.batch_alter_table("role_type", schema=None) as batch_op:
        batch_op.drop_column("needs_second_factor")
