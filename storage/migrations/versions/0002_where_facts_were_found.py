"""where facts were found"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Facts that were read from a mail keep the line in which they stood."""
    for table in ("cases", "lines"):
        op.add_column(table, sa.Column("found_in", sa.JSON(), nullable=True))
