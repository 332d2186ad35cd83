"""Marks of the company's own filter: they silence an automatic answer, and cost no case."""

from __future__ import annotations

import pytest

from intake.kinds.screen import OwnAddresses, screen
from intake.kinds.spam import marked
from intake.mail import Mail
from intake.parse import read

ANYWHERE: frozenset[str] = frozenset()
BORDER = frozenset({"mx.acme.test"})
BY_US = "Received: from x.test by mx.acme.test; Mon, 2 Mar 2026 08:00:00 +0000"


def mail(*headers: str) -> Mail:
    return read("\n".join((*headers, "From: bob@shop.test", "", "hello", "")).encode())


@pytest.mark.parametrize(
    ("header", "spam"),
    [
        ("X-Spam-Flag: YES", True),
        ("X-Spam-Flag: NO", False),
        ("X-Spam-Status: Yes, score=7.1 required=5.0", True),
        ("X-Spam-Status: No, score=2.1 required=5.0", False),
        ("X-Spam-Level: *******", True),
        ("X-Spam-Level: **", False),
        ("X-Spam-Level: *******\nX-Spam-Status: No, score=7.0 required=9.0", False),
        ("X-Rspamd-Action: add header", True),
        ("X-Rspamd-Action: no action", False),
        ("X-Spamd-Result: default: True [17.2 / 15.0]", True),
        ("X-Spamd-Result: default: False [1.2 / 15.0]", False),
        ("X-MS-Exchange-Organization-SCL: 6", True),
        ("X-MS-Exchange-Organization-SCL: 1", False),
        ("X-MS-Exchange-Organization-SCL: -1", False),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SCL:5;SFV:SPM;CAT:SPM;", True),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SCL:1;SFV:NSPM;CAT:NONE;", False),
        ("X-Proofpoint-Spam-Details: rule=inbound_spam policy=inbound score=99", True),
        ("X-Proofpoint-Spam-Details: rule=notspam policy=default score=0", False),
        ("X-Barracuda-Spam-Flag: YES", True),
        ("X-MailScanner-SpamCheck: spam, SpamAssassin (score=9)", True),
        ("X-MailScanner-SpamCheck: not spam", False),
        ("Subject: spam in my order", False),
    ],
)
def test_marks(header: str, spam: bool) -> None:
    read_mail = mail(header)
    assert marked(read_mail, ANYWHERE) is spam
    assert screen(read_mail, OwnAddresses(frozenset())).kind == "complaint"


def test_where_a_border_is_named_only_what_it_wrote_counts() -> None:
    assert marked(mail("X-Spam-Flag: YES", BY_US), BORDER)
    assert not marked(mail(BY_US, "X-Spam-Flag: YES"), BORDER)
    assert marked(mail(BY_US, "X-MS-Exchange-Organization-SCL: 9"), BORDER)  # Exchange guards it


def test_a_received_field_that_cannot_be_read_makes_no_mark() -> None:
    assert not marked(mail('Received: from "x by', "X-Spam-Flag: YES"), BORDER)
