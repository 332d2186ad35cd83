"""A simulated customer: somebody with a mail program and nothing else."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import make_msgid

from demo.mail_server import HOST, EmbeddedMail


@dataclass
class Customer:
    """Writes by SMTP and reads the own mailbox on the embedded server."""

    server: EmbeddedMail
    name: str
    address: str

    def write(self, to: str, subject: str, text: str, *pictures: tuple[str, bytes]) -> None:
        """Send a new mail."""
        self._send(self._mail(to, subject, text), pictures)

    def answer(self, text: str) -> None:
        """Reply to the latest mail in the mailbox, above the quoted text, as people do."""
        latest = self.latest()
        mail = self._mail(
            latest["Reply-To"] or latest["From"],
            _re(latest["Subject"]),
            f"{text}\n\n{_quoted(latest)}",
        )
        mail["In-Reply-To"] = latest["Message-ID"]
        mail["References"] = " ".join(filter(None, (latest["References"], latest["Message-ID"])))
        self._send(mail, ())

    def latest(self) -> EmailMessage:
        """The newest mail in the mailbox."""
        return _read(self.server.messages(self.address)[-1])

    def subjects(self) -> list[str]:
        """The subjects of all mails that arrived, oldest first."""
        return [str(_read(raw)["Subject"]) for raw in self.server.messages(self.address)]

    def _mail(self, to: str, subject: str, text: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = f'"{self.name}" <{self.address}>'
        mail["To"] = to
        mail["Subject"] = subject
        mail["Message-ID"] = make_msgid(domain=self.address.rpartition("@")[2])
        mail.set_content(text)
        return mail

    def _send(self, mail: EmailMessage, pictures: tuple[tuple[str, bytes], ...]) -> None:
        for name, data in pictures:
            mail.add_attachment(data, maintype="image", subtype="png", filename=name)
        with smtplib.SMTP(HOST, self.server.smtp_port, timeout=10) as smtp:
            smtp.send_message(mail)


def _read(raw: bytes) -> EmailMessage:
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(mail, EmailMessage)
    return mail


def _re(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _quoted(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    lines = body.get_content().splitlines() if body else []
    return "\n".join((f"On {mail['Date']}, {mail['From']} wrote:", *(f"> {x}" for x in lines)))
