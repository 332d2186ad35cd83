"""One-click answers (R-29): RFC 6068 links, short, in three languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args
from urllib.parse import unquote, urlsplit

import pytest

from cases.answers import Asked, read
from mailer.clicks import FILE, VERBS, Click, ClickWords, mailto
from mailer.source import Asks
from mailer.templates import Templates, product_folder
from tests.mailer.mails import LANGUAGES, product

TOKEN = "abcdefghijklmnopqrstuvwxyz"
ADDRESS = f"complaints+{TOKEN}@parts.example"
LETTERS = ("A", "B", "C")


def words(language: str) -> ClickWords:
    found = product().clicks(language)
    assert found is not None
    return found


def every(language: str) -> list[tuple[str, Click]]:
    asked = (*VERBS, "one")
    return [
        (asks, click)
        for asks in asked
        for click in words(language).clicks(
            "proposal" if asks == "one" else asks, ("A",) if asks == "one" else LETTERS
        )
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_opens_a_short_mail_with_the_token_in_address_subject_and_body(
    language: str,
) -> None:
    for _, click in every(language):
        link = mailto(click, address=ADDRESS, subject="KS2026-041", token=TOKEN)
        assert len(link) < 1000  # RFC 6068 names no limit; some programs stop at 2,000
        assert re.fullmatch(r"mailto:[\w%.@-]+\?subject=[\w%.~-]+&body=[\w%.~-]+", link), link
        parts = urlsplit(link)
        fields = dict(one.split("=") for one in parts.query.split("&"))
        assert unquote(parts.path) == ADDRESS
        subject, body = (unquote(fields[name]) for name in ("subject", "body"))
        assert "\n" not in subject
        assert subject.endswith(f"[KS2026-041] Ref: {TOKEN} {click.mark}")
        assert body == f"{click.says}\r\n\r\nRef: {TOKEN} {click.mark}\r\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ready_words_say_by_themselves_what_the_click_means(language: str) -> None:
    """Were the mark lost, the words would still be read the same way; none reads as another."""
    for asks, click in every(language):
        kind = "proposal" if asks == "one" else asks
        asked = Asked(kind, ("A",) if asks == "one" else LETTERS if asks == "proposal" else ())  # type: ignore[arg-type]  # `kind` is one of the words
        found = read(click.says, asked)
        if click.verb in ("approve", "reject", "choose"):
            assert (found.verdict, found.option or "") == (click.verb, click.option)
            assert found.certain
        else:
            assert not found.certain


def test_each_option_has_its_link_and_a_single_one_is_agreed_to() -> None:
    labels = [one.label for one in words("en").clicks("proposal", LETTERS)]
    assert labels == ["Option A", "Option B", "Option C", "Not accepted", "I have a question"]
    (agreed, *_) = words("en").clicks("proposal", ("A",))
    assert (agreed.label, agreed.mark) == ("Agreed", "choose A")
    assert [one.mark for one in words("de").clicks("approval")] == ["approve", "reject", "question"]


def test_what_asks_nothing_that_can_be_clicked_has_no_links() -> None:
    assert words("en").clicks("question") == ()
    assert set(VERBS) < set(get_args(Asks))


def test_a_language_without_the_words_has_them_in_english(tmp_path: Path) -> None:
    (tmp_path / "fr").mkdir()
    assert Templates([product_folder(), tmp_path], ("fr",)).clicks("fr") == words("en")


def test_wrong_words_are_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    file = tmp_path / "en" / FILE
    file.write_text('[heading]\napproval = "Answer:"\n')
    found = Templates([product_folder(), tmp_path], ("en",))._problems
    assert any("label.approve is missing" in str(problem) for problem in found)
    file.write_text("[heading")
    found = Templates([product_folder(), tmp_path], ("en",))._problems
    assert any("cannot be read" in str(problem) for problem in found)
