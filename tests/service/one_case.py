"""A shop with one case, and the acts that bring it to a state."""

from __future__ import annotations

from demo.shop import MAILBOX, MANAGER, RING
from service.deciding import Decision
from tests.acts import decide, set_case
from tests.shop import Shop

ONE = "KS2026-001"
OPTIONS = [{"letter": "A", "text": "M3 screws"}, {"letter": "B", "text": "a remake"}]


def with_a_case(shop: Shop) -> Shop:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    return shop


def bring_to(shop: Shop, state: str) -> None:
    """Take the case there by the acts that lead there."""
    if state == "registered":
        return
    if state == "analysis":
        set_case(shop.w, ONE, {"state": "analysis"}, MANAGER)
    if state == "in_progress":
        set_case(shop.w, ONE, {"state": "in_progress"}, MANAGER)
    if state == "solution_proposed":
        shop.confirm(ONE)
        shop.letter(ONE, "solution_proposal", introduction="We are sorry.", options=OPTIONS)
    if state in ("awaiting_approval", "closed", "re_registered"):
        shop.ask_approval(ONE)
    if state in ("closed", "re_registered"):
        kind = "approve" if state == "closed" else "reject"
        decide(shop.w, ONE, Decision(kind, "by phone"), MANAGER)
    if state == "withdrawn":
        decide(shop.w, ONE, Decision("withdraw", "by phone"), MANAGER)
    assert shop.serve() == ()
    assert shop.case(ONE)["state"] == state
