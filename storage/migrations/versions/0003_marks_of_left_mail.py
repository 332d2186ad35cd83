"""marks of left mail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A mail that was left at the first start is known again when the mailbox is renumbered."""
    op.add_column("sightings", sa.Column("mark", sa.String(64), nullable=True))
    op.create_index("ix_sightings_mark", "sightings", ["mark"])
