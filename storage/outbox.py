"""The outbox: which letters wait to be composed, which deliveries to be carried, and who may.

A claim is a lease by the database's clock with a fence. Business time says when a delivery is due,
database time says for how long a claim holds (design.md, "Two clocks").
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Connection, literal, select, update

from cases.errors import NotFound
from storage.lease import database_clock, outlasts
from storage.mailbox_ledger import waits_for_comparison
from storage.order import hold_case
from storage.records import Delivery, Letter
from storage.stops import NOT_STOPPED
from storage.tables import deliveries, letters, tokens

# reliability.md 6 B: after two copies a person decides.
MOST_COPIES: Final = 2
_MAY_BE_SENT: Final = ("queued", "deferred", "uncertain")


def promised(connection: Connection, limit: int) -> list[Letter]:
    """Letters that were promised and have no bytes yet, oldest first."""
    found = connection.execute(
        select(letters).where(letters.c.state == "promised").order_by(letters.c.id).limit(limit)
    )
    return [Letter.of(row) for row in found]


def letter(connection: Connection, letter_id: int) -> Letter:
    """The letter with this id."""
    row = connection.execute(select(letters).where(letters.c.id == letter_id)).first()
    if row is None:
        raise NotFound(f"there is no letter {letter_id}", mend="see `amends outbox list --all`")
    return Letter.of(row)


def of_letter(connection: Connection, letter_id: int) -> list[Delivery]:
    """The deliveries of a letter."""
    found = connection.execute(
        select(deliveries).where(deliveries.c.letter_id == letter_id).order_by(deliveries.c.id)
    )
    return [Delivery.of(row) for row in found]


def delivery(connection: Connection, delivery_id: int) -> Delivery:
    """The delivery with this id."""
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()
    return Delivery.of(row)


def delays(connection: Connection, now: datetime, limit: int) -> list[Delivery]:
    """Deliveries whose delay a manager must hear of now."""
    found = connection.execute(
        select(deliveries)
        .where(deliveries.c.tell_delay_at <= now)
        .order_by(deliveries.c.tell_delay_at)
        .limit(limit)
    )
    return [Delivery.of(row) for row in found]


def still_delayed(tx: Connection, delivery: Delivery) -> Delivery | None:
    """The delivery, if nobody has told of its delay and it has not come back; then it is held."""
    hold_case(tx, delivery.case_id)
    row = tx.execute(
        select(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.tell_delay_at.is_not(None))
        .with_for_update()
    ).first()
    return None if row is None else Delivery.of(row)


def is_claimed(tx: Connection, delivery: Delivery) -> bool:
    """Whether somebody is about to carry it; if not, nobody will until the transaction ends."""
    hold_case(tx, delivery.case_id)
    found = tx.scalar(
        select(deliveries.c.id)
        .where(deliveries.c.id == delivery.id, deliveries.c.lease_until >= database_clock())
        .with_for_update()
    )
    return found is not None


def is_promised(tx: Connection, letter_id: int) -> bool:
    """Whether this letter still waits for its bytes; holds its case until the transaction ends."""
    hold_case(tx, select(letters.c.case_id).where(letters.c.id == letter_id).scalar_subquery())
    # A letter that belongs to no case is held itself.
    state = tx.scalar(select(letters.c.state).where(letters.c.id == letter_id).with_for_update())
    return state == "promised"


def claim(
    tx: Connection, owner: str, now: datetime, *, lease_seconds: int, limit: int
) -> list[Delivery]:
    """Take deliveries that are due and that nobody holds, those that waited longest first."""
    clock = database_clock()
    due = (
        select(deliveries.c.id)
        .join(letters, letters.c.id == deliveries.c.letter_id)
        .where(
            letters.c.state == "queued",  # not held, not withdrawn
            ~waits_for_comparison(),
            NOT_STOPPED,
            deliveries.c.sought_since.is_(None),  # whether it arrived may still be found
            deliveries.c.state.in_(_MAY_BE_SENT),
            deliveries.c.next_attempt_at <= now,
            (deliveries.c.lease_until.is_(None)) | (deliveries.c.lease_until < clock),
        )
        .order_by(deliveries.c.next_attempt_at)
        .limit(limit)
        .with_for_update(of=deliveries, skip_locked=True)  # SQLite's writer has the file to itself
        # A WITH, for PostgreSQL may run a subquery again for every row and so pass the limit.
        .cte("due")
    )
    taken = tx.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(select(due.c.id)))
        .values(
            lease_owner=owner,
            lease_until=clock + lease_seconds * 1000,
            fence=deliveries.c.fence + 1,
        )
        .returning(deliveries)
    )
    # RETURNING promises no order.
    rows = sorted(taken, key=lambda row: (row.next_attempt_at, row.id))
    return [Delivery.of(row) for row in rows]


def holds(tx: Connection, delivery: Delivery) -> bool:
    """Whether the claim under which `delivery` was read still holds; then also until `tx` ends."""
    hold_case(tx, delivery.case_id)
    found = tx.scalar(
        select(deliveries.c.id)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.fence == delivery.fence,
            outlasts(deliveries.c.lease_until, tx),
        )
        .with_for_update()
    )
    return found is not None


def outlives(tx: Connection, delivery: Delivery) -> bool:
    """Whether the claim lasts until `tx` ends. Asked last, for `tx` may have taken long."""
    return bool(tx.scalar(select(outlasts(literal(delivery.lease_until, BigInteger), tx))))


def let_go(tx: Connection, delivery: Delivery) -> None:
    """Give a claim back without having dialed."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.fence == delivery.fence)
        .values(lease_owner=None, lease_until=None)
    )


def adrift(connection: Connection, limit: int) -> list[Delivery]:
    """Deliveries whose sender died between the dial and the answer."""
    found = connection.execute(
        select(deliveries)
        .where(
            deliveries.c.state == "sending",
            (deliveries.c.lease_until.is_(None)) | (deliveries.c.lease_until < database_clock()),
        )
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [Delivery.of(row) for row in found]


def is_adrift(tx: Connection, delivery: Delivery) -> bool:
    """Whether nobody else has seen to it in between; holds it until the transaction ends."""
    hold_case(tx, delivery.case_id)
    fence = tx.scalar(
        select(deliveries.c.fence)
        .where(deliveries.c.id == delivery.id, deliveries.c.state == "sending")
        .with_for_update()
    )
    return fence == delivery.fence


def forget_leases(tx: Connection) -> None:
    """Where one daemon has the whole database: the claims of its earlier life are void."""
    tx.execute(
        update(deliveries)
        .where(
            deliveries.c.state.in_((*_MAY_BE_SENT, "sending")),  # by index; all others gave it back
            deliveries.c.lease_until.is_not(None),
        )
        .values(lease_owner=None, lease_until=None)
    )


def open_states(tx: Connection, letter_id: int, *, without: int) -> Collection[str]:
    """States of the letter's other deliveries that are not final."""
    return tx.scalars(
        select(deliveries.c.state).where(
            deliveries.c.letter_id == letter_id,
            deliveries.c.id != without,
            deliveries.c.state.in_((*_MAY_BE_SENT, "sending")),
        )
    ).all()


def revoke_earlier_answers(tx: Connection, letter: Letter, at: datetime) -> None:
    """A new question makes the answer tokens of earlier letters of the case void."""
    tx.execute(
        update(tokens)
        .where(
            tokens.c.case_id == letter.case_id,
            tokens.c.letter_id != letter.id,
            tokens.c.purpose == "answer",
            tokens.c.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )


def revoke_tokens(tx: Connection, letter_id: int, at: datetime) -> None:
    """A letter that was taken back must not be answered."""
    tx.execute(update(tokens).where(tokens.c.letter_id == letter_id).values(revoked_at=at))


def latest_question(connection: Connection, case_id: int) -> Letter | None:
    """The last letter of a case that asks the customer something and was sent."""
    row = connection.execute(
        select(letters)
        .where(
            letters.c.case_id == case_id,
            letters.c.asks.is_not(None),
            letters.c.asks != "closed",  # it says what a reply would do, and waits for none
            letters.c.state == "done",
        )
        .order_by(letters.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Letter.of(row)


def may_leave(tx: Connection, letter_id: int) -> bool:
    """Whether nobody has held or withdrawn the letter since its delivery was claimed, and nobody
    has stopped the outbox."""
    state = tx.scalar(select(letters.c.state).where(letters.c.id == letter_id, NOT_STOPPED))
    return state == "queued"
