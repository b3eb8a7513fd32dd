"""the values of endpoints' extra headers are sealed"""

import json

import sqlalchemy as sa
from alembic import op

from app.config import load_settings, with_own_key
from app.lib.sealed import Sealer

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ENDPOINT = sa.table(
    "endpoint", sa.column("id", sa.String), sa.column("headers", sa.JSON), sa.column("header_values", sa.Text)
)


def upgrade() -> None:
    """What is stored in clear is sealed once the keys are at hand: by `migrate`, or by the portal when it starts."""
    op.add_column("endpoint", sa.Column("header_values", sa.Text(), nullable=True))


def downgrade() -> None:
    """Put the values back in clear, which takes the keys; raises CannotOpen where they are others."""
    wanted = sa.select(ENDPOINT).where(ENDPOINT.c.header_values.is_not(None))
    connection = op.get_bind()
    rows = connection.execute(wanted).all()
    if rows:
        sealer = Sealer([key.get_secret_value() for key in with_own_key(load_settings()).secret_keys])
        for row in rows:
            values = json.loads(sealer.open(row.header_values, f"endpoint|{row.id}|header_values"))
            connection.execute(sa.update(ENDPOINT).where(ENDPOINT.c.id == row.id).values(headers=values))
    with op.batch_alter_table("endpoint") as batch_op:
        batch_op.drop_column("header_values")
