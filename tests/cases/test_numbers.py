"""R-20: case numbers are written by the company's pattern and found again in any text."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.errors import BadInput
from cases.numbers import format_number, number_year, numbers_in

KS = "KS{year}-{seq:03}"


@pytest.mark.parametrize(
    ("pattern", "year", "seq", "number"),
    [
        (KS, 2024, 33, "KS2024-033"),
        (KS, 2026, 1, "KS2026-001"),
        (KS, 2026, 999, "KS2026-999"),
        (KS, 2026, 1000, "KS2026-1000"),
        ("{year}/{seq}", 2026, 7, "2026/7"),
        ("{seq:05}.{year}", 2026, 7, "00007.2026"),
        ("投诉{year}{seq:04}", 2026, 12, "投诉20260012"),
    ],
)
def test_a_number_is_written_by_the_pattern(pattern: str, year: int, seq: int, number: str) -> None:
    assert format_number(pattern, year, seq) == number
    assert numbers_in(f"Re: [{number}] again", pattern) == (number,)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "KS",
        "KS{seq:03}",
        "KS{year}",
        "KS{year}-{year}",
        "KS{seq}-{seq}",
        "KS{year}-{seq}-{seq}",
        "KS{year}-{seq:3}",
        "KS{year}-{seq:09}",
        "KS{year:02}-{seq}",
        "KS{year}-{seq}{month}",
        "KS{year}-{seq}}",
        "{{KS}}{year}-{seq}",
        "KS {year}-{seq}",
        "KS{year}-{seq}\n",
        "KS{year}-{seq.real}",
    ],
)
def test_another_pattern_is_refused_with_an_example(pattern: str) -> None:
    with pytest.raises(BadInput, match=r"as in KS\{year\}-\{seq:03\}"):
        format_number(pattern, 2026, 1)
    with pytest.raises(BadInput):
        numbers_in("KS2026-001", pattern)


@pytest.mark.parametrize(("year", "seq"), [(999, 1), (10000, 1), (2026, 0), (2026, 10**9)])
def test_a_year_or_sequence_out_of_range_is_refused(year: int, seq: int) -> None:
    with pytest.raises(BadInput, match="no number has year"):
        format_number(KS, year, seq)


@pytest.mark.parametrize(
    ("at", "zone", "year"),
    [
        ("2026-12-31T23:30+00:00", "Europe/Berlin", 2027),
        ("2026-12-31T22:30+00:00", "Europe/Berlin", 2026),
        ("2027-01-01T04:59+00:00", "America/New_York", 2026),
        ("2026-12-31T16:00+00:00", "Asia/Shanghai", 2027),
    ],
)
def test_the_year_is_the_companys(at: str, zone: str, year: int) -> None:
    assert number_year(datetime.fromisoformat(at), ZoneInfo(zone)) == year


def test_the_year_of_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="has no time zone"):
        number_year(datetime(2026, 1, 1), ZoneInfo("UTC"))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("[KS2026-001] Screws do not fit", ["KS2026-001"]),
        ("Re: ks2026-1234", ["KS2026-1234"]),
        ("KS2026-002, then KS2026-001; again ks2026-002.", ["KS2026-002", "KS2026-001"]),
        ("(KS2026-001)", ["KS2026-001"]),
        ("KS2026-001: photo", ["KS2026-001"]),
        ("see KS2026-001.Thanks", ["KS2026-001"]),
        ("1.KS2026-001", ["KS2026-001"]),
        ("KS2026-001_photo.jpg", ["KS2026-001"]),
        ("cases KS2026-001/KS2026-002", ["KS2026-001", "KS2026-002"]),
        ("关于KS2026-001的投诉", ["KS2026-001"]),
        ("KS2026-001について", ["KS2026-001"]),
        ("ＫＳ２０２６－００１", ["KS2026-001"]),
        ("KS2026\u2013001 and KS2026\u2011002", ["KS2026-001", "KS2026-002"]),
    ],
)
def test_numbers_are_found(text: str, numbers: list[str]) -> None:
    assert numbers_in(text, KS) == tuple(numbers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "XKS2026-001",
        "äKS2026-001",
        "9KS2026-001",
        "KS2026-001a",
        "KS2026-0012",
        "KS2026-01",
        "KS2026-001-77",
        "KS2026-001.5",
        "KS2026-001²",
        "KS2026-000",
        "KS0026-001",
        "KS26-001",
        "KS2026 001",
        "KS2026-" + "1" * 5000,
    ],
)
def test_a_longer_word_or_number_is_no_case_number(text: str) -> None:
    assert numbers_in(text, KS) == ()


def test_a_number_that_begins_with_a_digit_is_not_found_in_a_longer_number() -> None:
    assert numbers_in("12-2026-001, 3.2026-002, 2026-003", "{year}-{seq:03}") == ("2026-003",)


LITERALS = st.text("AZaz09-_./#+:投诉Ж", max_size=4)
SEQ_FIELDS = st.sampled_from(["{seq}"] + [f"{{seq:0{width}}}" for width in range(1, 9)])


@st.composite
def patterns(draw: st.DrawFn) -> str:
    fields = draw(st.permutations(["{year}", draw(SEQ_FIELDS)]))
    before, between, after = (draw(LITERALS) for _ in range(3))
    return before + fields[0] + between + fields[1] + after


@given(patterns(), st.integers(1000, 9999), st.integers(1, 999_999_999))
@settings(deadline=None)
def test_what_is_written_is_found(pattern: str, year: int, seq: int) -> None:
    number = format_number(pattern, year, seq)
    assert numbers_in(f"see ({number.swapcase()}) and [{number}]!", pattern) == (number,)


PIECES = ["KS", "ks", "2026", "0026", "-", "001", "1", "000", "9" * 9, " ", "不", "²", ".", "a"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(deadline=None)
def test_whatever_is_found_stands_in_the_text_and_is_written_by_the_pattern(text: str) -> None:
    for number in numbers_in(text, KS):
        assert number in text.upper()
        assert numbers_in(number, KS) == (number,)
