"""Was it written to many? Judges for `screen`: mailing lists (RFC 2919), newsletters."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from intake.fields import precedences, values_of
from intake.kinds.robots import no_reply
from intake.mail import Mail

_LIST_FIELDS: Final = ("list-id", "list-post", "mailing-list", "x-mailing-list", "x-beenthere")
# What services that send to many write into each of them.
_SERVICES: Final = (
    "feedback-id",
    "list-unsubscribe-post",
    "x-campaign",
    "x-campaign-id",
    "x-campaignid",
    "x-mailchimp-id",
    "x-mc-user",
    "x-mailgun-tag",
    "x-sg-eid",
    "x-sfmc-stack",
    "x-csa-complaints",
    "x-mailer-recptid",
    "x-newsletter",
    "x-rpcampaign",
    "x-cmae-envelope",
    "x-hs-cid",
    "x-ses-outgoing",
    "x-mailjet-campaign",
    "x-msys-api",
    "x-sib-id",
    "x-abuse-info",
)
_WAY_OUT: Final = re.compile(
    r"unsubscribe|opt[- ]?out|manage (?:your )?(?:email )?preferences|view (?:this"
    r"|in) (?:e-?mail )?(?:in )?(?:your )?browser"
    r"|newsletter (?:abbestellen|abmelden)|abbestellen|vom newsletter|désabonner|désinscri"
    r"|darse? de baja|cancelar (?:la )?suscripción"
    r"|disiscri|annulla l.iscrizione|cancelar (?:a )?(?:inscrição|assinatura)|uitschrijven"
    r"|afmelden|wypisz|отписаться"
    r"|退订|取消订阅|取消訂閱|配信停止|購読解除|수신 ?거부",
    re.IGNORECASE,
)
_SENDER: Final = re.compile(
    r"(?:[^@]*[-_.+])?(?:news(?:letters?)?|mailings?|marketing|promo(?:tions?)?|offers?"
    r"|deals|campaigns?|webinars?)(?:[-_.+][^@]*)?@.*"
    r"|[^@]*@(?:mailings?|news|newsletters?|marketing|promo)\d?\.[^@]+"
)
_LOOKED_AT: Final = 16 * 1024
_ENOUGH: Final = 3


def mailing_list(mail: Mail, ours: Collection[str]) -> bool:
    """A list has the mail sent to its members; a list of ours, or of the customer's, may be us."""
    values = [value for name in _LIST_FIELDS for value in values_of(mail, name)]
    return bool(values) and not any(_names_us(value, ours) for value in values)


def newsletter(mail: Mail) -> bool:
    """Sent to many by one. List-Unsubscribe with one more sign, or three without it."""
    if values_of(mail, "list-post"):
        return False
    bulk = bool(precedences(mail) & {"bulk", "junk"})
    service = any(values_of(mail, name) for name in _SERVICES)
    sender = mail.from_.address if mail.from_ else ""
    if values_of(mail, "list-unsubscribe"):
        # A list (RFC 2919) that belongs to somebody's news is still a list.
        named = not values_of(mail, "list-id") and bool(_SENDER.fullmatch(sender))
        return bulk or service or named
    if mail.in_reply_to:
        return False
    signs = sum((bulk, service, bool(_SENDER.fullmatch(sender)) or no_reply(sender)))
    if signs < _ENOUGH - 1:
        return False
    return signs >= _ENOUGH or bool(_WAY_OUT.search(mail.text[-_LOOKED_AT:]))


def _names_us(value: str, ours: Collection[str]) -> bool:
    low = value.lower()
    return any(one in low or one.replace("@", ".") in low for one in ours)
