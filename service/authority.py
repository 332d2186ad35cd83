"""Who may approve, reject or choose by mail: a question apart from threading."""

from __future__ import annotations

from datetime import datetime

from intake.mail import Mail, Screened
from storage.records import Case, Contact, Letter, Token

GRANTED = "address of record and answer token"


def authority(
    mail: Mail,
    screened: Screened,
    case: Case,
    sender: Contact | None,
    token: Token | None,
    asked: Letter | None,
    at: datetime,
) -> tuple[bool, str]:
    """Whether this mail may decide something in the case, and the reason either way."""
    refusals = (
        (screened.kind not in ("reply", "complaint"), "not written by a person"),
        (asked is None, "nothing was asked"),
        (not mail.proven_sender, "the sender is not proven"),
        (
            sender is None or sender.id != case.contact_id,
            "not from the address of record",
        ),
        (token is None or token.purpose != "answer", "no answer token"),
        (token is not None and token.case_id != case.id, "the token is of another case"),
        (
            token is not None and sender is not None and token.recipient != sender.address,
            "the token was given to another address",
        ),
        (token is not None and token.revoked_at is not None, "the token was revoked"),
        (_expired(token, at), "the token has expired"),
        (
            token is not None and asked is not None and token.letter_id != asked.id,
            "the token is of an earlier letter",
        ),
    )
    for refused, reason in refusals:
        if refused:
            return False, reason
    return True, GRANTED


def _expired(token: Token | None, at: datetime) -> bool:
    return token is not None and token.expires_at is not None and token.expires_at <= at
