"""Which calendar churches keep, what is held about holy days by hand, and holy days accepted for a training.

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

KNOWN = {
    "moc": ("OLD", "ORTHODOX"),
    "bes": ("OLD", "ORTHODOX"),
    "ubceb": ("NEW", "ORTHODOX"),
    "elc": ("WESTERN", "WESTERN"),
}


def closed_set(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    reckoning = closed_set("organisation_reckoning", "OLD", "NEW", "WESTERN")
    pascha = closed_set("organisation_pascha", "ORTHODOX", "WESTERN")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reckoning", reckoning, nullable=True))
        batch_op.add_column(sa.Column("pascha", pascha, nullable=True))
        batch_op.add_column(sa.Column("patronal_feast", BINARY_TEXT, nullable=True))
        batch_op.add_column(sa.Column("patronal_feast_name", JSON, server_default="{}", nullable=False))
    # Those that are loaded later get theirs from the loader.
    organisation = sa.table("organisation", sa.column("slug"), sa.column("reckoning"), sa.column("pascha"))
    for slug, (its_reckoning, its_pascha) in KNOWN.items():
        op.execute(
            organisation.update()
            .where(organisation.c.slug == slug)
            .values(reckoning=its_reckoning, pascha=its_pascha)
        )

    op.create_table(
        "calendar_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", BINARY_TEXT, nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=True),
        sa.Column(
            "tag",
            closed_set("calendar_rule_tag", "NO_TRAINING", "AVOID", "FASTING", "CIVIL_HOLIDAY"),
            nullable=True,
        ),
        sa.Column("name", JSON, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_calendar_rule_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_rule")),
    )
    with op.batch_alter_table("calendar_rule", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_calendar_rule_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "accepted_holy_day",
        sa.Column("training_session_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("code", BINARY_TEXT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_accepted_holy_day_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["training_session_id"],
            ["training_session.id"],
            name=op.f("fk_accepted_holy_day_training_session_id_training_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "training_session_id", "organisation_id", "falls_on", "code", name=op.f("pk_accepted_holy_day")
        ),
    )
    with op.batch_alter_table("accepted_holy_day", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accepted_holy_day_organisation_id"), ["organisation_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("accepted_holy_day")
    op.drop_table("calendar_rule")

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_constraint("organisation_reckoning", type_="check")
        batch_op.drop_constraint("organisation_pascha", type_="check")
        batch_op.drop_column("patronal_feast_name")
        batch_op.drop_column("patronal_feast")
        batch_op.drop_column("pascha")
        batch_op.drop_column("reckoning")
