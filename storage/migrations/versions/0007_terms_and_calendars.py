"""terms and calendars"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Terms have an end; a clock holds what it was reckoned with; what must be reckoned anew."""
    moment = storage.types.Moment(timezone=True)
    with op.batch_alter_table("terms", schema=None) as batch_op:
        batch_op.drop_constraint("uq_terms_customer_id_case_id_name", type_="unique")
        batch_op.add_column(sa.Column("ended_at", moment, nullable=True))
        batch_op.add_column(sa.Column("ended_by", sa.Text(), nullable=True))
    for owner in ("customer_id", "case_id"):
        held = sa.text(f"{owner} IS NOT NULL AND ended_at IS NULL")
        op.create_index(
            f"uq_terms_{owner}_holds",
            "terms",
            [owner, "name"],
            unique=True,
            sqlite_where=held,
            postgresql_where=held,
        )
    # Without a value: reckoned with the warnings of the table, as all were until now. A value that
    # the history does not tell would look as if somebody had altered the row.
    op.add_column("clocks", sa.Column("warns", sa.JSON(), nullable=True))
    op.add_column("clocks", sa.Column("due_before", moment, nullable=True))
    op.add_column("clocks", sa.Column("recomputed_why", sa.Text(), nullable=True))
    is_open = sa.text("stopped_at IS NULL")
    op.create_index(
        "ix_clocks_open",
        "clocks",
        ["calendar", "id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "reckoned",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reckoned")),
    )
