"""Random tokens against a real database with thousands of live ones (P10).

All of them go through the road's own look-up, judgement and ruling, a batch at a time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Final

from sqlalchemy import insert, select

from demo.shop import MAILBOX
from intake.clues import clues
from intake.mail import Mail, Screened
from intake.parse import read
from service.arrived import Arrived
from service.authority import Rule, authority
from service.judge import place, token_hash
from storage import lookup, tables
from storage.database import Connection
from storage.ledger import Sighting
from tests.fault.forgeries import JANA, every_change, random_token
from tests.shop import Shop

LIVE: Final = 10_000  # answer tokens of other letters that somebody could hit by chance
_BATCH: Final = 500
_TOLD_EVERY: Final = 100_000


@dataclass(frozen=True)
class Guessed:
    """What came of it."""

    tried: int
    taken: int  # found a case, or were allowed to decide
    seconds: float
    control: bool  # the right token, tried in the same way, is found and may decide


def guesses(
    shop: Shop, right: str, n: int, dice: Random, *, rule: Rule = "token", live: int = LIVE
) -> Guessed:
    """Try every small change of the `right` token, then random ones, `n` in all."""
    if live:
        _add_live_tokens(shop, right, dice, live)
    mail = read(f"From: {JANA}\nTo: {MAILBOX}\nSubject: Re\n\nApproved.\n".encode())
    tried = taken = 0
    began = time.perf_counter()
    with shop.w.db.read() as connection:
        for batch in _batches(every_change(right), n, dice):
            taken += _taken(shop, connection, mail, batch, rule)
            tried += len(batch)
            if tried % _TOLD_EVERY < len(batch):
                sys.stderr.write(f"{tried} tokens tried, {taken} taken\n")
        seconds = time.perf_counter() - began
        control = _taken(shop, connection, mail, [right], rule) == 1
    return Guessed(tried, taken, seconds, control)


def _batches(first: Sequence[str], n: int, dice: Random) -> Iterator[list[str]]:
    for start in range(0, n, _BATCH):
        size = min(_BATCH, n - start)
        near = list(first[start : start + size])
        yield near + [random_token(dice) for _ in range(size - len(near))]


def _taken(
    shop: Shop, connection: Connection, mail: Mail, tokens: Sequence[str], rule: Rule
) -> int:
    """As `service.arrival` does it: all clues of the batch looked up together, then each judged."""
    mails = [replace(mail, delivered_to=(MAILBOX.replace("@", f"+{one}@"),)) for one in tokens]
    found = [tuple(clues(one, lambda text: (), (MAILBOX,))) for one in mails]
    hashes = [token_hash(clue.value) for some in found for clue in some]
    assert len(hashes) == len(tokens)
    known = lookup.look_up(
        connection, addresses=[JANA], token_hashes=hashes, message_ids=[], numbers=[]
    )
    lookup.read_cases(connection, {one.case_id for one in known.tokens.values()}, known)
    screened, at = Screened("reply", "answers a mail"), shop.clock.now
    sighting = Sighting("complaints", 1, 1, "0" * 64, at)
    taken = 0
    for one, some in zip(mails, found, strict=True):
        where = place(one, screened, some, known)
        if where.case_id is None:
            continue
        letters, case = known.letters[where.case_id], known.cases[where.case_id]
        arrived = Arrived(sighting, one, screened)
        ruling = authority(
            arrived, case, known.contacts.get(JANA), where.token, letters[-1], at, rule
        )
        sys.stderr.write(f"{some[0].value[:4]}..: {ruling.verdict}, {ruling.reason}\n")
        taken += 1
    return taken


def _add_live_tokens(shop: Shop, right: str, dice: Random, live: int) -> None:
    """As many as an installation of some years has."""
    table = tables.tokens
    with shop.w.db.write() as tx:
        query = select(table).where(table.c.sha256 == token_hash(right))
        pattern = dict(tx.execute(query).one()._mapping)
        ends = shop.clock.now + timedelta(days=30)
        rows = [
            {**pattern, "sha256": token_hash(random_token(dice)), "expires_at": ends}
            for _ in range(live)
        ]
        tx.execute(insert(table), rows)
