"""Who may decide by mail: forgeries against every rule of `company.authority` (P9, P10).

python -m tests.fault.authority [--n 1000000] [--mails 200] [--seed 1]

The matrix goes the whole road on an embedded mail server: every forgery of tests/fault/forgeries.py
as a yes and as a no, under every rule. Then random tokens: `--mails` of them as mails, all `--n`
through the road's own look-up.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from random import Random
from typing import Any, Final

from demo.shop import MAILBOX, PLATE, RING
from service.authority import Rule
from tests.fault.forgeries import (
    CLOSED,
    JANA,
    MINE,
    THEIRS,
    TRUST,
    WORDS,
    Forgery,
    Held,
    forgeries,
    random_token,
    said,
)
from tests.fault.guesses import guesses
from tests.shop import EVE, Shop, open_shop

RULES: Final[tuple[Rule, ...]] = ("token", "dmarc", "challenge")
OWNERS: Final = {CLOSED: JANA, MINE: JANA, THEIRS: PLATE.address}
# Other words in each: who repeats himself within a day is taken for a machine (service/robots.py).
SECRETS: Final = {CLOSED: "CANARY core hole", MINE: "CANARY chamfer", THEIRS: "CANARY burr inside"}
HOLDER: Final = "holder of that very mail"
AFTERWARDS: Final = "the customer herself, afterwards"


@dataclass(frozen=True)
class Cell:
    """One mail under one rule, and what came of it."""

    rule: Rule
    name: str
    changes: int = 0  # cases of others whose state, clocks, letters or people changed
    leaked: int = 0  # bytes of a case in letters to somebody else than its customer
    faults: tuple[str, ...] = ()
    told: str = ""  # for the cells that are not a forgery: what happened

    @property
    def wrong(self) -> bool:
        """Whether it should not be so."""
        return bool(self.changes or self.leaked or self.faults)

    def __str__(self) -> str:
        if not self.wrong:
            return self.told or "nothing"
        parts = [*self.faults]
        parts += [f"{self.changes} changes"] if self.changes else []
        parts += [f"{self.leaked} bytes told"] if self.leaked else []
        return "FAULT " + ", ".join(parts)


def matrix(folder: Path, rule: Rule, dice: Random) -> list[Cell]:
    """Play everything against one rule."""
    with opened(folder, rule) as shop:
        held = settle(shop)
        cells = [_tried(shop, rule, forgery) for forgery in forgeries(held, dice)]
        cells.append(_the_cell(shop, rule, held))
        cells.append(_afterwards(shop, rule, held))
        history = shop.faults()
    return [*cells, Cell(rule, "all histories", faults=tuple(map(str, history.items())))]


@contextmanager
def opened(folder: Path, rule: Rule) -> Iterator[Shop]:
    """A shop under this rule, whose mail server writes what it found out."""
    url = f"sqlite:///{folder / 'amends.sqlite'}"
    with open_shop(folder, url, company=f'authority = "{rule}"', in_mailbox=TRUST) as shop:
        yield shop


def settle(shop: Shop) -> Held:
    """Jana approved a case; she is asked in a second one, and Thomas in his."""
    for number, owner in OWNERS.items():
        person = RING if owner == JANA else PLATE
        shop.customer(person).write(MAILBOX, SECRETS[number], f"{SECRETS[number]} {number}")
        assert shop.serve() == ()
        shop.ask_approval(number)
        if number == CLOSED:
            spent = _token(_letters(shop, JANA)[-1])
            _deliver(shop, Forgery("her own yes", JANA, spent, said("pass")))
            assert shop.case(CLOSED)["state"] == "closed"
            first = len(_letters(shop, JANA))
    mine, theirs = _letters(shop, JANA), _letters(shop, PLATE.address)
    bounces = [one.sender for one in shop.server.received if JANA in one.recipients]
    return Held(
        acknowledgment=_token(mine[first]),
        answer=_token(mine[-1]),
        bounce=bounces[-1].partition("+")[2].partition("@")[0],
        spent=spent,
        other=_token(theirs[-1]),
        our_id=str(mine[-1]["Message-ID"]),
        other_id=str(theirs[-1]["Message-ID"]),
    )


def _letters(shop: Shop, address: str) -> list[EmailMessage]:
    return [_parsed(raw) for raw in shop.server.messages(address)]


def _parsed(raw: bytes) -> EmailMessage:
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)


def _token(letter: EmailMessage) -> str:
    found = re.search(r"\+([a-z2-7]{26})@", str(letter["Reply-To"]))
    assert found
    return found[1]


def _deliver(shop: Shop, *mails: Forgery) -> tuple[str, ...]:
    """Hand them in and let the service work; return its faults."""
    for mail in mails:
        shop.server.deliver(MAILBOX, mail.raw(len(shop.server.received) * 1000 + hash(mail) % 1000))
    # Neither the limit of wrong tokens nor that of bursts shall be what stops a forgery.
    shop.clock.forward(minutes=5)
    return tuple(map(str, shop.serve()))


def _tried(shop: Shop, rule: Rule, *tried: Forgery) -> Cell:
    before, sent = _states(shop), len(shop.server.received)
    faults = _deliver(shop, *tried)
    after = _states(shop)
    changes = sum(after[number] != before[number] for number in before)
    return Cell(rule, tried[0].name, changes, _leaked(shop, sent), faults)


def _states(shop: Shop) -> dict[str, tuple[Any, ...]]:
    """All of a case that a decision, a forged bounce or a change of hands would alter."""
    kept = ("state", "round", "successor_id", "contact_id", "customer_id", "closed_at")
    rows = {str(row["number"]): row for row in shop.rows("cases")}
    # That somebody wrote is answered, and own people are told of time that runs out.
    clocks_of = [one for one in shop.rows("clocks") if one["name"] != "answer"]
    sent = [one for one in shop.rows("deliveries") if one["address"] not in _own(shop)]
    found = {}
    for number in OWNERS:
        row = rows[number]
        clocks, deliveries = (
            sorted((one["id"], one["state"]) for one in every if one["case_id"] == row["id"])
            for every in (clocks_of, sent)
        )
        found[number] = (*(row[name] for name in kept), clocks, deliveries)
    return found


def _own(shop: Shop) -> set[str]:
    return {str(user["email"]) for user in shop.rows("users")}


def _leaked(shop: Shop, since: int) -> int:
    """How many bytes of a case stand in letters to anybody but its customer and own people."""
    leaked, own = 0, _own(shop)
    for mail in shop.server.received[since:]:
        if own.issuperset(mail.recipients):
            continue
        letter = _parsed(mail.raw)
        bodies = [
            part.get_content() for part in letter.walk() if part.get_content_type()[:5] == "text/"
        ]
        text = "\n".join((*map(str, letter.values()), *bodies))
        for (number, owner), secret in zip(OWNERS.items(), SECRETS.values(), strict=True):
            if mail.recipients != (owner,):
                leaked += sum(text.count(word) * len(word) for word in (f"[{number}]", secret))
    return leaked


def _the_cell(shop: Shop, rule: Rule, held: Held) -> Cell:
    """A forger who holds that very mail, where no server says anything about the sender."""
    sent = len(shop.server.received)
    faults = _deliver(shop, Forgery("holder", JANA, held.answer))
    decided = shop.case(MINE)["state"] != "awaiting_approval"
    told = "decides: the one cell" if decided else "nothing"
    if rule == "challenge":
        told = "a code goes to the customer"
        faults += () if _code(shop) else ("no code went to the customer",)
    if decided != (rule == "token"):
        faults += (f"the case is {shop.case(MINE)['state']}",)
    return Cell(rule, HOLDER, 0, _leaked(shop, sent), faults, told)


def _afterwards(shop: Shop, rule: Rule, held: Held) -> Cell:
    """She can still decide, or the cells above would prove little."""
    yes = Forgery("dmarc", JANA, held.answer, said("pass"))
    if rule == "challenge":
        code = _code(shop)
        _deliver(shop, Forgery("wrong code", JANA, held.answer, text="0000-0000"))
        if shop.case(MINE)["state"] != "awaiting_approval":
            return Cell(rule, AFTERWARDS, faults=("a wrong code was taken",))
        yes = Forgery("code", JANA, held.answer, text=code.lower())
    _deliver(shop, yes)
    state = str(shop.case(MINE)["state"])
    faults = () if state == "closed" else (f"she cannot approve: {state}",)
    return Cell(rule, AFTERWARDS, faults=faults, told=state)


def _code(shop: Shop) -> str:
    body = _letters(shop, JANA)[-1].get_body(("plain",))
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", str(body.get_content()) if body else "")
    return found[0] if found else ""


# --- random tokens as mails


def as_mails(shop: Shop, mails: int, dice: Random, rule: Rule) -> list[Cell]:
    """Random tokens down the whole road, from the customer's name and from a stranger's."""
    tries = [
        Forgery(f"random token {n}", sender, random_token(dice), text=words)
        for n in range(mails)
        for sender, words in [((JANA, EVE.address)[n % 2], WORDS[n // 2 % 2])]
    ]
    return [_tried(shop, rule, *tries[n : n + 10]) for n in range(0, mails, 10)]


# --- the command


def table(cells: Sequence[Cell]) -> Iterator[str]:
    """A line for every forgery, a column for every rule."""
    by_name: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        by_name.setdefault(cell.name, {})[cell.rule] = cell
    yield "\t".join(("| a mail", *RULES))
    for name, row in by_name.items():
        yield "\t".join((f"| {name}", *(str(row[rule]) for rule in RULES if rule in row)))


def main(arguments: Sequence[str]) -> int:
    """Play the matrix and guess tokens. 1 when anything was let through."""
    parser = argparse.ArgumentParser(prog="./run fault authority")
    parser.add_argument("--n", type=int, default=1_000_000, help="how many tokens are tried")
    parser.add_argument("--mails", type=int, default=200, help="how many of them as mails")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    cells: list[Cell] = []
    for rule in RULES:
        with tempfile.TemporaryDirectory(prefix="amends-authority-") as folder:
            cells += matrix(Path(folder), rule, Random(given.seed))
        sys.stderr.write(f"{rule}: played\n")
    dice = Random(given.seed)
    with (
        tempfile.TemporaryDirectory(prefix="amends-authority-") as folder,
        opened(Path(folder), "token") as shop,
    ):
        held = settle(shop)
        sample = as_mails(shop, given.mails, dice, "token")
        guessed = guesses(shop, held.answer, given.n, dice)
    every = [*cells, *sample]
    wrong = [cell for cell in every if cell.wrong] + (
        [] if guessed.control else [Cell("token", "")]
    )
    lines = (
        *table(cells),
        f"seed {given.seed}: {len(cells)} cells, {given.mails} random tokens as mails, "
        f"{guessed.tried} tokens tried in {guessed.seconds:.0f} s",
        f"tokens taken {guessed.taken}, the right one "
        f"{'taken' if guessed.control else 'NOT taken: the test is worth nothing'}",
        f"state changes {sum(cell.changes for cell in every)}, bytes of a case to a third party "
        f"{sum(cell.leaked for cell in every)}",
    )
    sys.stdout.write(
        "\n".join((*lines, *(f"{cell.rule}: {cell.name}: {cell}" for cell in wrong), ""))
    )
    return 1 if wrong or guessed.taken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
