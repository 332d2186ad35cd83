"""Which proof belongs to which mail server: its password, or the tokens of its [log_in.NAME]."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from config.log_in import LogIn
from config.secrets import Secret, Secrets
from config.settings import Alarm, Mailbox, Settings, Smtp
from config.tokens import Proof, Tokens
from service.tokens import google, microsoft
from service.tokens.advice import advice
from service.tokens.kept import Issued, KeptTokens


@dataclass(slots=True)
class Proofs:
    """Each log-in of the configuration once: mailbox and outbox share its tokens."""

    settings: Settings
    secrets: Secrets = field(repr=False)
    _made: dict[tuple[str, str], Tokens] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def of_mailbox(self, box: Mailbox) -> Proof:
        """What is shown to the IMAP server of this mailbox."""
        return self.tokens(box) or self.secrets.mailboxes[box.name].reveal

    def of_server(self, server: Smtp | Alarm) -> Proof | None:
        """What is shown to this SMTP server; None where there is no log-in."""
        secret = self.secrets.alarm if isinstance(server, Alarm) else self.secrets.smtp
        return self.tokens(server) or (secret.reveal if secret else None)

    def tokens(self, server: Mailbox | Smtp | Alarm) -> Tokens | None:
        """The tokens for this server's log-in; None where it is by password, or none."""
        name = server.log_in
        if not name:
            return None
        log_in, secret = self.settings.log_in[name], self.secrets.log_ins.get(name)
        # Only a service account speaks for one user; the others are who they are.
        user = server.user if log_in.flow == "google-service-account" else ""
        with self._lock:
            if (name, user) not in self._made:
                fetch = _fetch(log_in, secret, user)
                advise = partial(advice, log_in.flow)
                self._made[name, user] = KeptTokens(fetch, advise, log_in.mechanism)
            return self._made[name, user]


def _fetch(log_in: LogIn, secret: Secret | None, user: str) -> Callable[[], Issued]:
    if log_in.flow == "microsoft-device-code":
        return partial(microsoft.for_person, log_in)
    assert secret is not None  # config.log_in_checks
    if log_in.flow == "microsoft-client-credentials":
        return partial(microsoft.as_application, log_in, secret)
    if log_in.flow == "google-service-account":
        return partial(google.for_user, log_in, secret, user)
    return partial(google.for_person, log_in, secret)
