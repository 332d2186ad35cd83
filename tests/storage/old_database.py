"""A database as this version leaves it, for later versions: python -m tests.storage.old_database

Do it before a release and before a migration: tests/storage/old/SCHEMA.sql.gz is what
`tests/storage/test_upgrades.py` starts from. The story is short and touches what a desk does.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
import tempfile
from pathlib import Path

from demo.shop import MAILBOX, PLATE, RING
from storage.database import head
from tests.shop import EVE, open_shop

OLD = Path(__file__).parent / "old"


def play(file: Path) -> None:
    """Play the story on a SQLite file: a closed case, an open one, one of a stranger."""
    with open_shop(file.parent, f"sqlite:///{file}") as shop:
        shop.customer(RING).write(MAILBOX, "Thread too wide", "The core hole is too wide.")
        shop.customer(PLATE).write(MAILBOX, "Not flat", "Both plates are bent.")
        assert shop.serve() == ()
        shop.ask_approval("KS2026-001")
        shop.customer(RING).answer("Accepted.")
        shop.customer(EVE).write(MAILBOX, "Rust", "Your part rusts.")
        assert shop.serve() == ()
        assert shop.numbers() == ["KS2026-001", "KS2026-002", "KS2026-003"]
        assert shop.case("KS2026-001")["state"] == "closed", shop.case("KS2026-001")["state"]


def main(folder: Path = OLD) -> None:
    """Write the dump of this version's schema."""
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "amends.sqlite"
        play(file)
        with sqlite3.connect(file) as database:
            text = "\n".join(database.iterdump())
        database.close()
    data = gzip.compress(text.encode(), mtime=0)
    (folder / f"{head()}.sql.gz").write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OLD)
