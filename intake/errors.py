"""What can go wrong in `intake/`, as a tree below `cases.errors`.

AmendsError
├── MailboxFault            the mailbox cannot be read now; no mail was lost
│   ├── MailboxUnreachable  (also TryLater) no connection, a cut, a silent server
│   ├── LoginRefused        the server knows no such user and password
│   ├── FolderMissing       the folder is not there or may not be opened
│   ├── CertificateRefused  the server could not prove who it is
│   └── StartTlsMissing     the server offers no STARTTLS; nothing was sent in the clear
└── Unreadable              the bytes of one mail cannot be read; it is registered all the same
"""

from __future__ import annotations

from cases.errors import AmendsError, TryLater


class MailboxFault(AmendsError):
    """The mailbox cannot be read as it is configured. Exit code 78 (sysexits EX_CONFIG)."""

    exit_code = 78


class MailboxUnreachable(MailboxFault, TryLater):
    """No connection, or it broke: trying again may help. Exit code 75 (EX_TEMPFAIL)."""

    exit_code = 75


class LoginRefused(MailboxFault):
    """User and password were refused. Exit code 77 (EX_NOPERM)."""

    exit_code = 77


class FolderMissing(MailboxFault):
    """The folder does not exist on the server, or may not be opened."""


class CertificateRefused(MailboxFault):
    """The certificate of the server could not be verified."""


class StartTlsMissing(MailboxFault):
    """The server offers no STARTTLS. The password was not sent."""


class Unreadable(AmendsError):
    """One mail that no reader could read. It is registered as unreadable (R-20). Exit code 65."""

    exit_code = 65
