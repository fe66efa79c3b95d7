"""Run by Alembic: migrates over the connection that `pipeline.catalog.migrate` hands in."""

from __future__ import annotations

from alembic import context

from pipeline.catalog.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite can't alter most things in place
    transactional_ddl=False,  # the caller's transaction also covers `user_version`
)
context.run_migrations()
