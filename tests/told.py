"""What people were told in a test's shop, and what tests do so that they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import insert

from demo.shop import MAILBOX, MANAGER, RING
from service import measures, people
from service.people import act
from service.presence import go_away
from service.wiring import Wiring
from storage import tables
from tests.shop import Shop

ONE: Final = "KS2026-001"


def complained(shop: Shop, person: Any = RING, subject: str = "Thread too wide") -> Shop:
    shop.customer(person).write(MAILBOX, subject, "It measures 2.5 mm.")
    assert shop.serve() == ()
    return shop


def settings(shop: Shop, **company: Any) -> Wiring:
    """The same shop under another configuration of the company."""
    changed = shop.w.settings.company.model_copy(update=company)
    return replace(shop.w, settings=shop.w.settings.model_copy(update={"company": changed}))


def told(shop: Shop, template: str) -> list[str]:
    """Who gets letters of this kind."""
    rows = [one for one in shop.rows("letters") if one["template"] == template]
    return [one["recipients"][0]["address"].partition("@")[0] for one in rows]


def user(shop: Shop, name: str, role: str = "manager") -> None:
    email = f"{name}@parts.example"
    people.add_user(shop.w, name, full_name=name.title(), email=email, phone="", role=role)


def away(shop: Shop, name: str, first: date, last: date | None, deputy: str, by: str) -> None:
    with act(shop.w, by, "own_absence") as h:
        go_away(h, name, first, last, deputy)


def agree(shop: Shop, **terms: Any) -> None:
    """Terms of the first case's customer."""
    case = shop.rows("cases")[0]
    with shop.w.db.write() as tx:
        for number, (name, value) in enumerate(terms.items()):
            row = {"id": number + 1, "customer_id": case["customer_id"], "name": name}
            row |= {"value": value, "reason": "", "actor": "test", "since": shop.clock.now}
            tx.execute(insert(tables.terms).values(**row))


def days(shop: Shop, number: int) -> None:
    """So many days go by, with a pass of the service each morning."""
    for _ in range(number):
        shop.clock.forward(days=1)
        assert shop.serve() == ()


def measure(shop: Shop, kind: str, due_on: date, owner: str = MANAGER) -> int:
    """A measure in the first case."""
    with act(shop.w, MANAGER, "measure") as h:
        return measures.add_measure(h, ONE, measures.Measure(kind, "Gauge it", owner, due_on))
