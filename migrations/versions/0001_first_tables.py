"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_type", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("object_name", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_row")),
    )
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        batch_op.create_index("ix_audit_row_action", ["action", "id"], unique=False)
        batch_op.create_index("ix_audit_row_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_row_object", ["object_type", "object_id", "id"], unique=False)
        batch_op.create_index("ix_audit_row_person", ["person", "id"], unique=False)

    op.create_table(
        "endpoint",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("server", sa.String(length=32), nullable=False),
        sa.Column("base_url", sa.String(length=2048), nullable=False),
        sa.Column("identifier", sa.String(length=255), nullable=False),
        sa.Column("served_name", sa.String(length=255), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("api_version", sa.String(length=40), nullable=False),
        sa.Column("key_header", sa.String(length=40), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("quirks", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=600), nullable=False),
        sa.Column("api_key", sa.String(length=9000), nullable=True),
        sa.Column("key_origin", sa.String(length=300), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=8), nullable=False),
        sa.Column("key_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("tier_reasons", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("probe_id", sa.String(length=32), nullable=True),
        sa.Column("probed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint")),
        sa.UniqueConstraint("name_key", name=op.f("uq_endpoint_name_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_endpoint_slug")),
    )
    with op.batch_alter_table("endpoint", schema=None) as batch_op:
        batch_op.create_index("ix_endpoint_created_at", ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_endpoint_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_endpoint_platform"), ["platform"], unique=False)
        batch_op.create_index("ix_endpoint_probed_at", ["probed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_endpoint_tier"), ["tier"], unique=False)
        batch_op.create_index(batch_op.f("ix_endpoint_verdict"), ["verdict"], unique=False)

    op.create_table(
        "person",
        sa.Column("issuer", sa.String(length=340), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_person_issuer_subject")),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=340), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("provider_session", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("id_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_session_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_sign_in_session_last_seen_at", ["last_seen_at"], unique=False)
        batch_op.create_index("ix_sign_in_session_person", ["issuer", "subject"], unique=False)

    op.create_table(
        "sign_in_transaction",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("next_path", sa.String(length=2048), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_transaction")),
    )
    with op.batch_alter_table("sign_in_transaction", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_transaction_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_sign_in_transaction_network", ["network", "created_at"], unique=False)

    op.create_table(
        "acknowledgement",
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("feature", sa.String(length=48), nullable=False),
        sa.Column("wording_version", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=2048), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_acknowledgement_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
    )
    with op.batch_alter_table("acknowledgement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acknowledgement_endpoint_id"), ["endpoint_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("feature", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("endpoint_id", sa.String(length=32), nullable=True),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_assignment_endpoint_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("feature", name=op.f("uq_assignment_feature")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_endpoint_id"), ["endpoint_id"], unique=False)

    op.create_table(
        "probe",
        sa.Column("endpoint_id", sa.String(length=32), nullable=True),
        sa.Column("endpoint_version", sa.Integer(), nullable=True),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("depth", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("summary", sa.String(length=400), nullable=False),
        sa.Column("target", sa.String(length=2400), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_probe_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe")),
    )
    with op.batch_alter_table("probe", schema=None) as batch_op:
        batch_op.create_index("ix_probe_endpoint_started", ["endpoint_id", "started_at"], unique=False)
        batch_op.create_index("ix_probe_person_started", ["person", "started_at"], unique=False)
        batch_op.create_index("ix_probe_verdict", ["verdict"], unique=False)

    op.create_table(
        "standing",
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("feature", sa.String(length=48), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_standing_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint_id", "feature", name=op.f("pk_standing")),
    )
    op.create_table(
        "probe_step",
        sa.Column("probe_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("milliseconds", sa.Double(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("fix", sa.JSON(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["probe_id"], ["probe.id"], name=op.f("fk_probe_step_probe_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("probe_id", "position", name=op.f("pk_probe_step")),
    )


def downgrade() -> None:
    op.drop_table("probe_step")
    op.drop_table("standing")
    with op.batch_alter_table("probe", schema=None) as batch_op:
        batch_op.drop_index("ix_probe_verdict")
        batch_op.drop_index("ix_probe_person_started")
        batch_op.drop_index("ix_probe_endpoint_started")

    op.drop_table("probe")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_endpoint_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("acknowledgement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_acknowledgement_endpoint_id"))

    op.drop_table("acknowledgement")
    with op.batch_alter_table("sign_in_transaction", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_transaction_network")
        batch_op.drop_index("ix_sign_in_transaction_created_at")

    op.drop_table("sign_in_transaction")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_session_person")
        batch_op.drop_index("ix_sign_in_session_last_seen_at")
        batch_op.drop_index("ix_sign_in_session_created_at")

    op.drop_table("sign_in_session")
    op.drop_table("person")
    with op.batch_alter_table("endpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_endpoint_verdict"))
        batch_op.drop_index(batch_op.f("ix_endpoint_tier"))
        batch_op.drop_index("ix_endpoint_probed_at")
        batch_op.drop_index(batch_op.f("ix_endpoint_platform"))
        batch_op.drop_index(batch_op.f("ix_endpoint_owner"))
        batch_op.drop_index("ix_endpoint_created_at")

    op.drop_table("endpoint")
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_row_person")
        batch_op.drop_index("ix_audit_row_object")
        batch_op.drop_index("ix_audit_row_at")
        batch_op.drop_index("ix_audit_row_action")

    op.drop_table("audit_row")
