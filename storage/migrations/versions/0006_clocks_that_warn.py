"""clocks that warn"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """A clock knows what it is about and how often it warned; a case, if goods are concerned."""
    warned = sa.Column("warned", sa.Integer(), nullable=False, server_default="0")
    op.add_column("clocks", warned)
    op.add_column("clocks", sa.Column("message_id", sa.BigInteger(), nullable=True))
    op.add_column("clocks", sa.Column("letter_id", sa.BigInteger(), nullable=True))
    op.add_column("clocks", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("cases", sa.Column("goods_concerned", sa.Boolean(), nullable=True))
    op.add_column("cases", sa.Column("goods_why", sa.Text(), nullable=True))
