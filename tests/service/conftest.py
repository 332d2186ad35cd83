"""The shop: on both databases where the database matters, on SQLite where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.children import Children, Limits
from tests.service.obeying import HOSTILE
from tests.service.one_case import ONE, bring_to, with_a_case
from tests.shop import Shop, open_shop
from tests.watched import Watched


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


@pytest.fixture
def watched(shop: Shop) -> Watched:
    """Its watchman, on each database."""
    return Watched(shop)


@pytest.fixture
def sqlite_watched(sqlite_shop: Shop) -> Watched:
    """Its watchman, on SQLite only."""
    return Watched(sqlite_shop)


@pytest.fixture
def desk(sqlite_shop: Shop) -> Shop:
    """A shop with one registered case."""
    return with_a_case(sqlite_shop)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One case in analysis, confirmed; for all that must change nothing."""
    folder = tmp_path_factory.mktemp("still")
    with open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop:
        with_a_case(shop)
        bring_to(shop, "analysis")
        shop.confirm(ONE)
        yield shop


@pytest.fixture
def hostile() -> Iterator[Children]:
    """Children that obey their mails, with little patience."""
    made = Children(HOSTILE, Limits(fast=1.0, slow=6.0, idle=60))
    yield made
    made.close()
