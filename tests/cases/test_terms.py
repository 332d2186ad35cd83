"""R-11, R-32: what can be agreed, the layers, and when clocks warn."""

from __future__ import annotations

import pytest

from cases.clocks import CLOCKS, check_warn, earlier
from cases.errors import BadInput, NotFound
from cases.terms import TERMS, Terms, moves_clocks, term, time_of, warns_of, written


def test_each_layer_wins_over_those_before_it() -> None:
    terms = Terms({"interim_days": 9, "priority": True}, {"interim_days": 2}, {})
    assert (terms.days("interim_days"), terms.flag("priority")) == (2, True)
    assert terms.many("reminder_days") == ("3", "7")
    assert terms.agreed("interim_days")
    assert not terms.agreed("reminder_days")
    assert (len(terms), list(terms)) == (len(TERMS), list(TERMS))


@pytest.mark.parametrize("name", TERMS)
def test_what_is_written_is_read_as_the_same(name: str) -> None:
    default = TERMS[name].default
    assert TERMS[name].read(written(default)) == default


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("priority", "maybe"),
        ("interim_days", "366"),
        ("reminder_days", "7, 3"),
        ("status_mails", "opened"),
        ("approvers", "ada"),
        ("proposal.time", "soon"),
        ("proposal.warns", "50"),
    ],
)
def test_what_cannot_be_agreed_is_told(name: str, text: str) -> None:
    with pytest.raises(BadInput):
        TERMS[name].read(text)


def test_an_unknown_term() -> None:
    with pytest.raises(NotFound, match="no term colour"):
        term("colour")


def test_clocks_run_by_terms() -> None:
    terms = Terms({"proposal.time": "24 hours", "containment.warns": ("90 %",)})
    assert time_of(terms, "proposal") == "24 hours"
    assert time_of(terms, "containment") == "4 hours"
    assert time_of(terms, "promised_date") == ""
    # What was agreed is not made earlier; what the table says is.
    assert warns_of(terms, "containment", expedited=True) == ("90 %",)
    assert warns_of(terms, "proposal", expedited=True) == ("6 hours",)
    assert warns_of(terms, "proposal", expedited=False) == ("8 hours",)
    assert warns_of(terms, "promised_date", expedited=True) == ("5 business days before",)


def test_every_default_has_its_earlier_warning() -> None:
    for clock in CLOCKS.values():
        for one, sooner in zip(clock.warns, earlier(clock.warns), strict=True):
            assert check_warn(sooner) == sooner != one
    assert earlier(["95 %", "9 %", "3 hours"]) == ("85 %", "9 %", "3 hours")


def test_which_terms_move_clocks() -> None:
    moving = {name for name in TERMS if moves_clocks(name)}
    assert moving == {"calendar", *(name for name in TERMS if "." in name)}
