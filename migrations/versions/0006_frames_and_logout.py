"""sign-in: proving it again, handing it to a frame, and logout tokens that were used"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NEW = (("purpose", 16), ("person", 600), ("challenge", 64))


def upgrade() -> None:
    op.create_table(
        "sign_in_handoff",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_handoff")),
    )
    op.create_index("ix_sign_in_handoff_created_at", "sign_in_handoff", ["created_at"])
    op.create_table(
        "spent_logout_token",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_logout_token")),
    )
    op.create_index("ix_spent_logout_token_expires_at", "spent_logout_token", ["expires_at"])
    op.create_index("ix_sign_in_session_provider_session", "sign_in_session", ["issuer", "provider_session"])
    with op.batch_alter_table("sign_in_transaction") as batch:
        for name, length in NEW:
            batch.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    with op.batch_alter_table("sign_in_transaction") as batch:
        for name, _ in NEW:
            batch.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("sign_in_transaction") as batch:
        for name, _ in reversed(NEW):
            batch.drop_column(name)
    op.drop_index("ix_sign_in_session_provider_session", table_name="sign_in_session")
    op.drop_table("spent_logout_token")
    op.drop_table("sign_in_handoff")
