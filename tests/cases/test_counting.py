"""R-42: what counts as a complaint, and as a failure; the overview of samples/overview.csv."""

from __future__ import annotations

from datetime import date

import pytest

from cases.counting import CaseRow, Count, by_state, by_year, chains, rate, total

DAY = date(2024, 3, 1)


@pytest.mark.parametrize("state", ["dismissed", "withdrawn", "merged"])
def test_what_was_dismissed_withdrawn_or_merged_does_not_count(state: str) -> None:
    assert by_year([CaseRow(1, state, DAY)]) == {}
    assert by_state([CaseRow(1, state, DAY)]) == {state: 1}


def test_a_failure_is_a_line_in_the_year_of_its_complaint_date() -> None:
    rows = [CaseRow(1, "closed", date(2023, 12, 31), lines=2), CaseRow(2, "analysis", DAY)]
    assert by_year(rows) == {2023: Count(1, 2, 0, 1), 2024: Count(1, 1, 0, 1)}
    assert total(by_year(rows).values()) == Count(2, 3, 0, 2)


def test_a_chain_of_re_registrations_counts_once_in_the_year_of_the_first() -> None:
    rows = [
        CaseRow(1, "re_registered", date(2023, 12, 1), lines=1),
        CaseRow(3, "closed", date(2024, 2, 1), lines=2, predecessor_id=2),
        CaseRow(2, "re_registered", date(2024, 1, 1), lines=1, predecessor_id=1),
    ]
    assert by_year(rows) == {2023: Count(1, 2, registered_anew=2, rounds=3)}
    assert [len(chain.cases) for chain in chains(rows)] == [3]


def test_a_next_round_in_the_same_case_is_no_registration() -> None:
    assert by_year([CaseRow(1, "closed", DAY, round=3)]) == {2024: Count(1, 1, 0, rounds=3)}


def test_a_chain_that_ends_withdrawn_does_not_count() -> None:
    rows = [
        CaseRow(1, "re_registered", DAY),
        CaseRow(2, "withdrawn", DAY, predecessor_id=1),
    ]
    assert by_year(rows) == {}


def test_rates_are_those_of_the_overview() -> None:
    """samples/overview.csv: production items, failures, complaint rate."""
    rows = [(1, 0, "0.00"), (80, 1, "1.25"), (229, 6, "2.62"), (289, 7, "2.42"), (229, 5, "2.18")]
    assert [rate(failures, items) for items, failures, _ in rows] == [told for *_, told in rows]
    items, failures = sum(one[0] for one in rows), sum(one[1] for one in rows)
    assert (items, failures, rate(failures, items)) == (828, 19, "2.29")
    assert rate(3, 0) == ""


# samples/datasheet.csv: complaint number and date; KS2024-025 has two lines.
SHEET = """
KS2022-006 2022-11-09 | KS2022-009 2023-01-10 | KS2023-017 2023-03-29 | KS2023-018 2023-04-20
KS2023-021 2023-06-07 | KS2023-027 2023-08-25 | KS2023-033 2023-11-22 | KS2024-018 2024-04-29
KS2024-019 2024-04-29 | KS2024-021 2024-05-28 | KS2024-025 2024-07-04 | KS2024-027 2024-08-28
KS2024-033 2024-09-17
"""


def test_the_data_sheet_gives_the_failures_of_the_overview() -> None:
    told = [one.split() for line in SHEET.strip().splitlines() for one in line.split("|")]
    rows = [
        CaseRow(n, "closed", date.fromisoformat(day), lines=2 if number == "KS2024-025" else 1)
        for n, (number, day) in enumerate(told)
    ]
    counts = by_year(rows)
    assert {year: one.failures for year, one in counts.items()} == {2022: 1, 2023: 6, 2024: 7}
    assert counts[2024].registrations == 6
