"""What the words of providers and mail servers mean: what to click, and in whose console.

The words are Microsoft's published AADSTS errors and those of Exchange Online, and Google's OAuth
errors. The numbers may change (Microsoft says so): they only choose the advice, and are shown.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_LONGEST: Final = 200

_ENTRA: Final = "Entra admin center > App registrations > the application"
_API: Final = f"{_ENTRA} > API permissions"
_AGAIN: Final = "log in again: amends log-in MAILBOX"
_GCLOUD: Final = "Google Cloud console"
_DELEGATION: Final = (
    "Google Admin console > Security > Access and data control > API controls > Manage domain-wide "
    "delegation: add the client ID of the service account with the scope https://mail.google.com/ "
    "(it may take up to 24 hours)"
)
_GMAIL: Final = (
    "see that user is the primary address of the mailbox and that IMAP is on for it (Google Admin "
    "console > Apps > Google Workspace > Gmail > End User Access)"
)

MICROSOFT: Final = (
    (
        r"AADSTS7000222",
        f"the client secret has expired: {_ENTRA} > Certificates & secrets > New client secret; "
        "write its Value into the file of secret_file",
    ),
    (
        r"AADSTS(7000215|70002)\b|invalid_client.*secret",
        f"{_ENTRA} > Certificates & secrets: write the Value of a client secret (not its Secret "
        "ID) into the file of secret_file",
    ),
    (
        r"AADSTS7000218",
        f"{_ENTRA} > Authentication: let Allow public client flows be Yes",
    ),
    (
        r"AADSTS(700016|70001)\b|unauthorized_client",
        f"{_ENTRA} > Overview: compare Application (client) ID with log_in.client_id, and "
        "Directory (tenant) ID with log_in.tenant",
    ),
    (
        r"AADSTS90002",
        f"{_ENTRA} > Overview: write its Directory (tenant) ID into log_in.tenant",
    ),
    (
        r"AADSTS(65001|65004|65005|650052|90094)\b|consent_required",
        f"{_API}: add the permissions of Office 365 Exchange Online, then Grant admin consent",
    ),
    (
        r"AADSTS(70011|50001)\b|invalid_scope|invalid_resource",
        "leave log_in.scopes empty, or write scopes of https://outlook.office365.com",
    ),
    (
        r"AADSTS(53003|53000|53001|50131|50097)\b",
        "Entra admin center > Protection > Conditional Access: let a policy admit this application "
        "from this machine",
    ),
    (
        r"AADSTS(50057|50034|51004)\b",
        "Microsoft 365 admin center > Users > Active users: the account must be there and not "
        "be blocked",
    ),
    (
        r"AADSTS(50173|700082|70008|70043|50078|50076|50079|50132|50133|70000)\b|invalid_grant"
        r"|interaction_required",
        f"the consent has expired or was revoked; {_AGAIN}",
    ),
    (
        r"SmtpClientAuthentication is disabled",
        "Microsoft 365 admin center > Users > Active users > the mailbox > Mail > Manage email "
        "apps: tick Authenticated SMTP; or in Exchange Online PowerShell: Set-CASMailbox "
        "-Identity MAILBOX -SmtpClientAuthenticationDisabled $false",
    ),
    (
        r"security defaults",
        "Entra admin center > Overview > Properties > Manage security defaults: they forbid SMTP "
        "AUTH; replace them by Conditional Access that admits this application",
    ),
    (
        r"SendAsDenied|not have permissions to send as",
        "Exchange admin center > Mailboxes > the mailbox > Delegation: give Send As, or let "
        "mailbox.address be the address of smtp.user",
    ),
    (
        r"authenticated but not connected",
        "Microsoft 365 admin center > Users > Active users > the mailbox > Mail > Manage email "
        "apps: tick IMAP; and in Exchange Online PowerShell: Add-MailboxPermission -Identity "
        "MAILBOX -User SERVICE_PRINCIPAL -AccessRights FullAccess",
    ),
)
_EXCHANGE_APPLICATION: Final = (
    f"{_API}: IMAP.AccessAsApp and SMTP.SendAsApp with admin consent; then in Exchange Online "
    "PowerShell: New-ServicePrincipal with the Object ID of Enterprise applications (not that of "
    "App registrations), and Add-MailboxPermission with FullAccess for the mailbox"
)
_EXCHANGE_PERSON: Final = (
    "let user be the mailbox of the person who consented, or one that this person has FullAccess "
    f"to, and tick IMAP and Authenticated SMTP under Manage email apps; else {_AGAIN}"
)

GOOGLE: Final = (
    (
        r"Invalid email or User ID|Not a valid email|account has been deleted",
        "let user be the primary address of a user of the domain, no alias and no group",
    ),
    (
        r"Invalid JWT Signature",
        f"{_GCLOUD} > IAM & Admin > Service accounts > Keys: the key was deleted; make a new one "
        "and write it into the file of secret_file",
    ),
    (r"Invalid JWT", "set the clock of this machine by a time service"),
    (r"admin_policy_enforced", "Google Admin console > Security > API controls > App access "
                               "control: trust this client ID"),
    (r"requested scopes|access_denied$|^access_denied", f"{_AGAIN}, and leave every box ticked"),
    (r"unauthorized_client|not authorized", _DELEGATION),
    (
        r"deleted_client|disabled_client|invalid_client",
        f"{_GCLOUD} > APIs & Services > Credentials: make an OAuth client of the type Desktop app "
        "and name its JSON file by secret_file",
    ),
    (r"invalid_scope", "leave log_in.scopes empty, or write https://mail.google.com/"),
    (
        r"expired or revoked|invalid_grant",
        f"{_AGAIN}; if that comes back every week: {_GCLOUD} > OAuth consent screen > Publish app, "
        "for consents to an app in testing end after seven days",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a token service said, in one line."""

    error: str
    words: str

    @classmethod
    def of(cls, answer: Mapping[str, Any] | str) -> Refusal:
        """Without the lines behind the first: they hold numbers of the trace."""
        if isinstance(answer, str):
            return cls("", _line(answer))
        lines = str(answer.get("error_description") or "").splitlines()
        first = re.sub(r"\s*Trace ID:.*", "", lines[0]) if lines else ""
        return cls(str(answer.get("error", "")), _line(first))

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.error, self.words)))


def microsoft_mend(said: str, flow: str) -> str:
    """What to click for these words; "" when nobody knows."""
    if flow == "microsoft-client-credentials" and re.search("invalid_grant", said):
        return _EXCHANGE_APPLICATION
    return _found(MICROSOFT, said)


def google_mend(said: str, flow: str) -> str:
    """What to click for these words; "" when nobody knows."""
    if flow == "google-service-account" and "access_denied" in said:
        return _DELEGATION
    return _found(GOOGLE, said)


def advice(flow: str, said: str, token: str) -> str:
    """What to do when a mail server refused a token with these words."""
    if flow.startswith("google"):
        return google_mend(said, flow) or (
            _DELEGATION if flow == "google-service-account" and "scope" in said else _GMAIL
        )
    if known := _found(MICROSOFT, said):
        return known
    if flow == "microsoft-device-code":
        return _EXCHANGE_PERSON
    roles = _roles(token)
    told = "" if roles is None else f"the token holds {', '.join(roles) or 'no permission'}; "
    return told + _EXCHANGE_APPLICATION


def _found(table: tuple[tuple[str, str], ...], said: str) -> str:
    return next((mend for words, mend in table if re.search(words, said, re.IGNORECASE)), "")


def _roles(token: str) -> list[str] | None:
    """The permissions that stand in an application's token; None when it cannot be read."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        roles = claims.get("roles", [])
    except (IndexError, ValueError, AttributeError):
        return None
    return [_line(str(one)) for one in roles] if isinstance(roles, list) else None


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST]
