"""Every table of the first release, with its walls.

The SQL is written out because the walls, the exclusion constraint and the partial unique keys
are the point of the schema, and none of them shows in generated operations.
"""

from pathlib import Path

from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    for name in ("tables", "walls"):
        sql = Path(__file__).with_name(f"0001_{name}.sql").read_text(encoding="utf-8")
        op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
