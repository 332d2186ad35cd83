"""types that bytes show"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Beside what a mail says of a file stands what its bytes show."""
    op.add_column("attachments", sa.Column("sniffed", sa.Text(), nullable=True))
