"""measures that move, with files that show them done; cases entered on a customer's own system"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Moment

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    """Why a measure was moved, what shows that it was done, who entered the case elsewhere."""
    op.add_column("measures", sa.Column("moved_why", sa.Text(), nullable=True))
    op.create_index(
        "ix_measures_open_owner",
        "measures",
        ["owner"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.add_column("cases", sa.Column("recorded_there_at", Moment(), nullable=True))
    op.add_column("cases", sa.Column("recorded_there_by", sa.Text(), nullable=True))
    op.create_table(
        "measure_files",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_files")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_measure_files_case_id")),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measures.id"], name=op.f("fk_measure_files_measure_id")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["raws.sha256"], name=op.f("fk_measure_files_sha256")),
    )
    op.create_index(op.f("ix_measure_files_case_id"), "measure_files", ["case_id"])
    op.create_index(op.f("ix_measure_files_measure_id"), "measure_files", ["measure_id"])
