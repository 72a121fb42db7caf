"""What alembic runs for every upgrade; the connection comes from storage.migrate."""

from alembic import context

from storage.schema import metadata

# No transaction of its own: the caller's holds the write lock and covers all migrations.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
