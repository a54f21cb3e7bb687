"""${message}."""

import sqlalchemy as sa
from alembic import op

from subtide.storage.tables import UtcTime

revision = "${up_revision}"
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Take the schema to ${up_revision}."""
    ${upgrades if upgrades else "pass"}
