"""What Alembic runs: our tables on the engine that the daemon has open, one migrator at a time."""

import sqlalchemy as sa
from alembic import context

from subtide.storage.tables import metadata

MIGRATION_LOCK = 0x5B71DE
"""The PostgreSQL advisory lock that makes a second migrator wait; any number of our own."""

engine = context.config.attributes["engine"].execution_options(subtide_write=True)
with engine.begin() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    with context.begin_transaction():
        context.run_migrations()
