"""Mails that were cut, flipped, joined and mislabelled: reading never raises, and says it again."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings

from intake.kinds.screen import OwnAddresses
from intake.report import report
from service.reading import understand
from tests.mutants import mutants

OWN = OwnAddresses(frozenset({"complaints@desk.example"}))


@pytest.mark.timeout(120)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(raw=mutants())
def test_a_mutated_mail_is_read_and_read_the_same_again(raw: bytes) -> None:
    sha256 = hashlib.sha256(raw).hexdigest()
    once = understand(raw, sha256, OWN)
    assert "unreadable" not in once.mail.defects, once.mail.defects
    assert understand(raw, sha256, OWN) == once
    told = report("x.eml", raw, OWN)
    assert told["kind"] == once.screened.kind
    assert told == report("x.eml", raw, OWN)
