"""Who may approve, reject or choose by mail: a question apart from threading (design.md,
"Authority"). The rule is the company's: `company.authority`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from service.arrived import Arrived
from storage.records import Case, Contact, Letter, Token

Rule = Literal["token", "dmarc", "challenge"]
GRANTED: Final = "address of record and answer token"
BY_TERMS: Final = "named by the terms, with an answer token"
PROVEN: Final = "address of record, answer token and DMARC"
NOT_OF_RECORD: Final = "not from the address of record"
# What rests on one of these alone can be undone (design.md).
DEFAULTS: Final = (GRANTED, BY_TERMS)
# Whose words count against an approval: a contact of the customer wrote them, as far as is known.
HEARD: Final = (*DEFAULTS, PROVEN, NOT_OF_RECORD)
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
    approvers: Collection[str] = (),
) -> Ruling:
    """Whether this mail may decide something in the case, and the reason either way.

    `approvers`: addresses of the customer's that may decide as well, by his terms. They answer
    with the token of the copy that its reader passed on to them.
    """
    by_terms = is_approver(arrived, case, sender, approvers)
    if reason := not_from(arrived, case, sender, by_terms=by_terms) or _not_asked(
        token, case, sender, asked, at, by_terms=by_terms
    ):
        return Ruling("refused", reason)
    if arrived.authentication.passed:
        return Ruling("granted", PROVEN)
    if rule == "token":
        return Ruling("granted", BY_TERMS if by_terms else GRANTED)
    if rule == "challenge":
        return Ruling("challenge", "the sender is not proven by DMARC")
    return Ruling("refused", "the sender is not proven by DMARC")


def is_approver(
    arrived: Arrived, case: Case, sender: Contact | None, approvers: Collection[str]
) -> bool:
    """Whether the terms name the sender; nobody of another customer, whatever they name."""
    address = arrived.mail.from_.address if arrived.mail.from_ else ""
    ours = sender is None or sender.customer_id == case.customer_id
    return ours and arrived.mail.proven_sender and address.lower() in approvers


def not_from(
    arrived: Arrived, case: Case, sender: Contact | None, *, by_terms: bool = False
) -> str:
    """Why this is not the customer of record who writes; "" if nothing speaks against it."""
    refusals = (
        (arrived.screened.kind not in _PEOPLE, "not written by a person"),
        (
            arrived.authentication.failed,
            f"the sender may be forged: {arrived.authentication.told()}",
        ),
        (not arrived.mail.proven_sender, "the sender is not proven"),
        (
            not by_terms and (sender is None or sender.id != case.contact_id),
            NOT_OF_RECORD,
        ),
        (_is_passed_on(arrived), "it passes on a mail of somebody else"),
    )
    return next((reason for refused, reason in refusals if refused), "")


def _is_passed_on(arrived: Arrived) -> bool:
    """6 C: a forward decides nothing, whoever sends it on and whatever stands above it."""
    return arrived.mail.forwarded is not None and arrived.mail.forwarded.passed_on


def _not_asked(
    token: Token | None,
    case: Case,
    sender: Contact | None,
    asked: Letter | None,
    at: datetime,
    *,
    by_terms: bool,
) -> str:
    """Why this mail does not answer a question that we put to its sender."""
    if asked is None:
        return "nothing was asked"
    if token is None or token.purpose != "answer":
        return "no answer token"
    refusals = (
        (token.case_id != case.id, "the token is of another case"),
        (
            not by_terms and (sender is None or token.recipient != sender.address),
            "the token was given to another address",
        ),
        (token.revoked_at is not None, "the token was revoked"),
        (token.expires_at is not None and token.expires_at <= at, "the token has expired"),
        (token.letter_id != asked.id, "the token is of an earlier letter"),
    )
    return next((reason for refused, reason in refusals if refused), "")
