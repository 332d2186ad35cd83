"""What kind of mail this is: small judges in order, each with the name that is the reason.

A judge looks and never acts. Headers prove nothing about who wrote a mail: the worst that a forged
one reaches is that the forger's own mail is set aside, where a person can see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from intake.clues import base_address, tokens
from intake.mail import Kind, Mail, Screened

# reliability.md 4.3, and chasquid's limit
MOST_RECEIVED = 50
INSTALLATION_HEADER = "x-amends-installation"

_DAEMONS = re.compile(r"(?:mailer-?daemon|mdaemon|mail-?daemon|double-bounce)@.*")
_POSTMASTERS = re.compile(r"post(?:master|office)@.*")
_NO_REPLY = re.compile(
    r"(?:[^@]*[-_.+])?(?:no|not|do-?not|dont|never)[-_.]?repl(?:y|ies)(?:[-_.+].*)?@.*"
    r"|(?:auto-?(?:reply|responder|confirm)|bounces?)(?:[-_.+].*)?@.*"
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|returned mail|delivery (?:status|failure|has failed|notification|problem)"
    r"|failure notice|mail delivery|could not be delivered|nicht zugestellt|unzustellbar"
    r"|退信|无法投递|投递失败",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"\s*(?:re|fwd?|aw|wg|antw|回复|转发)\s*[:：]", re.IGNORECASE)
# What mail servers say before anything else; people who quote them greet first.
_SERVER_WORDS = re.compile(
    r"created automatically by mail delivery software|failed recipients|rcpt to:"
    r"|smtp error code|(?<!\d)55\d[ -]#?5\.\d\.\d|unable to deliver (?:your )?message to"
    r"|this is an advisory-only e-?mail",
    re.IGNORECASE,
)
_FIRST_WORDS = 400
_AUTO_FIELDS = (
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
)
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_NO = ("", "no", "false", "0")


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Who we are: mailbox addresses and aliases, the domain of our Message-IDs, this installation.

    All lower-case; an empty domain or installation matches nothing.
    """

    addresses: frozenset[str]
    message_id_domain: str = ""
    installation: str = ""


Judge = Callable[[Mail, OwnAddresses], bool]


def screen(mail: Mail, own: OwnAddresses) -> Screened:
    """The kind of the first judge that says yes; a complaint when none does (R-20)."""
    for kind, reason, judge in SCREENS:
        if judge(mail, own):
            return Screened(kind, reason)
    return Screened("complaint", "written to us")


def may_acknowledge(mail: Mail) -> tuple[bool, str]:
    """Whether an automatic letter may answer this mail, and why not (RFC 3834 section 2)."""
    for reason, judge in _SILENCERS:
        if judge(mail):
            return False, reason
    return True, ""


def answers_us(mail: Mail, own: OwnAddresses) -> bool:
    """Whether it carries a token of ours or answers a Message-ID of our domain."""
    if any(True for _ in tokens(mail, own.addresses)):
        return True
    domain = own.message_id_domain
    ids = (*mail.in_reply_to, *mail.references)
    return bool(domain) and any(one.lower().endswith(f"@{domain}>") for one in ids)


def _own_address(mail: Mail, own: OwnAddresses) -> bool:
    return mail.from_ is not None and base_address(mail.from_.address) in {
        base_address(address) for address in own.addresses
    }


def _own_marker(mail: Mail, own: OwnAddresses) -> bool:
    return bool(own.installation) and own.installation in _field(mail, INSTALLATION_HEADER)


def _loop(mail: Mail, own: OwnAddresses) -> bool:
    return len(_field(mail, "received")) > MOST_RECEIVED


def _report_type(mail: Mail) -> str | None:
    """RFC 6522: the report-type of a multipart/report, "" when it has none, None for others."""
    content_type = _first(mail, "content-type").lower()
    if content_type.partition(";")[0].strip() != "multipart/report":
        return None
    found = re.search(r"report-type\s*=\s*\"?([a-z-]+)", content_type)
    return found[1] if found else ""


def _delivery_report(mail: Mail, own: OwnAddresses) -> bool:
    return _report_type(mail) == "delivery-status"


def _daemon(mail: Mail, own: OwnAddresses) -> bool:
    if mail.from_ is not None and _DAEMONS.fullmatch(mail.from_.address):
        return True
    # A postmaster may be a person, and so may the subject of a complaint speak of deliveries.
    postmaster = mail.from_ is not None and bool(_POSTMASTERS.fullmatch(mail.from_.address))
    return (_null_sender(mail) or postmaster) and bool(
        _report_type(mail) is not None
        or _BOUNCE_SUBJECT.search(mail.subject)
        or _field(mail, "x-failed-recipients")
    )


def _server_words(mail: Mail, own: OwnAddresses) -> bool:
    """Servers that sign bounces with a name of their own; never a mail that somebody passed on."""
    if not _BOUNCE_SUBJECT.search(mail.subject) or _FORWARDED.match(mail.subject):
        return False
    return _report_type(mail) == "" or bool(_SERVER_WORDS.search(mail.text[:_FIRST_WORDS]))


def _receipt(mail: Mail, own: OwnAddresses) -> bool:
    return _report_type(mail) == "disposition-notification"


def _machine_report(mail: Mail, own: OwnAddresses) -> bool:
    # DMARC, TLS and abuse reports: nobody typed a multipart/report
    return _report_type(mail) is not None


def _auto_submitted(mail: Mail, own: OwnAddresses | None = None) -> bool:
    """RFC 3834 section 5: any keyword but "no"; comments and parameters are not the keyword."""
    return any(_keyword(value) not in ("", "no") for value in _field(mail, "auto-submitted"))


def _auto_field(mail: Mail, own: OwnAddresses | None = None) -> bool:
    return any(
        value.strip().lower() not in _NO for name in _AUTO_FIELDS for value in _field(mail, name)
    ) or "auto_reply" in _precedences(mail)


def _list(mail: Mail, own: OwnAddresses) -> bool:
    posts = [*_field(mail, "list-id"), *_field(mail, "list-post")]
    # Our own mailbox may be a group address, and replies reach us through customers' lists.
    ours = any(_names_us(value, own) for value in posts)
    return bool(posts) and not ours and not answers_us(mail, own)


def _newsletter(mail: Mail, own: OwnAddresses) -> bool:
    bulk = bool(_precedences(mail) & {"bulk", "list"})
    return bulk and bool(_field(mail, "list-unsubscribe")) and not answers_us(mail, own)


def _reply(mail: Mail, own: OwnAddresses) -> bool:
    return bool(mail.in_reply_to or mail.references) or answers_us(mail, own)


SCREENS: tuple[tuple[Kind, str, Judge], ...] = (
    ("own", "from an address of ours", _own_address),
    ("own", "made by this installation", _own_marker),
    ("loop", "more than 50 Received fields", _loop),
    ("bounce", "delivery status report", _delivery_report),
    ("receipt", "disposition notification", _receipt),
    ("bounce", "from a mailer daemon", _daemon),
    ("bounce", "words of a mail server", _server_words),
    ("auto_reply", "Auto-Submitted", _auto_submitted),
    ("auto_reply", "marked as automatic reply", _auto_field),
    ("auto_reply", "machine report", _machine_report),
    ("list", "mailing list", _list),
    ("newsletter", "newsletter", _newsletter),
    ("reply", "answers a mail", _reply),
)


def _null_sender(mail: Mail) -> bool:
    """RFC 5321 4.5.5: Return-Path <> belongs to notices that nobody may answer."""
    paths = _field(mail, "return-path")
    return bool(paths) and paths[0].replace(" ", "") in ("<>", "")


def _asks_for_silence(mail: Mail) -> bool:
    """Exchange: a wish not to be answered by machines, by people as well as by machines."""
    wishes = {
        word.strip().lower()
        for value in _field(mail, "x-auto-response-suppress")
        for word in value.split(",")
    }
    return bool(wishes & {"all", "autoreply", "oof", "dr"})


def _mass_mail(mail: Mail) -> bool:
    return bool(_precedences(mail) & {"bulk", "junk", "list", "auto_reply"})


def _list_fields(mail: Mail) -> bool:
    return any(_field(mail, name) for name in ("list-id", "list-post", "list-unsubscribe"))


def _no_reply_sender(mail: Mail) -> bool:
    """Reply-To counts as well: it is where the letter would go if it were used."""
    senders = [one.address for one in (mail.from_, *mail.reply_to) if one is not None]
    return any(
        pattern.fullmatch(one) for pattern in (_NO_REPLY, _DAEMONS, _POSTMASTERS) for one in senders
    )


_SILENCERS: tuple[tuple[str, Callable[[Mail], bool]], ...] = (
    ("no sender address", lambda mail: mail.from_ is None),
    ("empty Return-Path", _null_sender),
    ("Auto-Submitted", _auto_submitted),
    ("marked as automatic reply", _auto_field),
    ("X-Auto-Response-Suppress", _asks_for_silence),
    ("Precedence", _mass_mail),
    ("mailing list", _list_fields),
    ("report", lambda mail: _report_type(mail) is not None),
    ("no-reply sender", _no_reply_sender),
)


def _field(mail: Mail, name: str) -> tuple[str, ...]:
    return mail.headers.get(name, ())


def _first(mail: Mail, name: str) -> str:
    return next(iter(_field(mail, name)), "")


def _precedences(mail: Mail) -> set[str]:
    return {value.strip().lower() for value in _field(mail, "precedence")}


def _keyword(value: str) -> str:
    """The token of RFC 3834 section 5, comments (nested, too) and parameters taken away."""
    before = None
    while before != value:
        before, value = value, _COMMENT.sub(" ", value)
    return value.partition(";")[0].strip().lower()


def _names_us(value: str, own: OwnAddresses) -> bool:
    low = value.lower()
    names: Iterable[str] = (*own.addresses, *(a.replace("@", ".") for a in own.addresses))
    return any(name in low for name in names)
