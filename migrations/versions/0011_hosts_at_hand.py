"""the hosts and families that have entries are found without reading all of them"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index for each."""
    op.create_index("ix_pairing_host", "pairing", ["host"])
    op.create_index("ix_catalogue_model_family", "catalogue_model", ["family"])


def downgrade() -> None:
    """Both go again."""
    op.drop_index("ix_catalogue_model_family", table_name="catalogue_model")
    op.drop_index("ix_pairing_host", table_name="pairing")
