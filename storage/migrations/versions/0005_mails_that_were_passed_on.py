"""mails that were passed on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """With a colleague's mail stands whose mail it passes on."""
    op.add_column("messages", sa.Column("forwarded", sa.JSON(), nullable=True))
