"""Facts of a complaint (R-23): what is found, in which line, and what is left alone."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.facts.amounts import number, written
from intake.facts.find import BUILT_IN, Facts, Patterns, find
from intake.facts.labels import labels
from intake.facts.quantities import quantities
from intake.parse import read
from tests.reading import facts as own


def facts_of(text: str, subject: str = "Complaint", patterns: Patterns = BUILT_IN) -> Facts:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ana@ruiz.test", "us@acme.test", subject
    mail.set_content(text)
    return find(read(mail.as_bytes()), patterns)


def values(facts: Facts) -> dict[str, str]:
    return {name: fact.value for line in facts.lines for name, fact in line.items()}


def test_the_own_set_is_read_as_a_person_would() -> None:
    for score in own.scores(Path()):
        assert score.holds, f"{score}\n" + "\n".join(score.misses)


def test_a_fact_names_the_line_where_it_stood() -> None:
    (line,) = facts_of("Hello,\n  PO no.: 4500123  \nBye").lines
    assert (line["po_pi_no"].line, line["po_pi_no"].where) == ("PO no.: 4500123", "text")


def test_what_is_quoted_is_not_said() -> None:
    said = "Nothing new.\n\nOn 2 March 2026, Li Wei wrote:\n> order 4500123, part 4711-02\n"
    assert not facts_of(said)


def test_a_number_of_ours_is_not_the_customers() -> None:
    assert not facts_of("It is the same.", "Complaint KS2026-014")
    ours = Patterns(case_numbers=("R{year}/{seq:04}",))
    assert facts_of("It is the same.", "Complaint R2026/0014", ours).of_case == {}
    assert "customer_reference" in facts_of("It is the same.", "Complaint R2026/0014").of_case


def test_the_companys_own_patterns_come_first() -> None:
    ours = Patterns({"po_pi_no": (r"\bX(\d{4})\b",)})
    assert values(facts_of("PO 4500123, which you call X7788.", patterns=ours)) == {
        "po_pi_no": "7788"
    }


@pytest.mark.parametrize(
    "text",
    [
        "The bore is 25.06 mm instead of 25.02 mm.",
        "Your order of 12.03.2026 came late.",
        "Call me at 14:30, room 4711.",
        "Lot of 300 pcs needed.",
        "It is the third complaint in 12 weeks.",
        "Part 2 of my mail follows.",
        "100 % of the delivery.",
        "Product: see https://shop.example/p/4711",
    ],
)
def test_what_only_looks_like_a_fact(text: str) -> None:
    assert values(facts_of(text)) == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("300", "300"),
        ("1,250", "1250"),
        ("1.250", "1250"),
        ("1.250,50", "1250.50"),
        ("1,250.50", "1250.50"),
        ("1 250", "1250"),
        ("1'250.5", "1250.5"),
        ("0.125", "0.125"),
        ("12,5", "12.5"),
        ("1.000.000", "1000000"),
    ],
)
def test_numbers_as_people_write_them(text: str, value: str) -> None:
    found = number(text)
    assert found is not None
    assert written(found) == value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12 of 300 pcs", {"quantity_complained": "12", "quantity_delivered": "300"}),
        ("12/300 pcs", {"quantity_complained": "12", "quantity_delivered": "300"}),
        ("300件中有12件不良", {"quantity_complained": "12", "quantity_delivered": "300"}),
        ("all 300 pieces", {"quantity_complained": "300"}),
        (
            "300 pieces delivered, 12 of them bad",
            {"quantity_delivered": "300", "quantity_complained": "12"},
        ),
        ("we need 20 pcs", {"wanted": "20"}),
        ("40 pcs", {"unnamed": "40"}),
        ("no number here", {}),
    ],
)
def test_quantities_by_what_is_said_around_them(line: str, expected: dict[str, str]) -> None:
    assert {name: written(value) for name, value, _ in quantities(line)} == expected


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("PO No.", ("po_pi_no",)),
        ("our purchase order", ("po_pi_no",)),
        ("Bestell-Nr.", ("po_pi_no",)),
        ("订单号", ("po_pi_no",)),
        ("注文番号", ("po_pi_no",)),
        ("Pin", ()),
        ("", ()),
        ("Dear Sirs", ()),
    ],
)
def test_labels_with_and_without_their_marks(label: str, names: tuple[str, ...]) -> None:
    assert labels().names(label) == names


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "PO",
                "Qty",
                ":",
                "|",
                "\t",
                "4711",
                "pcs",
                "件",
                "of",
                "$",
                "\n",
                "  ",
                "12",
                "“",
                "Rev",
                "C",
                "订单",
                "。",
                "1,2",
                "/",
                "-",
                "@",
                "bad",
            ]
        ),
        max_size=60,
    )
)
def test_no_text_is_too_odd(pieces: list[str]) -> None:
    facts = facts_of(" ".join(pieces))
    assert facts == facts_of(" ".join(pieces))


def test_long_lines_cost_no_more_than_their_length() -> None:
    """Each of these took minutes where a pattern could go back over what it had read."""
    for unit in ("1 ", "1,", "PO: ", "| ", "“", "12 of ", "a" * 50 + " ", "订单", "$1"):
        facts_of(unit * (200_000 // len(unit)))
