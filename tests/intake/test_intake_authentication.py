"""Authentication-Results: whom to believe, and forgeries that must not pass."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.parse import read
from intake.sender.authentication import UNKNOWN, Authentication, Trust, authenticate
from intake.sender.authentication_results import Malformed, read_field

TRUST = Trust(frozenset({"mx.acme.test"}), frozenset({"mx.acme.test"}))
BORDER = (
    "Received: from relay.shop.test (relay.shop.test [192.0.2.7])\n"
    " by mx.acme.test (Postfix) with ESMTPS id 1; Mon, 2 Mar 2026 10:00:00 +0100"
)
INNER = (
    "Received: from mx.acme.test by store.acme.test with LMTP id 2; Mon, 2 Mar 2026 10:00:01 +0100"
)
PASS = "mx.acme.test; dmarc=pass (p=reject) header.from=shop.test"


def said(*fields: str, sender: str = "bob@shop.test", trust: Trust = TRUST) -> Authentication:
    """The verdict on a mail with these fields on top of the others."""
    lines = (
        one if ":" in one.partition(" ")[0] else f"Authentication-Results: {one}" for one in fields
    )
    head = "\n".join((*lines, f"From: {sender}", "Subject: broken"))
    return authenticate(read(f"{head}\n\nhello\n".encode()), trust)


def test_what_our_border_host_says_is_believed() -> None:
    found = said(
        INNER,
        "mx.acme.test 1; spf=pass smtp.mailfrom=bounces@shop.test;\n"
        " dkim=pass (2048-bit key (rsa)) header.d=shop.test header.b=ab/c+=; "
        "DMARC=Pass (p=reject dis=none) Header . From=shop.test",
        BORDER,
    )
    assert (found.spf, found.dkim, found.dmarc) == ("pass", "pass", "pass")
    assert found.passed
    assert not found.failed


def test_a_failure_is_told() -> None:
    found = said("mx.acme.test; spf=softfail; dkim=none; dmarc=fail header.from=shop.test", BORDER)
    assert (found.spf, found.dkim, found.dmarc) == ("none", "none", "fail")
    assert found.failed


@pytest.mark.parametrize(
    "trust", [Trust(), Trust(TRUST.authserv_ids), Trust(received_by=TRUST.received_by)]
)
def test_by_default_nobody_is_believed(trust: Trust) -> None:
    assert said(PASS, BORDER, trust=trust) == UNKNOWN


IGNORED = {
    "written by the sender": (BORDER, PASS),
    "border forged below": (BORDER, PASS, BORDER),
    "somebody else's": (PASS.replace("mx.acme", "mx.evil"), BORDER),
    "name only in a comment": ("(mx.acme.test) evil; dmarc=pass header.from=shop.test", BORDER),
    "name at the start": (PASS.replace("acme.test;", "acme.test.evil.example;"), BORDER),
    "no border at all": (INNER, PASS),
    "border only in HELO": (
        PASS,
        "Received: from mx.acme.test (evil.example [192.0.2.66]) by inner.test with SMTP; now",
    ),
    "arc": ("ARC-" + "Authentication-Results: i=1; " + PASS, BORDER),
    "other version": (PASS.replace(";", " 2;", 1), BORDER),
    "no result": ("mx.acme.test; none", BORDER),
}  # fmt: skip


@pytest.mark.parametrize("fields", IGNORED.values(), ids=IGNORED.keys())
def test_what_others_say_is_ignored(fields: tuple[str, ...]) -> None:
    found = said(*fields)
    assert (found.spf, found.dkim, found.dmarc) == ("none", "none", "none")


def test_a_stranger_who_greets_as_us_does_not_move_the_border() -> None:
    # HELO "by": the words before our own name must not shift the reading
    odd = BORDER.replace("relay.shop.test", "by", 1)
    assert said(odd, PASS, BORDER).dmarc == "none"
    assert said(PASS, odd).passed


ATTACKS = {
    "quoted sender closes the comment": (
        'mx.acme.test; spf=pass (domain of "a) dmarc=pass (b"@evil.example is) smtp.mailfrom=x'
    ),
    "and adds a result": (
        'mx.acme.test; spf=pass (domain of "a); dmarc=pass header.from=shop.test; x=pass (b"@evil)'
    ),
    "nested comments": "mx.acme.test; spf=fail ((x) dmarc=pass header.from=shop.test) y)",
    "comment without end": "mx.acme.test; dmarc=pass header.from=shop.test (x",
    "quotes without end": 'mx.acme.test; dmarc=pass header.from="shop.test',
    "two verdicts": PASS.replace("; ", "; dmarc=fail header.from=shop.test; "),
    "fail and neither": "mx.acme.test; dmarc=none; dmarc=pass header.from=shop.test",
    "property bleeding": "mx.acme.test; spf=pass dmarc=pass header.from=shop.test",
    "property of another result": "mx.acme.test; dmarc=pass; spf=pass header.from=shop.test",
    "two properties": "mx.acme.test; dmarc=pass header.from=evil.test header.from=shop.test",
    "another domain": "mx.acme.test; dmarc=pass header.from=evil.example",
    "a subdomain": "mx.acme.test; dmarc=pass header.from=mail.shop.test",
    "no domain": "mx.acme.test; dmarc=pass",
    "result in quotes": 'mx.acme.test; dmarc="pass" header.from=shop.test',
    "result with a tail": "mx.acme.test; dmarc=pass/fail header.from=shop.test",
    "method with a tail": "mx.acme.test; dmarc x=pass header.from=shop.test",
    "method in quotes": 'mx.acme.test; "dmarc"=pass header.from=shop.test',
    "in the value": "mx.acme.test; spf=pass smtp.mailfrom=x;dmarc=pass@evil header.from=shop.test",
    "in quotes": 'mx.acme.test; spf=pass smtp.mailfrom="a; dmarc=pass header.from=shop.test"@evil',
    "escaped quotation mark": (
        'mx.acme.test; spf=pass smtp.mailfrom="a\\"; dmarc=pass header.from=shop.test; x=pass y="'
    ),
    "control": "mx.acme.test; dmarc=pass\x01 header.from=shop.test",
    "look-alike": "mx.acme.test; dmarс=pass header.from=shop.test",
    "soft": "mx.acme.test; dmarc=bestguesspass header.from=shop.test",
}  # fmt: skip


@pytest.mark.parametrize("field", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_forgery_in_our_own_field_passes(field: str) -> None:
    assert said(field, BORDER).dmarc != "pass"
    assert not said(field, BORDER).passed


def test_who_blurs_a_verdict_does_not_get_rid_of_it() -> None:
    """A failure that was made unreadable must not look like no verdict at all."""
    blurred = 'mx.acme.test; spf=pass (of "x"@evil); dmarc=fail header.from=shop.test'
    assert said(blurred, BORDER).failed
    assert said(ATTACKS["two verdicts"], BORDER).failed
    assert said("mx.acme.test; dmarc=fail header.from=shop.test", PASS, BORDER).failed
    unclear = BORDER.replace("relay.shop.test (", "x(y (", 1)
    assert said("mx.acme.test; dmarc=fail header.from=shop.test", unclear, PASS, BORDER).failed


def test_several_signatures_are_no_doubt() -> None:
    two = PASS.replace("; ", "; dkim=pass header.d=shop.test; dkim=fail header.d=x.test; ")
    assert said(two, BORDER).dkim == "none"
    assert said(two, BORDER).passed
    apart = ("mx.acme.test; dkim=pass header.d=shop.test", PASS, BORDER)
    assert (said(*apart).dkim, said(*apart).dmarc) == ("pass", "pass")


def test_other_alphabets() -> None:
    found = said(
        PASS.replace("shop.test", "xn--mnchen-3ya.test"), BORDER, sender="bob@münchen.test"
    )
    assert found.passed


def test_what_real_servers_write_can_be_read() -> None:
    samples = (
        "mx.google.example; dkim=pass header.i=@shop.test header.s=s1 header.b=aB3/xYz=; spf=pass "
        "(google.com: domain of b@shop.test designates 192.0.2.1 as permitted sender) "
        "smtp.mailfrom=b@shop.test; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=shop.test",
        "mx.ms.example; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=shop.test; dkim=pass "
        "(signature was verified) header.d=shop.test;dmarc=pass action=none "
        "header.from=shop.test;compauth=pass reason=100",
        'example.com; iprev=pass policy.iprev="2001:db8::1"; auth=pass (x) smtp.auth="a b"@x',
        "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) "
        "fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't "
        "expecting it) 1362471462",  # RFC 8601, appendix B.7
    )
    for one in samples:
        assert read_field(one).results
    assert read_field(samples[3]).results[0].properties == {"policy.expired": "1362471462"}


PIECES = st.sampled_from(
    ["mx.acme.test", ";", "dmarc", "=", "pass", "fail", "(", ")", '"', "\\", " ", "header.from",
     "shop.test", "evil.example", "/", "1", "spf", ".", "@", "\t", "é", "\x00", "none"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_any_field_is_read_or_refused(value: str) -> None:
    with contextlib.suppress(Malformed):
        read_field(value)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_text_of_the_sender_in_a_comment_or_in_quotes_makes_no_pass(value: str) -> None:
    """Our server tells of a failure and copies the sender's words around it."""
    one_line = "".join(c for c in value if c.isprintable())
    escaped = one_line.replace("\\", "\\\\").replace('"', '\\"')
    fields = (
        f"mx.acme.test; spf=pass ({one_line}) smtp.mailfrom=x; dmarc=fail header.from=shop.test",
        f'mx.acme.test; spf=pass smtp.mailfrom="{escaped}"@x; dmarc=fail header.from=shop.test',
        f"mx.acme.test; spf=pass smtp.helo={one_line}; dmarc=fail header.from=shop.test",
    )
    for field in fields:
        assert said(field, BORDER).failed


@given(st.lists(PIECES, max_size=25).map("".join))
def test_escaped_quotes_hold_whatever_is_in_them(value: str) -> None:
    one_line = "".join(c for c in value if c.isprintable())
    escaped = one_line.replace("\\", "\\\\").replace('"', '\\"')
    found = read_field(f'mx.acme.test; spf=pass smtp.mailfrom="{escaped}"')
    assert [one.method for one in found.results] == ["spf"]
