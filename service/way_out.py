"""How letters leave: the carrier to a server of the settings."""

from __future__ import annotations

from config.settings import Alarm, Smtp
from mailer.carry import Carrier, SmtpCarrier
from service.tokens.shelf import Proofs
from service.wiring import Wiring


def carrier(w: Wiring) -> Carrier:
    """The way out that the configuration names."""
    smtp = w.settings.smtp
    # RFC 5321 section 4.5.3.2.6 asks for ten minutes after the dot; a claim must outlast it.
    after_dot = max(smtp.timeout_seconds, min(240, w.settings.outbox.lease_seconds // 2))
    return carrier_to(smtp, w.proofs, w.settings.mailbox[0].address, after_dot)


def carrier_to(
    server: Smtp | Alarm, proofs: Proofs, ours: str, after_dot: float | None = None
) -> SmtpCarrier:
    """To this server, greeted by the domain of `ours`, an address. `after_dot`: seconds."""
    return SmtpCarrier(
        server.host,
        server.port,
        server.security,
        str(server.ca_file) if server.ca_file else None,
        server.user or None,
        proofs.of_server(server),
        server.timeout_seconds,
        timeout_after_dot=after_dot,
        hello=ours.rpartition("@")[2],
    )
