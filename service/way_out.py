"""How letters leave: the carrier to the server of the settings."""

from __future__ import annotations

from mailer.carry import Carrier, SmtpCarrier
from service.wiring import Wiring


def carrier(w: Wiring) -> Carrier:
    """The way out that the configuration names."""
    smtp = w.settings.smtp
    return SmtpCarrier(
        smtp.host,
        smtp.port,
        smtp.security,
        str(smtp.ca_file) if smtp.ca_file else None,
        smtp.user or None,
        w.proofs.of_server(smtp),
        smtp.timeout_seconds,
        # RFC 5321 section 4.5.3.2.6 asks for ten minutes after the dot; a claim must outlast it.
        timeout_after_dot=max(smtp.timeout_seconds, min(240, w.settings.outbox.lease_seconds // 2)),
        hello=w.settings.mailbox[0].address.rpartition("@")[2],
    )
