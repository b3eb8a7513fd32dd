"""the audit log becomes a chain whose rows stay as they are, with its keys, its head and its cuts"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = {"session": 16, "address": 64, "previous": 64, "hash": 64}
GENESIS = "0" * 64
REFUSED = "rows of the audit log are neither changed nor deleted"

# A migration that rebuilds audit_row on SQLite loses these with the old table and has to make them again.
SQLITE = (
    f"""CREATE TRIGGER audit_row_stays BEFORE UPDATE ON audit_row
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    f"""CREATE TRIGGER audit_row_remains BEFORE DELETE ON audit_row
    WHEN coalesce(OLD.seq, 0) > coalesce((SELECT max(seq) FROM audit_cut), -1)
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",  # noqa: S608 (a constant of ours)
)
POSTGRESQL = (
    f"""CREATE FUNCTION audit_row_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF coalesce(OLD.seq, 0) <= coalesce((SELECT max(seq) FROM audit_cut), -1) THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",  # noqa: S608
    """CREATE TRIGGER audit_row_stays BEFORE UPDATE OR DELETE ON audit_row
    FOR EACH ROW EXECUTE FUNCTION audit_row_refuse()""",
    """CREATE TRIGGER audit_row_remains BEFORE TRUNCATE ON audit_row
    FOR EACH STATEMENT EXECUTE FUNCTION audit_row_refuse()""",
)


def upgrade() -> None:
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_seq", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": GENESIS, "checked_seq": 0, "fault": ""}])
    op.create_table(
        "audit_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(length=400), nullable=False),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_key")),
    )
    op.create_table(
        "audit_cut",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_cut")),
    )
    with op.batch_alter_table("audit_row") as batch_op:
        batch_op.add_column(sa.Column("seq", sa.Integer(), nullable=True))
        for name, length in TEXTS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    with op.batch_alter_table("audit_row") as batch_op:
        for name, length in TEXTS.items():
            batch_op.alter_column(
                name, existing_type=sa.String(length=length), existing_nullable=False, server_default=None
            )
        batch_op.create_unique_constraint(op.f("uq_audit_row_seq"), ["seq"])
    for statement in SQLITE if _on_sqlite() else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if _on_sqlite():
        op.execute("DROP TRIGGER audit_row_remains")
        op.execute("DROP TRIGGER audit_row_stays")
    else:
        op.execute("DROP FUNCTION audit_row_refuse() CASCADE")
    with op.batch_alter_table("audit_row") as batch_op:
        batch_op.drop_constraint(op.f("uq_audit_row_seq"), type_="unique")
        for name in reversed(("seq", *TEXTS)):
            batch_op.drop_column(name)
    for table in ("audit_cut", "audit_key", "audit_head"):
        op.drop_table(table)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
