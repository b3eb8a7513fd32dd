"""feature calls: revision, breakers, alerts, limits, usage, tries and marks"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_due_at"), ["due_at"], unique=False)

    op.create_table(
        "revision",
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_revision")),
    )
    op.create_table(
        "trial",
        sa.Column("feature", sa.String(length=48), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
    )
    with op.batch_alter_table("trial", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_person"), ["person"], unique=False)

    op.create_table(
        "usage_hour",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feature", sa.String(length=96), nullable=False),
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("token_id", sa.String(length=32), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("fallbacks", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.BigInteger(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("first_token_ms", sa.Float(), nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("first_token_buckets", sa.JSON(), nullable=False),
        sa.Column("duration_buckets", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "feature", "endpoint_id", "token_id", name=op.f("pk_usage_hour")),
    )
    op.create_table(
        "usage_total",
        sa.Column("operation", sa.String(length=24), nullable=False),
        sa.Column("feature", sa.String(length=96), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("error", sa.String(length=48), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("served_name", sa.String(length=255), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("first_token_ms", sa.Float(), nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("first_token_buckets", sa.JSON(), nullable=False),
        sa.Column("duration_buckets", sa.JSON(), nullable=False),
        sa.Column("prompt_buckets", sa.JSON(), nullable=False),
        sa.Column("completion_buckets", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("operation", "feature", "endpoint", "error", name=op.f("pk_usage_total")),
    )
    op.create_table(
        "breaker",
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_breaker_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_breaker")),
    )
    with op.batch_alter_table("breaker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_breaker_state"), ["state"], unique=False)

    op.create_table(
        "breaker_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_breaker_change_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaker_change")),
    )
    with op.batch_alter_table("breaker_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_breaker_change_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_breaker_change_endpoint_id"), ["endpoint_id"], unique=False)

    op.create_table(
        "limit_use",
        sa.Column("token_id", sa.String(length=32), nullable=False),
        sa.Column("feature", sa.String(length=96), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"], name=op.f("fk_limit_use_token_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_id", "feature", "minute", name=op.f("pk_limit_use")),
    )
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feature", sa.String(length=48), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("endpoint_a", sa.String(length=32), nullable=False),
        sa.Column("family_a", sa.String(length=32), nullable=False),
        sa.Column("endpoint_b", sa.String(length=32), nullable=False),
        sa.Column("family_b", sa.String(length=32), nullable=False),
        sa.Column("better", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["endpoint_a"], ["endpoint.id"], name=op.f("fk_mark_endpoint_a"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["endpoint_b"], ["endpoint.id"], name=op.f("fk_mark_endpoint_b"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
    )
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mark_endpoint_a"), ["endpoint_a"], unique=False)
        batch_op.create_index(batch_op.f("ix_mark_endpoint_b"), ["endpoint_b"], unique=False)

    op.create_table(
        "trial_side",
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.String(length=32), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("breaches", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_trial_side_endpoint_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name=op.f("fk_trial_side_trial_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trial_id", "position", name=op.f("pk_trial_side")),
    )
    with op.batch_alter_table("trial_side", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_side_endpoint_id"), ["endpoint_id"], unique=False)

    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("requests_per_minute", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("tokens_per_minute", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_column("tokens_per_minute")
        batch_op.drop_column("requests_per_minute")

    with op.batch_alter_table("trial_side", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trial_side_endpoint_id"))

    op.drop_table("trial_side")
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mark_endpoint_b"))
        batch_op.drop_index(batch_op.f("ix_mark_endpoint_a"))

    op.drop_table("mark")
    op.drop_table("limit_use")
    with op.batch_alter_table("breaker_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_breaker_change_endpoint_id"))
        batch_op.drop_index(batch_op.f("ix_breaker_change_at"))

    op.drop_table("breaker_change")
    with op.batch_alter_table("breaker", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_breaker_state"))

    op.drop_table("breaker")
    op.drop_table("usage_total")
    op.drop_table("usage_hour")
    with op.batch_alter_table("trial", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trial_person"))

    op.drop_table("trial")
    op.drop_table("revision")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_due_at"))

    op.drop_table("alert")
