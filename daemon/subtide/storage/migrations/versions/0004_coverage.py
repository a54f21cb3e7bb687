"""What every source has and lacks; when we looked; what was released; how fast this machine is.

Where Subtide has put out files before, all is released already.
"""

import sqlalchemy as sa
from alembic import op

from subtide.storage.tables import UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables and columns."""
    for table, name in (("items", "title"), ("items", "series"), ("outcomes", "work")):
        op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_outcomes_work", "outcomes", ["server", "work"])
    op.add_column("ledger", sa.Column("error", sa.Text()))
    op.add_column("ledger", sa.Column("not_before", UtcTime()))
    unwanted = sa.text("state = 'unwanted'")
    op.create_index(
        "ix_ledger_unwanted",
        "ledger",
        ["id"],
        sqlite_where=unwanted,
        postgresql_where=unwanted,
    )
    _create_coverage()
    op.create_table(
        "scans",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
    )
    releases = op.create_table(
        "releases",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("server", "library", name="pk_releases"),
    )
    ledger = sa.table("ledger", sa.column("server"), sa.column("created_at"))
    served = sa.select(ledger.c.server, sa.literal("*"), sa.func.min(ledger.c.created_at))
    op.execute(
        releases.insert().from_select(["server", "library", "at"], served.group_by(ledger.c.server))
    )
    op.create_table(
        "samples",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_samples"),
    )


def _create_coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("server", "source", "target", name="pk_coverage"),
    )
    op.create_index(
        "ix_coverage_counts",
        "coverage",
        ["server", "library", "series", "language", "standing", "origin", "duration"],
    )
    op.create_index("ix_coverage_item", "coverage", ["server", "item"])
