"""people are told in time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Moment

revision = "0008"
down_revision = "0007"

_OPEN = "'registered', 'analysis', 'solution_proposed', 'in_progress', 'awaiting_approval'"


def upgrade() -> None:
    """Absences, digests, letters that belong to no case; cases and measures are looked at."""
    _absences()
    op.add_column("users", sa.Column("digest_on", sa.Date(), nullable=True))
    for table in ("letters", "deliveries"):
        with op.batch_alter_table(table) as batch:
            batch.alter_column("case_id", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("cases", sa.Column("assigned_why", sa.Text(), nullable=True))
    op.add_column("cases", sa.Column("look_at", Moment(), nullable=True))
    op.drop_index("ix_cases_manager", "cases")
    op.create_index("ix_cases_manager", "cases", ["manager", "id"])
    _partial("cases", "look_at")
    op.add_column("measures", sa.Column("strikes_at", Moment(), nullable=True))
    warned = sa.Column("warned", sa.Integer(), nullable=False, server_default="0")
    op.add_column("measures", warned)
    op.add_column("measures", sa.Column("breached_at", Moment(), nullable=True))
    _partial("measures", "strikes_at")
    # What is open is looked at with the first sweep.
    op.execute(f"UPDATE cases SET look_at = registered_at WHERE state IN ({_OPEN})")  # noqa: S608 - our own words
    op.execute("UPDATE measures SET strikes_at = created_at WHERE done_at IS NULL")


def _absences() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_name", sa.String(60), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("deputy", sa.String(60), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_absences"),
    )
    op.create_index("ix_absences_user_name", "absences", ["user_name"])


def _partial(table: str, column: str) -> None:
    known = sa.text(f"{column} IS NOT NULL")
    op.create_index(
        f"ix_{table}_{column}", table, [column], sqlite_where=known, postgresql_where=known
    )
