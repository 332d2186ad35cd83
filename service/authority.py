"""Who may approve, reject or choose by mail: a question apart from threading (design.md,
"Authority"). The rule is the company's: `company.authority`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from service.arrived import Arrived
from storage.records import Case, Contact, Letter, Token

Rule = Literal["token", "dmarc", "challenge"]
GRANTED: Final = "address of record and answer token"
PROVEN: Final = "address of record, answer token and DMARC"
_PEOPLE: Final = ("reply", "complaint")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a mail may do, and why. "challenge": nothing before a code came back (6 C)."""

    verdict: Literal["granted", "challenge", "refused"]
    reason: str


def authority(
    arrived: Arrived,
    case: Case,
    sender: Contact | None,
    token: Token | None,
    asked: Letter | None,
    at: datetime,
    rule: Rule,
) -> Ruling:
    """Whether this mail may decide something in the case, and the reason either way."""
    if reason := not_from(arrived, case, sender) or _not_asked(token, case, sender, asked, at):
        return Ruling("refused", reason)
    if arrived.authentication.passed:
        return Ruling("granted", PROVEN)
    if rule == "token":
        return Ruling("granted", GRANTED)
    if rule == "challenge":
        return Ruling("challenge", "the sender is not proven by DMARC")
    return Ruling("refused", "the sender is not proven by DMARC")


def not_from(arrived: Arrived, case: Case, sender: Contact | None) -> str:
    """Why this is not the customer of record who writes; "" if nothing speaks against it."""
    refusals = (
        (arrived.screened.kind not in _PEOPLE, "not written by a person"),
        (
            arrived.authentication.failed,
            f"the sender may be forged: {arrived.authentication.told()}",
        ),
        (not arrived.mail.proven_sender, "the sender is not proven"),
        (sender is None or sender.id != case.contact_id, "not from the address of record"),
    )
    return next((reason for refused, reason in refusals if refused), "")


def _not_asked(
    token: Token | None, case: Case, sender: Contact | None, asked: Letter | None, at: datetime
) -> str:
    """Why this mail does not answer a question that we put to its sender."""
    if asked is None:
        return "nothing was asked"
    if token is None or token.purpose != "answer":
        return "no answer token"
    refusals = (
        (token.case_id != case.id, "the token is of another case"),
        (
            sender is None or token.recipient != sender.address,
            "the token was given to another address",
        ),
        (token.revoked_at is not None, "the token was revoked"),
        (token.expires_at is not None and token.expires_at <= at, "the token has expired"),
        (token.letter_id != asked.id, "the token is of an earlier letter"),
    )
    return next((reason for refused, reason in refusals if refused), "")
