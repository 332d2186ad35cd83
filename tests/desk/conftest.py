"""The shop: on both databases where the database matters, on SQLite where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shop import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path, shop_url: str) -> Iterator[Shop]:
    """A shop on each database."""
    with open_shop(tmp_path, shop_url) as opened:
        yield opened


@pytest.fixture
def sqlite_shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop on SQLite only: for what no database can change."""
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as opened:
        yield opened
