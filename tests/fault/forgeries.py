"""The mails of somebody who is not the customer, and what they would like to be (P9, P10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from demo.shop import MAILBOX, PLATE, RING
from tests.shop import EVE

MX: Final = "mx.parts.example"
TRUST: Final = f'trusted_authserv_ids = ["{MX}"]\ntrusted_received_by = ["{MX}"]'
BORDER: Final = f"Received: from relay.example by {MX} with ESMTPS; Mon, 2 Mar 2026 10:00:00 +0000"
JANA: Final = RING.address
COLLEAGUE: Final = f"till@{JANA.rpartition('@')[2]}"
# Jana's first case is closed; her second and Thomas's wait for an answer.
CLOSED, MINE, THEIRS = "KS2026-001", "KS2026-002", "KS2026-003"
WORDS: Final = ("Approved.", "Rejected.")
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
    spent: str  # Jana's answer token of the case that she approved
    other: str  # Thomas's answer token
    our_id: str
    other_id: str


@dataclass(frozen=True)
class Forgery:
    """One mail."""

    name: str
    sender: str
    token: str = ""
    fields: str = ""
    subject: str = "Re: your letter"
    text: str = "Approved."

    def raw(self, place: int) -> bytes:
        """Its bytes; `place` makes them different from all others."""
        ref = f"\n\n> Ref: {self.token}\n" if self.token else ""
        to = MAILBOX.replace("@", f"+{self.token}@") if self.token else MAILBOX
        head = f"{self.fields}From: {self.sender}\nTo: {to}\nSubject: {self.subject}\n"
        mail = f"{head}Message-ID: <forged-{place}@elsewhere.example>\n\n{self.text}{ref}\n"
        return mail.replace("\n", "\r\n").encode()


def forgeries(held: Held, dice: Random) -> list[Forgery]:
    """Every row of the matrix: what no rule may let through, as a yes and as a no."""
    every = (*_from_forms(held), *_tokens(held, dice), *_claims(held), *_numbers())
    answers = [
        replace(one, name=f"{one.name}: {words}", text=words) for one in every for words in WORDS
    ]
    return [*answers, *_bounces(held, dice)]


def said(dmarc: str, domain: str = JANA.rpartition("@")[2]) -> str:
    """What our own mail server wrote on top."""
    return f"Authentication-Results: {MX}; dmarc={dmarc} header.from={domain}\n{BORDER}\n"


def _from_forms(held: Held) -> list[Forgery]:
    return [Forgery(f"From form {n}", form, held.answer) for n, form in enumerate(FROM_FORMS, 1)]


def _tokens(held: Held, dice: Random) -> list[Forgery]:
    """Guessed, altered, and moved to another case, recipient or purpose."""
    tokens = {
        "no token": "",
        "random token": random_token(dice),
        "token with one character changed": changed(held.answer, dice),
        "token with two swapped": swapped(held.answer, dice),
        "token for replies": held.acknowledgment,
        "token for bounces": held.bounce,
        "token of another case and recipient": held.other,
        "token of another case of hers": held.spent,
    }
    names_mine = f"Re: [{MINE}]"
    references = _references(held.our_id)
    return [
        *(
            Forgery(f"{who} with {name}", sender, token, references, names_mine)
            for who, sender in (("forged", JANA), ("stranger", EVE.address))
            for name, token in tokens.items()
        ),
        Forgery("stranger with the very token", EVE.address, held.answer),
        Forgery("colleague of hers with the very token", COLLEAGUE, held.answer),
        Forgery("another customer with the very token", PLATE.address, held.answer),
        Forgery("her token against another case", JANA, held.spent, subject=f"Re: [{THEIRS}]"),
    ]


def _claims(held: Held) -> list[Forgery]:
    """What the fields of a mail say of themselves."""
    references = _references(held.our_id)
    automatic = "Auto-Submitted: auto-replied\n"
    ours = f"X-Amends-Installation: other\n{automatic}"
    forged_pass = (
        f"Authentication-Results: {MX}; dmarc=pass header.from={JANA[JANA.find('@') + 1 :]}\n"
    )
    return [
        Forgery("forged, with references", JANA, fields=references),
        Forgery("stranger with references", EVE.address, fields=references),
        Forgery("stranger with references to both", EVE.address, fields=_both(held)),
        Forgery("automatic, with the very token", JANA, held.answer, automatic),
        Forgery("other Amends, with the very token", JANA, held.answer, ours),
        Forgery("the very token, DMARC failed", JANA, held.answer, said("fail")),
        Forgery("the very token, verdict blurred", JANA, held.answer, said('fail ("x" y)')),
        Forgery(
            "no token, a pass of its own below the border", JANA, "", f"{BORDER}\n{forged_pass}"
        ),
        Forgery(
            "stranger who passed for himself", EVE.address, held.answer, _passed_as(EVE.address)
        ),
    ]


def _numbers() -> list[Forgery]:
    numbers = (CLOSED, MINE, THEIRS, "KS2026-004", "KS2025-001")
    return [
        Forgery(f"{who} guesses {number}", sender, subject=f"Re: [{number}]")
        for who, sender in (("forged", JANA), ("stranger", EVE.address))
        for number in numbers
    ]


def _bounces(held: Held, dice: Random) -> list[Forgery]:
    """Reports that a letter came back, to everything but its own bounce token."""
    report = (
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'
    )
    parts = (
        "--b\nContent-Type: text/plain\n\nUndelivered.\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.elsewhere.example\n\n"
        f"Final-Recipient: rfc822; {JANA}\nAction: failed\nStatus: 5.1.1\n--b--"
    )
    tokens = {
        "no token": "",
        "random token": random_token(dice),
        "token for replies": held.acknowledgment,
        "answer token": held.answer,
    }
    daemon = "MAILER-DAEMON@elsewhere.example"
    return [
        Forgery(f"bounce with {name}", daemon, token, report, "Undelivered Mail", parts)
        for name, token in tokens.items()
    ]


def _references(message_id: str) -> str:
    return f"In-Reply-To: {message_id}\nReferences: {message_id}\n"


def _both(held: Held) -> str:
    return f"In-Reply-To: {held.other_id}\nReferences: {held.our_id} {held.other_id}\n"


def _passed_as(address: str) -> str:
    return said("pass", address.rpartition("@")[2])


def random_token(dice: Random) -> str:
    """26 characters, as ours have them."""
    return "".join(dice.choices(_BASE32, k=26))


def changed(token: str, dice: Random) -> str:
    """One character is another."""
    place = dice.randrange(len(token))
    other = dice.choice(_BASE32.replace(token[place], ""))
    return token[:place] + other + token[place + 1 :]


def swapped(token: str, dice: Random) -> str:
    """Two neighbours have changed places."""
    places = [n for n in range(len(token) - 1) if token[n] != token[n + 1]]
    n = dice.choice(places)
    return token[:n] + token[n + 1] + token[n] + token[n + 2 :]


def every_change(token: str) -> list[str]:
    """Every token that differs in one character, or in two neighbours that changed places."""
    changes = [
        token[:n] + other + token[n + 1 :]
        for n in range(len(token))
        for other in _BASE32
        if other != token[n]
    ]
    swaps = [
        token[:n] + token[n + 1] + token[n] + token[n + 2 :]
        for n in range(len(token) - 1)
        if token[n] != token[n + 1]
    ]
    return changes + swaps
