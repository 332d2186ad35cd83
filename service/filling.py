"""A mailbox fills up: at 100 % customers' mails bounce before we see them."""

from __future__ import annotations

from typing import Final

from service import journal
from service.old_mail import mailbox_task
from service.wiring import Wiring
from storage import mailbox_ledger as standings
from storage.order import take_turn

WARN: Final = 80
ALARM: Final = 90
TASK: Final = "mailbox_nearly_full"


def fullness(w: Wiring, name: str, percent: int | None, before: int | None) -> None:
    """Warn the operators, from 90 % on by a task that ends by itself when there is room again."""
    if percent is None:
        return
    if percent >= WARN and percent != before:
        journal.warn("mailbox_fills", mailbox=name, percent=percent)
    with w.db.read() as connection:
        task = standings.open_task(connection, TASK, name)
    if percent >= ALARM and task is None:
        with w.happening("system", f"mailbox:{name}") as h:
            take_turn(h.book.tx, "register")  # several nodes see it at once
            if standings.open_task(h.book.tx, TASK, name) is None:
                mailbox_task(h, TASK, name, f"mailbox {name} is {percent} % full; make room in it")
    elif percent < ALARM and task is not None:
        with w.db.write() as tx:
            standings.end_task(tx, task, w.now(), "system", "done", "there is room again")
