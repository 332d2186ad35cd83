"""The quick ways of reading read as the standard library does, or give no answer."""

from __future__ import annotations

from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.mime import whole
from intake.mime.mended import Node
from intake.sender.addresses import _USUAL, _pairs
from tests.mutants import corpus, mutants


def shape(node: Message) -> object:
    """All that a tree consists of."""
    payload = vars(node)["_payload"]
    return (
        list(node.raw_items()),
        (node.preamble, node.epilogue, node.get_default_type(), node.get_unixfrom()),
        [type(one).__name__ for one in node.defects],
        [shape(one) for one in payload] if isinstance(payload, list) else payload,
    )


def agrees(raw: bytes) -> bool:
    """Whether the quick way gave an answer; it must be the slow one's."""
    quick = whole.parsed(raw, Node)
    if quick is None:
        return False
    assert shape(quick) == shape(BytesParser(_class=Node, policy=policy.compat32).parsebytes(raw))
    return True


def test_all_mails_there_are() -> None:
    every = corpus()
    assert sum(map(agrees, every)) > len(every) * 0.8


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(raw=mutants())
def test_mutated_mails(raw: bytes) -> None:
    agrees(raw)


@pytest.mark.parametrize(
    ("raw", "quick"),
    [
        (b"From: a\n\nhello", True),
        (b"From: a\r\nTo: b\r\n c\r\n\r\n", True),
        (b"\nno head", True),
        (b"From: a\nno field\n\nhello", False),
        (b"From: a", False),
        (b"From a@b Mon\nFrom: a\n\n", False),
        (b"From: a\r\n\r\na\rb", False),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n", True),
        (b"Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\nx\n--b--\nepi\n", True),
        (b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nx\n--b\n\n\n--b--", True),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n", False),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\nx\n--b--\n", False),
        (b"Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", False),
    ],
)
def test_small_ones(raw: bytes, quick: bool) -> None:
    assert agrees(raw) is quick


@given(value=st.text(st.sampled_from(' ab.@<>",;:()=?é\t'), max_size=24))
def test_usual_addresses_are_read_as_the_library_reads_them(value: str) -> None:
    for one in (value, f"Bob {value} <b@c.d>", f"{value}@c.d", f"<{value}@c.d>"):
        if _USUAL.fullmatch(one):
            assert _pairs(one) == getaddresses([one])
