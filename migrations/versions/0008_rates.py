"""limits by the minute that workers share"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_use",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "minute", name=op.f("pk_rate_use")),
    )
    op.create_index("ix_rate_use_minute", "rate_use", ["minute"], unique=False)


def downgrade() -> None:
    op.drop_table("rate_use")
