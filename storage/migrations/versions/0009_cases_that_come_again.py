"""cases that come again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Marks by which cases are found, how pictures look, and what may be a recurrence."""
    op.create_table(
        "case_marks",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("mark", sa.String(120), nullable=False),
        sa.Column("arrived_at", Moment(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_marks_case_id"),
        sa.PrimaryKeyConstraint("kind", "mark", "arrived_at", "case_id", name="pk_case_marks"),
    )
    op.create_index("ix_case_marks_case_id", "case_marks", ["case_id"])
    op.create_table(
        "picture_sights",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sights", sa.String(120), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_picture_sights"),
    )
    op.create_table(
        "to_compare",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_to_compare_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_to_compare"),
    )
    _recurrences()
    # Cases from before: each is looked at once.
    op.execute("INSERT INTO to_compare (case_id) SELECT id FROM cases")


def _recurrences() -> None:
    op.create_table(
        "recurrences",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("earlier_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_recurrences_case_id"),
        sa.ForeignKeyConstraint(["earlier_id"], ["cases.id"], name="fk_recurrences_earlier_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recurrences"),
        sa.UniqueConstraint("case_id", "earlier_id", name="uq_recurrences_case_id_earlier_id"),
    )
    op.create_index("ix_recurrences_earlier_id", "recurrences", ["earlier_id"])
    op.create_index("ix_recurrences_state", "recurrences", ["state", "decided_at"])
