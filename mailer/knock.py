"""Go as far as the log-in of an SMTP server, and home again: for `amends doctor`."""

from __future__ import annotations

from mailer.carry import Outcome, SmtpCarrier, _Stop


async def knock(carrier: SmtpCarrier) -> Outcome:
    """Connect, TLS, log-in. "accepted": a mail could be handed over now; none was."""
    try:
        smtp = carrier._client()
    except _Stop as stop:
        return stop.outcome
    try:
        await carrier._open(smtp)
        await carrier._log_in(smtp)
        smtp.say_quit()
    except _Stop as stop:
        return stop.outcome
    finally:
        smtp.close()
    return Outcome("accepted", None, f"{carrier.host}:{carrier.port} lets us in")
