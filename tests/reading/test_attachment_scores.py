"""The measure of attachments holds, and what is listed as wrong about them is wrong."""

from __future__ import annotations

import pytest

from tests.reading import attachments
from tests.reading.expected import FOLDER, wrong

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the foreign mails are not on this machine"
)


def test_every_right_expectation_holds() -> None:
    for score in attachments.scores(FOLDER):
        assert score.holds, (score.name, score.misses)


def test_wrong_expectations_of_attachments_are_wrong() -> None:
    checks = [*attachments.mikel(FOLDER), *attachments.nodemailer(FOLDER)]
    for one in wrong():
        if one.field.startswith("attachments["):
            found = [it for it in checks if (it.mail, it.what) == (one.mail, one.field)]
            assert [it.holds for it in found] == [False], one
