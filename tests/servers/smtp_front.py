"""SMTP in front of the private Dovecot: the whole way from SMTP into a real mailbox."""

from __future__ import annotations

import smtplib
from collections.abc import Callable

from demo.received import Received
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST
from tests.servers.smtp_sink import Deliver


def into_mailboxes(dovecot: PrivateDovecot, is_local: Callable[[str], bool]) -> Deliver:
    """Deliver to local recipients over LMTP; the others are only remembered by the sink.

    Use: SmtpSink(deliver=into_mailboxes(dovecot, lambda address: address.endswith("@acme.test")))
    """

    def deliver(mail: Received) -> str | None:
        here = [recipient for recipient in mail.recipients if is_local(recipient)]
        if not here:
            return None
        try:
            with smtplib.LMTP(HOST, dovecot.lmtp_port, timeout=10) as client:
                refused = client.sendmail(mail.sender, here, mail.raw)
        except (OSError, smtplib.SMTPException) as error:
            return f"451 4.3.0 delivery failed: {type(error).__name__}"
        return "451 4.3.0 delivery to some recipients failed" if refused else None

    return deliver
