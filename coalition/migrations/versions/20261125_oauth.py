"""Clients that are asked for, codes, families of tokens, devices and signing keys.

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
ACTS_FOR = ("SYSTEM", "PERSON")
STATES = ("REQUESTED", "ACTIVE", "PAUSED", "REFUSED", "ENDED")
REFUSALS = ("NOT_NEEDED", "TOO_MUCH", "TOO_LONG", "UNCLEAR", "NOT_SAFE")
ENDS = ("BY_CLIENT", "BY_PERSON", "CODE_REPLAYED", "REFRESH_REUSED")
DEVICE_STATES = ("PENDING", "ALLOWED", "DENIED", "USED")
SYSTEM_HAS_ROLE = "acts_for <> 'SYSTEM' OR (organisation_id IS NOT NULL AND role_type IS NOT NULL)"


def words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _widen_clients()
    _make_grants()
    _tie_tokens()
    _make_refresh_tokens()
    _make_codes()
    _make_device_requests()
    op.create_table(
        "signing_key",
        sa.Column("kid", CODE, nullable=False),
        sa.Column("public_key", JSON, nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )


def _widen_clients() -> None:
    with op.batch_alter_table("oauth_client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(1000), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("acts_for", words("acts_for", ACTS_FOR), server_default="SYSTEM", nullable=False)
        )
        batch_op.add_column(sa.Column("is_public", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(
            sa.Column("state", words("state", STATES), server_default="ACTIVE", nullable=False)
        )
        batch_op.add_column(
            sa.Column("grant_types", JSON, server_default='["client_credentials"]', nullable=False)
        )
        batch_op.add_column(sa.Column("redirect_uris", JSON, server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("previous_secret_hash", CODE, nullable=True))
        batch_op.add_column(sa.Column("previous_secret_ends_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("expires_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("last_used_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("requested_by", sa.String(80), nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.String(80), nullable=True))
        batch_op.add_column(sa.Column("approved_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("refusal", words("refusal", REFUSALS), nullable=True))
        batch_op.add_column(
            sa.Column("paused_by_office", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("updated_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
        batch_op.alter_column("secret_hash", existing_type=CODE, nullable=True)
        batch_op.alter_column("organisation_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.alter_column("role_type", existing_type=CODE, nullable=True)
    op.execute("UPDATE oauth_client SET updated_at = created_at")
    op.execute("UPDATE oauth_client SET state = 'ENDED' WHERE NOT is_active")
    with op.batch_alter_table("oauth_client", schema=None) as batch_op:
        batch_op.alter_column("updated_at", existing_type=MOMENT, nullable=False)
        batch_op.drop_column("is_active")
        batch_op.create_check_constraint("system_has_role", SYSTEM_HAS_ROLE)
        batch_op.create_index(batch_op.f("ix_oauth_client_state"), ["state"], unique=False)


def _make_grants() -> None:
    op.create_table(
        "oauth_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        _client(),
        _account(),
        sa.Column("scopes", JSON, nullable=False),
        *_times(),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("why", words("why", ENDS), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grant")),
        *_keys("oauth_grant", "client", "account"),
    )
    _index("oauth_grant", "client_id", "account_id", "expires_at")


def _tie_tokens() -> None:
    # Access tokens live ten minutes and are made anew by whoever needs one.
    op.execute("DELETE FROM oauth_token")
    with op.batch_alter_table("oauth_token", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_oauth_token_token_hash"), type_="unique")
        batch_op.drop_column("token_hash")
        batch_op.add_column(sa.Column("grant_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("revoked_at", MOMENT, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_oauth_token_grant_id_oauth_grant"),
            "oauth_grant",
            ["grant_id"],
            ["id"],
            ondelete="CASCADE",
        )
    _index("oauth_token", "grant_id")


def _make_refresh_tokens() -> None:
    op.create_table(
        "oauth_refresh_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", CODE, nullable=False),
        *_times(),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_refresh_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_oauth_refresh_token_token_hash")),
        *_keys("oauth_refresh_token", "grant"),
    )
    _index("oauth_refresh_token", "grant_id", "expires_at")


def _make_codes() -> None:
    op.create_table(
        "oauth_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        _client(),
        _account(),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("code_hash", CODE, nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("code_challenge", CODE, nullable=False),
        *_times(),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_oauth_code_code_hash")),
        *_keys("oauth_code", "client", "account", "grant"),
    )
    _index("oauth_code", "client_id", "account_id", "grant_id", "expires_at")


def _make_device_requests() -> None:
    op.create_table(
        "oauth_device_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        _client(),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("device_code_hash", CODE, nullable=False),
        sa.Column("user_code_hash", CODE, nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("state", words("state", DEVICE_STATES), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("polled_at", MOMENT, nullable=True),
        *_times(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_device_request")),
        sa.UniqueConstraint("device_code_hash", name=op.f("uq_oauth_device_request_device_code_hash")),
        sa.UniqueConstraint("user_code_hash", name=op.f("uq_oauth_device_request_user_code_hash")),
        *_keys("oauth_device_request", "client", "account", "grant"),
    )
    _index("oauth_device_request", "client_id", "account_id", "grant_id", "expires_at")


def _client() -> sa.Column[str]:
    return sa.Column("client_id", CODE, nullable=False)


def _account() -> sa.Column[object]:
    return sa.Column("account_id", sa.Uuid(), nullable=False)


def _times() -> list[sa.Column[object]]:
    return [sa.Column("created_at", MOMENT, nullable=False), sa.Column("expires_at", MOMENT, nullable=False)]


def _keys(table: str, *to: str) -> list[sa.ForeignKeyConstraint]:
    """The foreign keys of a table: to a client, an account, and the grant with which a row goes."""
    known = {
        "client": ("client_id", "oauth_client", "client_id", None),
        "account": ("account_id", "account", "id", None),
        "grant": ("grant_id", "oauth_grant", "id", "CASCADE"),
    }
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
        )
        for column, other, key, ondelete in (known[name] for name in to)
    ]


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        for column in columns:
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM oauth_token")
    with op.batch_alter_table("oauth_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oauth_token_grant_id"))
        batch_op.drop_constraint(batch_op.f("fk_oauth_token_grant_id_oauth_grant"), type_="foreignkey")
        batch_op.drop_column("revoked_at")
        batch_op.drop_column("grant_id")
        batch_op.add_column(sa.Column("token_hash", CODE, nullable=False))
        batch_op.create_unique_constraint(batch_op.f("uq_oauth_token_token_hash"), ["token_hash"])
    for table in ("signing_key", "oauth_device_request", "oauth_code", "oauth_refresh_token", "oauth_grant"):
        op.drop_table(table)
    _narrow_clients()


def _narrow_clients() -> None:
    # An older release knows systems only, all of them with a secret.
    op.execute("DELETE FROM oauth_client WHERE acts_for <> 'SYSTEM' OR secret_hash IS NULL")
    with op.batch_alter_table("oauth_client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_active", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        sa.text("UPDATE oauth_client SET is_active = :yes WHERE state = 'ACTIVE'").bindparams(yes=True)
    )
    with op.batch_alter_table("oauth_client", schema=None) as batch_op:
        batch_op.alter_column("is_active", existing_type=sa.Boolean(), server_default=None)
        batch_op.drop_index(batch_op.f("ix_oauth_client_state"))
        for name in ("system_has_role", "acts_for", "state", "refusal"):
            batch_op.drop_constraint(batch_op.f(f"ck_oauth_client_{name}"), type_="check")
        for column in (
            "purpose", "acts_for", "is_public", "state", "grant_types", "redirect_uris",
            "previous_secret_hash", "previous_secret_ends_at", "expires_at", "last_used_on",
            "requested_by", "approved_by", "approved_at", "refusal", "paused_by_office",
            "updated_at", "revision",
        ):  # fmt: skip
            batch_op.drop_column(column)
        batch_op.alter_column("secret_hash", existing_type=CODE, nullable=False)
        batch_op.alter_column("organisation_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.alter_column("role_type", existing_type=CODE, nullable=False)
