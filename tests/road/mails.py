"""Mails as a mail program reads them: their text and their one-click answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Link:
    """A `mailto:` link as a mail program reads it (RFC 6068)."""

    label: str
    to: str
    subject: str
    body: str


def links_of(letter: EmailMessage) -> list[Link]:
    """The one-click answers of a letter: the same in both of its parts."""
    page, plain = letter.get_body(("html",)), letter.get_body(("plain",))
    assert page is not None
    assert plain is not None
    in_page = re.findall(r'<a href="(mailto:[^"?]+\?[^"]+)">([^<]+)</a>', page.get_content())
    words = plain.get_content().replace("\r\n", "\n")
    in_text = re.findall(r"- (.+):\n  <(mailto:\S+)>", words)
    found = [(unescape(label), unescape(href)) for href, label in in_page]
    assert found == in_text
    return [_link(label, href) for label, href in found]


def _link(label: str, href: str) -> Link:
    parts = urlsplit(href)
    fields = dict(one.split("=", 1) for one in parts.query.split("&"))
    return Link(label, unquote(parts.path), unquote(fields["subject"]), unquote(fields["body"]))


def parsed(raw: bytes) -> EmailMessage:
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
