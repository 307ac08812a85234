"""The job queue of procrastinate, in a schema of its own: it holds names of tasks, no people."""

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None

GRANTS = """
    grant usage on schema jobs to landa_app;
    grant all on all tables in schema jobs to landa_app;
    grant all on all sequences in schema jobs to landa_app
"""


def upgrade() -> None:
    connection = op.get_bind()
    path = connection.exec_driver_sql("select current_setting('search_path')").scalar_one()
    for statement in (
        "create schema jobs",
        "set local search_path to jobs",
        SchemaManager.get_schema(),
        GRANTS,
        f"set local search_path to {path}",
    ):
        connection.exec_driver_sql(statement.replace("%", "%%"))
