"""what follows from a test: capabilities, readiness, fallbacks, responsibility, tokens, leases"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# What rows that are there already get in a column that must hold something.
FILLINGS = {"auth": "key", "readiness": "unknown", "findings": "[]", "readiness_reasons": "[]", "dialect_version": "0"}
# What serves each feature now has served it since its last change, as far as is known.
PERIODS = """
INSERT INTO assignment_period (id, feature, state, endpoint_id, endpoint_name, identifier, model, host, family, tier,
    fallbacks, changed_by, began_at, created_at, updated_at)
SELECT a.id, a.feature, a.state, coalesce(e.id, ''), coalesce(e.name, ''), coalesce(e.identifier, ''),
    coalesce(e.model, ''), CASE WHEN e.platform = 'openai_compatible' THEN e.server ELSE coalesce(e.platform, '') END,
    CASE WHEN a.family = '' THEN coalesce(e.family, '') ELSE a.family END, coalesce(s.tier, ''),
    '[]', a.changed_by, a.updated_at, a.updated_at, a.updated_at
FROM assignment a LEFT JOIN endpoint e ON e.id = a.endpoint_id
    LEFT JOIN standing s ON s.endpoint_id = e.id AND s.feature = a.feature
"""


def add_columns(table: str, *columns: sa.Column) -> None:
    """Add columns, the mandatory ones filled for the rows that are there; no default stays in the database."""
    mandatory = [each for each in columns if not each.nullable]
    for each in mandatory:
        each.server_default = sa.DefaultClause(FILLINGS.get(each.name, ""))
    with op.batch_alter_table(table) as batch_op:
        for each in columns:
            batch_op.add_column(each)
    with op.batch_alter_table(table) as batch_op:
        for each in mandatory:
            batch_op.alter_column(each.name, existing_type=each.type, existing_nullable=False, server_default=None)


def upgrade() -> None:
    op.create_table(
        "assignment_period",
        sa.Column("feature", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("endpoint_name", sa.String(length=255), nullable=False),
        sa.Column("identifier", sa.String(length=255), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("fallbacks", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_period")),
    )
    with op.batch_alter_table("assignment_period", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_period_feature", ["feature", "began_at"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "token",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("maker", sa.String(length=600), nullable=False),
        sa.Column("maker_name", sa.String(length=255), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("public_id", name=op.f("uq_token_public_id")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_maker"), ["maker"], unique=False)

    op.create_table(
        "capability",
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("ability", sa.String(length=24), nullable=False),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("probe_id", sa.String(length=32), nullable=False),
        sa.Column("dialect_version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("aged", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_capability_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint_id", "ability", name=op.f("pk_capability")),
    )
    op.create_table(
        "health_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("probe_id", sa.String(length=32), nullable=False),
        sa.Column("summary", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_health_change_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_change")),
    )
    with op.batch_alter_table("health_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_health_change_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_health_change_endpoint_id"), ["endpoint_id"], unique=False)

    op.create_table(
        "responsibility",
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("processor", sa.String(length=255), nullable=False),
        sa.Column("retention", sa.String(length=255), nullable=False),
        sa.Column("training_use", sa.String(length=16), nullable=False),
        sa.Column("cost_note", sa.Text(), nullable=False),
        sa.Column("quality_note", sa.Text(), nullable=False),
        sa.Column("attested_by", sa.String(length=600), nullable=False),
        sa.Column("attested_name", sa.String(length=255), nullable=False),
        sa.Column("attested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_responsibility_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
        sa.UniqueConstraint("endpoint_id", name=op.f("uq_responsibility_endpoint_id")),
    )
    with op.batch_alter_table("responsibility", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responsibility_valid_until"), ["valid_until"], unique=False)

    op.create_table(
        "fallback",
        sa.Column("assignment_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_fallback_assignment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_fallback_endpoint_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("assignment_id", "position", name=op.f("pk_fallback")),
    )
    with op.batch_alter_table("fallback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fallback_endpoint_id"), ["endpoint_id"], unique=False)

    add_columns(
        "endpoint",
        sa.Column("auth", sa.String(length=24), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("access_key_id", sa.String(length=128), nullable=False),
        sa.Column("session_token", sa.String(length=9000), nullable=True),
        sa.Column("role_arn", sa.String(length=2048), nullable=False),
        sa.Column("external_id", sa.String(length=1224), nullable=False),
        sa.Column("ca_pem", sa.Text(), nullable=False),
        sa.Column("client_certificate", sa.Text(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=True),
        sa.Column("tls_server_name", sa.String(length=255), nullable=False),
        sa.Column("judged", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("stated_context", sa.BigInteger(), nullable=True),
    )

    add_columns(
        "probe",
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("dialect_version", sa.Integer(), nullable=False),
    )

    add_columns(
        "probe_step",
        sa.Column("findings", sa.JSON(), nullable=False),
    )

    add_columns(
        "standing",
        sa.Column("readiness", sa.String(length=16), nullable=False),
        sa.Column("readiness_reasons", sa.JSON(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("aged", sa.String(length=16), nullable=False),
    )

    op.execute("UPDATE endpoint SET judged = verdict WHERE verdict IN ('passed', 'warned', 'failed')")
    op.execute(PERIODS)


def downgrade() -> None:
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.drop_column("aged")
        batch_op.drop_column("measured_at")
        batch_op.drop_column("readiness_reasons")
        batch_op.drop_column("readiness")

    with op.batch_alter_table("probe_step", schema=None) as batch_op:
        batch_op.drop_column("findings")

    with op.batch_alter_table("probe", schema=None) as batch_op:
        batch_op.drop_column("dialect_version")
        batch_op.drop_column("fingerprint")

    with op.batch_alter_table("endpoint", schema=None) as batch_op:
        batch_op.drop_column("stated_context")
        batch_op.drop_column("fingerprint")
        batch_op.drop_column("judged")
        batch_op.drop_column("tls_server_name")
        batch_op.drop_column("client_key")
        batch_op.drop_column("client_certificate")
        batch_op.drop_column("ca_pem")
        batch_op.drop_column("external_id")
        batch_op.drop_column("role_arn")
        batch_op.drop_column("session_token")
        batch_op.drop_column("access_key_id")
        batch_op.drop_column("project")
        batch_op.drop_column("region")
        batch_op.drop_column("auth")

    with op.batch_alter_table("fallback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fallback_endpoint_id"))

    op.drop_table("fallback")
    with op.batch_alter_table("responsibility", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_responsibility_valid_until"))

    op.drop_table("responsibility")
    with op.batch_alter_table("health_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_health_change_endpoint_id"))
        batch_op.drop_index(batch_op.f("ix_health_change_at"))

    op.drop_table("health_change")
    op.drop_table("capability")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_token_maker"))

    op.drop_table("token")
    op.drop_table("lease")
    with op.batch_alter_table("assignment_period", schema=None) as batch_op:
        batch_op.drop_index("ix_assignment_period_feature")

    op.drop_table("assignment_period")
