"""Every table. The server stands in every key: two servers may give the same ids."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment in UTC: timestamptz in PostgreSQL, text that sorts in SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a time without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"{value!r} has no time zone"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ANN401 - SQLAlchemy's signature
        """Give the zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if dialect.name == "sqlite" else moment.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _number(name: str) -> sa.Column[int]:
    """Return a key that counts up by itself; SQLite counts only what it knows as INTEGER."""
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=True)


NOTHING = sa.text("''")
OPEN_JOB = sa.text("state IN ('queued', 'running')")

servers = sa.Table(
    "servers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # Jellyfin's system Id
    sa.Column("name", sa.Text, nullable=False, unique=True),  # its name in config.yaml
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("watermark", UtcTime),  # the server's clock at the start of the last scan
)

looks = sa.Table(
    "looks",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),  # an item's id, or a word for many: see looks.py
    sa.Column("signal", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("not_before", UtcTime, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),  # grows when a look is asked for again
    sa.Column("error", sa.Text),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),  # Target.key
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),  # media, policy and recipe it was true for
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("fix", sa.Text, nullable=False),
    sa.Column("retry_at", UtcTime),
    sa.Column("job", sa.BigInteger),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("work", sa.Text, nullable=False, server_default=NOTHING),  # the film or episode
)
sa.Index("ix_outcomes_work", outcomes.c.server, outcomes.c.work)

jobs = sa.Table(
    "jobs",
    metadata,
    _number("id"),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("source", sa.Text),  # none when the origin is an upload
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("signal", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("error", sa.Text),
)
sa.Index(
    "uq_jobs_open_source",
    jobs.c.server,
    jobs.c.source,
    unique=True,
    sqlite_where=OPEN_JOB,
    postgresql_where=OPEN_JOB,
)
sa.Index("ix_jobs_state", jobs.c.state)

tasks = sa.Table(
    "tasks",
    metadata,
    _number("id"),
    sa.Column("job", sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),  # a span, a target, or nothing
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("not_before", UtcTime, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("payload", sa.JSON, nullable=False),  # what this task needs beyond the job's plan
    sa.Column("result", sa.JSON),  # what its successors need: small values and artifact keys
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("error_code", sa.Text),  # its kind: failures are counted kind by kind
    sa.Column("started_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.UniqueConstraint("job", "kind", "part"),
)
sa.Index("ix_tasks_claim", tasks.c.state, tasks.c.resource, tasks.c.priority, tasks.c.id)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

ledger = sa.Table(
    "ledger",
    metadata,
    _number("id"),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # the file name that we expect
    sa.Column("path", sa.Text),  # where the server then put it
    sa.Column("artifact", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),  # of the bytes that were sent
    sa.Column("recipe", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("job", sa.BigInteger),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("error", sa.Text),  # why it could not be taken away yet
    sa.Column("not_before", UtcTime),  # when that is tried again
)
sa.Index("ix_ledger_source", ledger.c.server, ledger.c.source, ledger.c.target)

UNWANTED = sa.text("state = 'unwanted'")
sa.Index("ix_ledger_unwanted", ledger.c.id, sqlite_where=UNWANTED, postgresql_where=UNWANTED)

items = sa.Table(
    "items",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("library", sa.Text, nullable=False),  # its id; nothing when it is not known
    sa.Column("etag", sa.Text, nullable=False),  # changes when the server saves the item
    sa.Column("versions", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),  # of its sources' files and streams
    sa.Column("judged", sa.Text, nullable=False),  # what the verdicts were true for
    sa.Column("settled", sa.Boolean, nullable=False),  # nothing to do until one of these changes
    sa.Column("title", sa.Text, nullable=False, server_default=NOTHING),
    sa.Column("series", sa.Text, nullable=False, server_default=NOTHING),  # its name, if any
)
sa.Index("ix_items_library", items.c.server, items.c.library)

coverage = sa.Table(
    "coverage",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),  # Target.key
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("library", sa.Text, nullable=False),
    sa.Column("series", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),  # of a gap: text or speech; else nothing
    sa.Column("duration", sa.Float, nullable=False),  # seconds of the source
)
sa.Index(
    "ix_coverage_counts",
    coverage.c.server,
    coverage.c.library,
    coverage.c.series,
    coverage.c.language,
    coverage.c.standing,
    coverage.c.origin,
    coverage.c.duration,
)
sa.Index("ix_coverage_item", coverage.c.server, coverage.c.item)

scans = sa.Table(
    "scans",
    metadata,
    _number("id"),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # everything, changes or items
    sa.Column("signal", sa.Text, nullable=False),
    sa.Column("began_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime, nullable=False),
    sa.Column("sources", sa.Integer, nullable=False),
    sa.Column("unchanged", sa.Integer, nullable=False),
    sa.Column("gone", sa.Integer, nullable=False),
    sa.Column("gaps", sa.Integer, nullable=False),
    sa.Column("planned", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
)

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("library", sa.Text, primary_key=True),  # its id; * for all
    sa.Column("at", UtcTime, nullable=False),
)

samples = sa.Table(
    "samples",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),  # model, device, number format, threads
    sa.Column("cost", sa.Float, nullable=False),  # seconds of work for a second of media
    sa.Column("at", UtcTime, nullable=False),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # of the server in config.yaml
    sa.Column("heard_at", UtcTime, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False),  # of our last session there: the proof
)

overrides = sa.Table(
    "overrides",
    metadata,
    _number("version"),
    sa.Column("path", sa.Text, nullable=False),  # policy.languages
    sa.Column("value", sa.JSON(none_as_null=True)),  # none: the override is taken away
    sa.Column("at", UtcTime, nullable=False),
)

translations = sa.Table(
    "translations",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # a hash: the line and all that shaped its answer
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("used_at", UtcTime, nullable=False),
)
sa.Index("ix_translations_used_at", translations.c.used_at)

choices = sa.Table(
    "choices",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),  # a series of a server, or a film
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("term", sa.Text, primary_key=True),
    sa.Column("translation", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

spending = sa.Table(
    "spending",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("engine", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("tokens_in", sa.BigInteger, nullable=False),
    sa.Column("tokens_out", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.Float, nullable=False),
)

unfit_origins = sa.Table(
    "unfit_origins",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)
