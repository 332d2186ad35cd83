"""indexes for a desk with a million messages: fewer to write, and those that the queue asks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

# Nearly always empty: only rows that have a value stand in the index now.
_RARE = (
    ("cases", "predecessor_id"),
    ("cases", "successor_id"),
    ("cases", "merged_into_id"),
    ("cases", "burst_of"),
    ("sightings", "mark"),
)


def upgrade() -> None:
    """Nothing but indexes: no row changes."""
    for table, column in _RARE:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
        _where(f"ix_{table}_{column}", table, [column], f"{column} IS NOT NULL")
    # By hash only what waits is looked for: a few rows, and not one page in a million each.
    op.drop_index("ix_sightings_raw_sha256", table_name="sightings")
    _where("ix_sightings_raw_waiting", "sightings", ["raw_sha256"], "state = 'fetched'")
    # The unique key over case and position answers the same.
    op.drop_index("ix_lines_case_id", table_name="lines")
    op.drop_index("ix_cases_state", table_name="cases")
    op.create_index("ix_cases_state", "cases", ["state", "manager", "id"])
    _where("ix_cases_reference", "cases", ["customer_id", "id"], "customer_reference IS NOT NULL")
    op.drop_index("ix_tasks_resolved_at", table_name="tasks")
    _where("ix_tasks_open", "tasks", ["case_id", "id"], "resolved_at IS NULL")
    _where("ix_clocks_running", "clocks", ["case_id", "due_at"], "state = 'started'")
    _where("ix_messages_unreadable", "messages", ["id"], "kind = 'unreadable'")


def _where(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
