"""Another process of the same installation, as far as one process can be two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from service.wiring import Chance, Wiring
from storage.database import Database
from tests.shop import Shop


@contextmanager
def second_node(shop: Shop) -> Iterator[Wiring]:
    """A node with connections, ids and a name of its own, on the same database."""
    db = Database(shop.w.settings.database.url)
    other = replace(shop.w, db=db, chance=Chance())
    assert other.node != shop.w.node
    try:
        yield other
    finally:
        db.close()
