"""the catalogue: models, pairings, reports, votes, comments, proposals, bundles, and an index to search by"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What entries are narrowed by, in every index that they are sorted by; each with what comes before and after it.
NARROWED = (
    "host", "family", "code_completion", "code_generation", "chat", "agent_platform", "open_weights", "memory_rank",
    "model_slug", "number",
)  # fmt: skip
ORDERS = {
    "best": (
        (sa.literal_column("tier_rank DESC"), sa.literal_column("confidence DESC"), sa.literal_column("votes DESC"),
         "name_key", "id"),
        ("context_rank",),
    ),
    "name": (("name_key", "id"), ("context_rank", "tier_rank")),
    "stars": ((sa.literal_column("stars_rank DESC"), "name_key", "id"), ("context_rank", "tier_rank")),
    "votes": ((sa.literal_column("votes DESC"), "name_key", "id"), ("context_rank", "tier_rank")),
    "size": (("size_rank", "name_key", "id"), ("context_rank", "tier_rank")),
    "context": ((sa.literal_column("context_rank DESC"), "name_key", "id"), ("tier_rank",)),
}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "bundle_taken",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("installation", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_bundle_taken")),
    )
    op.create_table(
        "catalogue_model",
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("spelling", sa.String(length=120), nullable=False),
        sa.Column("maker", sa.String(length=120), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Double(), nullable=True),
        sa.Column("active", sa.Double(), nullable=True),
        sa.Column("context", sa.Integer(), nullable=True),
        sa.Column("licence", sa.String(length=120), nullable=False),
        sa.Column("open_weights", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("deprecated_since", sa.String(length=32), nullable=False),
        sa.Column("replacement", sa.String(length=120), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("corrected", sa.JSON(), nullable=False),
        sa.Column("stated_memory", sa.Integer(), nullable=True),
        sa.Column("estimated_memory", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_catalogue_model")),
        sa.UniqueConstraint("name_key", name=op.f("uq_catalogue_model_name_key")),
    )
    with op.batch_alter_table("catalogue_model", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_model_spelling"), ["spelling"], unique=False)

    op.create_table(
        "catalogue_platform",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_catalogue_platform")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("private_key", sa.String(length=400), nullable=True),
        sa.Column("is_self", sa.Boolean(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "catalogue_hardware",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_slug", sa.String(length=120), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("card_key", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("memory", sa.Integer(), nullable=False),
        sa.Column("need", sa.Integer(), nullable=True),
        sa.Column("context", sa.Integer(), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_slug"], ["catalogue_model.slug"], name=op.f("fk_catalogue_hardware_model_slug"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_hardware")),
    )
    with op.batch_alter_table("catalogue_hardware", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_hardware_card_key"), ["card_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_catalogue_hardware_model_slug"), ["model_slug"], unique=False)

    op.create_table(
        "pairing",
        sa.Column("model_slug", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=48), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("tier_rank", sa.Integer(), nullable=False),
        sa.Column("tier_reasons", sa.JSON(), nullable=False),
        sa.Column("code_completion", sa.String(length=8), nullable=False),
        sa.Column("code_generation", sa.String(length=8), nullable=False),
        sa.Column("chat", sa.String(length=8), nullable=False),
        sa.Column("agent_platform", sa.String(length=8), nullable=False),
        sa.Column("stars", sa.Double(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("sureness", sa.String(length=8), nullable=False),
        sa.Column("rating_words", sa.JSON(), nullable=False),
        sa.Column("needs_test", sa.Boolean(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("installations", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("open_weights", sa.Boolean(), nullable=False),
        sa.Column("size_rank", sa.Double(), nullable=False),
        sa.Column("context_rank", sa.Integer(), nullable=False),
        sa.Column("memory_rank", sa.Integer(), nullable=False),
        sa.Column("stars_rank", sa.Double(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_slug"], ["catalogue_model.slug"], name=op.f("fk_pairing_model_slug"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing")),
        sa.UniqueConstraint("model_slug", "host", "variant", name=op.f("uq_pairing_model_slug_host_variant")),
    )
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        for name, order in ORDERS.items():
            batch_op.create_index(f"ix_pairing_{name}", [*order[0], *NARROWED, *order[1]], unique=False)

    op.create_table(
        "comment",
        sa.Column("pairing_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_comment_pairing_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index("ix_comment_pairing_id", ["pairing_id", "created_at"], unique=False)
        batch_op.create_index("ix_comment_person", ["person", "created_at"], unique=False)

    op.create_table(
        "comment_flag",
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_comment_flag_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", "person", name=op.f("pk_comment_flag")),
    )
    op.create_table(
        "entry_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pairing_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_entry_change_pairing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_change")),
    )
    with op.batch_alter_table("entry_change", schema=None) as batch_op:
        batch_op.create_index("ix_entry_change_at", ["at"], unique=False)
        batch_op.create_index("ix_entry_change_pairing_id", ["pairing_id", "id"], unique=False)

    op.create_table(
        "foreign_votes",
        sa.Column("pairing_id", sa.String(length=32), nullable=False),
        sa.Column("installation", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_foreign_votes_pairing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pairing_id", "installation", "kind", name=op.f("pk_foreign_votes")),
    )
    op.create_table(
        "proposal",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pairing_id", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_proposal_pairing_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_state"), ["state"], unique=False)

    op.create_table(
        "report",
        sa.Column("pairing_id", sa.String(length=32), nullable=False),
        sa.Column("installation", sa.String(length=40), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("person_name", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_report_pairing_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_installation"), ["installation"], unique=False)
        batch_op.create_index("ix_report_installation_pairing", ["installation", "pairing_id"], unique=False)
        batch_op.create_index("ix_report_pairing_id", ["pairing_id", "state", "at"], unique=False)

    op.create_table(
        "vote",
        sa.Column("pairing_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=600), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_vote_pairing_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pairing_id", "person", "kind", name=op.f("pk_vote")),
    )
    # What the catalogue is searched by: plain words, put there by the same code on both databases.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE pairing_search "
            "USING fts5(document, tokenize='ascii', prefix='1 2 3', detail='none', columnsize=0)"
        )
    else:
        op.execute(
            "CREATE TABLE pairing_search (pairing_id VARCHAR(32) PRIMARY KEY "
            "REFERENCES pairing (id) ON DELETE CASCADE, document TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX ix_pairing_search_document ON pairing_search USING gin (document)")


def downgrade() -> None:
    op.execute("DROP TABLE pairing_search")
    op.drop_table("vote")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index("ix_report_pairing_id")
        batch_op.drop_index("ix_report_installation_pairing")
        batch_op.drop_index(batch_op.f("ix_report_installation"))

    op.drop_table("report")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_state"))
        batch_op.drop_index(batch_op.f("ix_proposal_person"))

    op.drop_table("proposal")
    op.drop_table("foreign_votes")
    with op.batch_alter_table("entry_change", schema=None) as batch_op:
        batch_op.drop_index("ix_entry_change_pairing_id")
        batch_op.drop_index("ix_entry_change_at")

    op.drop_table("entry_change")
    op.drop_table("comment_flag")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index("ix_comment_person")
        batch_op.drop_index("ix_comment_pairing_id")

    op.drop_table("comment")
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        for name in ORDERS:
            batch_op.drop_index(f"ix_pairing_{name}")

    op.drop_table("pairing")
    with op.batch_alter_table("catalogue_hardware", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_catalogue_hardware_model_slug"))
        batch_op.drop_index(batch_op.f("ix_catalogue_hardware_card_key"))

    op.drop_table("catalogue_hardware")
    op.drop_table("installation")
    op.drop_table("catalogue_platform")
    with op.batch_alter_table("catalogue_model", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_catalogue_model_spelling"))

    op.drop_table("catalogue_model")
    op.drop_table("bundle_taken")
