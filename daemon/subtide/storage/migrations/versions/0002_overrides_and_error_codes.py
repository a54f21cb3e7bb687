"""Settings that are changed at run time; the kind of a task's last error."""

import sqlalchemy as sa
from alembic import op

from subtide.storage.tables import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, add the column."""
    op.create_table(
        "overrides",
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_overrides"),
    )
    op.add_column("tasks", sa.Column("error_code", sa.Text(), nullable=True))
