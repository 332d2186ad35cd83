"""what customers decided"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Cases that have to do with each other; the mail in which a customer said how satisfied."""
    op.add_column("cases", sa.Column("satisfaction_message_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "related_cases",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_related_cases_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_related_cases")),
    )
    op.create_index(op.f("ix_related_cases_case_id"), "related_cases", ["case_id"])
