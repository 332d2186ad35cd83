"""Who may decide by mail: forgeries against every rule of `company.authority` (P9, P10).

python -m tests.fault.authority [--n 1000000] [--seed 1]

The matrix goes the whole road on an embedded mail server; the random tokens are judged in memory.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from random import Random
from typing import Any, Final

from demo.shop import MAILBOX, PLATE, RING
from intake.clues import clues
from intake.mail import Screened
from intake.parse import read
from service.arrived import Arrived
from service.authority import Rule, authority
from service.judge import place, token_hash
from storage.ledger import Sighting
from storage.lookup import Known
from storage.records import Case, Contact, Letter, Token
from tests.shop import EVE, Shop, open_shop

RULES: Final[tuple[Rule, ...]] = ("token", "dmarc", "challenge")
MX: Final = "mx.parts.example"
TRUST: Final = f'trusted_authserv_ids = ["{MX}"]\ntrusted_received_by = ["{MX}"]'
BORDER: Final = f"Received: from relay.example by {MX} with ESMTPS; Mon, 2 Mar 2026 10:00:00 +0000"
SECRET: Final = "CANARY core hole 2.5 mm"
JANA, MINE, THEIRS = RING.address, "KS2026-001", "KS2026-002"
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"

# reliability.md 2.3: who wrote it is read differently by different parsers, or it is somebody else.
FROM_FORMS: Final = (
    f"{JANA} <{EVE.address}>",
    f'"{JANA}" <{EVE.address}>',
    f"<{JANA}> <{EVE.address}>",
    f"{JANA}, {EVE.address}",
    f"{EVE.address}, {JANA}",
    f"{JANA}\nFrom: {EVE.address}",
    f"{EVE.address}\nFrom: {JANA}",
    f"{JANA}){EVE.address}",
    f"({JANA}) {EVE.address}",
    f"{EVE.address} ({JANA})",
    f"Jana: {JANA}, {EVE.address};",
    f'"Jana <{JANA}>" <{EVE.address}>',
    f"=?utf-8?q?Jana_=3C{JANA}=3E?= <{EVE.address}>",
    f"<{EVE.address},@relay.example:{JANA}>",
    f"{JANA.replace('@', '@@')}",
    f"{JANA}.{EVE.address.rpartition('@')[2]}",
)


@dataclass(frozen=True)
class Held:
    """What the letters to the customers carry, as their readers see it."""

    acknowledgment: str  # Jana's token for replies
    answer: str  # Jana's answer token of the letter that asks
    bounce: str
    other: str  # Thomas's answer token
    our_id: str
    other_id: str


@dataclass(frozen=True)
class Forgery:
    """A mail by somebody who is not Jana, and what it would like to be."""

    name: str
    sender: str
    token: str = ""
    fields: str = ""
    subject: str = "Re: your letter"
    text: str = "Approved."

    def raw(self, place: int) -> bytes:
        ref = f"\n\n> Ref: {self.token}\n" if self.token else ""
        to = MAILBOX.replace("@", f"+{self.token}@") if self.token else MAILBOX
        head = f"{self.fields}From: {self.sender}\nTo: {to}\nSubject: {self.subject}\n"
        mail = f"{head}Message-ID: <forged-{place}@elsewhere.example>\n\n{self.text}{ref}\n"
        return mail.replace("\n", "\r\n").encode()


def forgeries(held: Held, dice: Random) -> list[Forgery]:
    """Every cell of the matrix that no rule may let through."""
    wanted = held.answer
    forms = [Forgery(f"From form {n}", form, wanted) for n, form in enumerate(FROM_FORMS, 1)]
    tokens = {
        "no token": "",
        "random token": random_token(dice),
        "token with one character changed": changed(wanted, dice),
        "token with two swapped": swapped(wanted, dice),
        "token for replies": held.acknowledgment,
        "token for bounces": held.bounce,
        "token of another case and recipient": held.other,
    }
    claims = {
        "references": f"In-Reply-To: {held.our_id}\nReferences: {held.our_id}\n",
        "automatic": "Auto-Submitted: auto-replied\n",
        "other Amends": "X-Amends-Installation: other\nAuto-Submitted: auto-replied\n",
    }
    return [
        *forms,
        *(Forgery(name, JANA, token) for name, token in tokens.items()),
        *(Forgery(f"stranger with {name}", EVE.address, token) for name, token in tokens.items()),
        Forgery("stranger with the very token", EVE.address, wanted),
        Forgery("another customer with the very token", PLATE.address, wanted),
        Forgery("forged, with references", JANA, fields=claims["references"]),
        Forgery("stranger with references", EVE.address, fields=claims["references"]),
        Forgery("automatic, with the very token", JANA, wanted, claims["automatic"]),
        Forgery("other Amends, with the very token", JANA, wanted, claims["other Amends"]),
        Forgery("the very token, DMARC failed", JANA, wanted, said("fail")),
        Forgery("the very token, verdict blurred", JANA, wanted, said('fail ("x" y)')),
        *(
            Forgery(f"guessed {number}", EVE.address, subject=f"Re: [{number}]", text="Status?")
            for number in (MINE, THEIRS, "KS2026-003", "KS2025-001")
        ),
    ]


def said(dmarc: str, domain: str = JANA.rpartition("@")[2]) -> str:
    """What our own mail server wrote on top."""
    return f"Authentication-Results: {MX}; dmarc={dmarc} header.from={domain}\n{BORDER}\n"


def random_token(dice: Random) -> str:
    return "".join(dice.choices(_BASE32, k=26))


def changed(token: str, dice: Random) -> str:
    place = dice.randrange(len(token))
    other = dice.choice(_BASE32.replace(token[place], ""))
    return token[:place] + other + token[place + 1 :]


def swapped(token: str, dice: Random) -> str:
    places = [n for n in range(len(token) - 1) if token[n] != token[n + 1]]
    n = dice.choice(places)
    return token[:n] + token[n + 1] + token[n] + token[n + 2 :]


# --- the matrix


def matrix(folder: Path, rule: Rule, dice: Random) -> list[str]:
    """Play everything against one rule. Return what went wrong."""
    url = f"sqlite:///{folder / 'amends.sqlite'}"
    company = f'authority = "{rule}"'
    with open_shop(folder, url, company=company, in_mailbox=TRUST) as shop:
        held = _settle(shop)
        wrong = [
            f"{rule}: {fault}"
            for forgery in forgeries(held, dice)
            for fault in _try(shop, forgery, held)
        ]
        wrong += [f"{rule}: {fault}" for fault in _the_cell(shop, rule, held)]
        wrong += [f"{rule}: {fault}" for fault in _afterwards(shop, rule, held)]
        return [*wrong, *map(str, shop.faults().items())]


def _settle(shop: Shop) -> Held:
    """Two customers, each asked for approval in a case of theirs."""
    for person, number in ((RING, MINE), (PLATE, THEIRS)):
        shop.customer(person).write(MAILBOX, f"{SECRET} {number}", f"{SECRET} {number}")
        assert shop.serve() == ()
        shop.ask_approval(number)
    mine, theirs = _letters(shop, JANA), _letters(shop, PLATE.address)
    bounces = [one.sender for one in shop.server.received if JANA in one.recipients]
    return Held(
        _token(mine[0]),
        _token(mine[-1]),
        bounces[-1].partition("+")[2].partition("@")[0],
        _token(theirs[-1]),
        str(mine[-1]["Message-ID"]),
        str(theirs[-1]["Message-ID"]),
    )


def _letters(shop: Shop, address: str) -> list[EmailMessage]:
    found = (
        BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)
        for raw in shop.server.messages(address)
    )
    return list(found)


def _token(letter: EmailMessage) -> str:
    found = re.search(r"\+([a-z2-7]{26})@", str(letter["Reply-To"]))
    assert found
    return found[1]


def _try(shop: Shop, forgery: Forgery, held: Held) -> list[str]:
    before, sent = _states(shop), len(shop.server.received)
    shop.server.deliver(MAILBOX, forgery.raw(sent + len(shop.rows("messages"))))
    wrong = [f"{forgery.name}: {fault}" for fault in shop.serve()]
    after = _states(shop)
    if {number: after[number] for number in before} != before:
        wrong.append(f"{forgery.name}: changed {before} to {after}")
    return [*wrong, *(f"{forgery.name}: {leak}" for leak in _leaks(shop, sent))]


def _states(shop: Shop) -> dict[str, tuple[Any, ...]]:
    kept = ("state", "round", "successor_id", "contact_id", "customer_id", "closed_at")
    rows = {row["number"]: row for row in shop.rows("cases")}
    return {
        number: tuple(rows[number].get(name) for name in kept)
        for number in (MINE, THEIRS)
        if number in rows
    }


def _leaks(shop: Shop, since: int) -> list[str]:
    """Letters to anybody but the owner of a case that say a word of it."""
    found = []
    for mail in shop.server.received[since:]:
        parsed = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(mail.raw)
        body = parsed.get_body(("plain",))
        text = f"{parsed['Subject']} {body.get_content() if body else ''}"
        for number, owner in ((MINE, JANA), (THEIRS, PLATE.address)):
            said_of_it = f"[{number}]" in text or f"{SECRET} {number}" in text
            if said_of_it and mail.recipients != (owner,):
                found.append(f"{number} told to {mail.recipients}")
    return found


def _the_cell(shop: Shop, rule: Rule, held: Held) -> list[str]:
    """A forger who holds that very mail, where no server says anything about the sender."""
    before = _states(shop)
    shop.server.deliver(MAILBOX, Forgery("holder", JANA, held.answer).raw(1_000_001))
    shop.serve()
    acted = _states(shop) != before
    if acted != (rule == "token"):
        return [f"a forger with that very mail {'decided' if acted else 'was stopped'}"]
    return []


def _afterwards(shop: Shop, rule: Rule, held: Held) -> list[str]:
    """The customer herself can still decide, or the tests above would prove little."""
    if rule == "challenge":
        code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", _words(_letters(shop, JANA)[-1]))
        if code is None:
            return ["no code was mailed to the address of record"]
        wrong = Forgery("wrong code", JANA, held.answer, text="0000-0000")
        shop.server.deliver(MAILBOX, wrong.raw(1_000_002))
        shop.serve()
        if shop.case(MINE)["state"] != "awaiting_approval":
            return ["a wrong code was taken"]
        genuine = Forgery("code", JANA, held.answer, text=code[0].lower())
    else:
        genuine = Forgery("dmarc", JANA, held.answer, said("pass"))
    shop.server.deliver(MAILBOX, genuine.raw(1_000_003))
    shop.serve()
    state = shop.case(MINE)["state"]
    return [] if state == "closed" else [f"the customer cannot approve: {state}"]


def _words(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body else ""


# --- random tokens


def guesses(n: int, dice: Random) -> tuple[int, float]:
    """Judge `n` random and changed tokens; return how many hit anything, and the seconds."""
    known, case, contact, letter, right = _known(dice)
    raw = f"From: {contact.address}\nTo: {MAILBOX}\nSubject: Re\n\nApproved.\n".encode()
    mail, screened = read(raw), Screened("reply", "answers a mail")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    arrived = Arrived(Sighting("complaints", 1, 1, "0" * 64, at), mail, screened)
    hits, began = 0, time.perf_counter()
    for place_ in range(n):
        kind = place_ % 3
        token = (random_token, changed, swapped)[kind](*((dice,) if not kind else (right, dice)))
        tried = replace(mail, delivered_to=(MAILBOX.replace("@", f"+{token}@"),))
        every = tuple(clues(tried, lambda text: (), (MAILBOX,)))
        where = place(tried, screened, every, known)
        ruling = authority(arrived, case, contact, where.token, letter, at, "token")
        hits += where.case_id is not None or ruling.verdict != "refused"
    return hits, time.perf_counter() - began


def _known(dice: Random) -> tuple[Known, Case, Contact, Letter, str]:
    contact = Contact(1, 1, JANA, "Jana Vogt", "en", confirmed=True)
    case = Case.of_values({"id": 1, "customer_id": 1, "contact_id": 1, "state": "x"})
    letter = Letter.of_values({"id": 1, "case_id": 1, "asks": "approval"})
    tokens = [random_token(dice) for _ in range(10_000)]
    later = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=30)
    rows = {
        token_hash(one): Token(token_hash(one), 1, 1, 1, "answer", JANA, later, None)
        for one in tokens
    }
    known = Known(contacts={JANA: contact}, tokens=rows, cases={1: case})
    return known, case, contact, letter, tokens[0]


def main(arguments: Sequence[str]) -> int:
    """Play the matrix and guess tokens. 1 when anything was let through."""
    parser = argparse.ArgumentParser(prog="./run fault authority")
    parser.add_argument("--n", type=int, default=1_000_000, help="how many tokens are tried")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    wrong: list[str] = []
    for rule in RULES:
        with tempfile.TemporaryDirectory(prefix="amends-authority-") as folder:
            found = matrix(Path(folder), rule, Random(given.seed))
        sys.stdout.write(f"{rule}: {len(found)} faults\n")
        wrong += found
    hits, seconds = guesses(given.n, Random(given.seed))
    sys.stdout.write(
        "".join(f"FAULT {one}\n" for one in wrong)
        + f"seed {given.seed}: {given.n} tokens tried in {seconds:.0f} s, {hits} taken\n"
    )
    return 1 if wrong or hits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
