"""R-30: what counts as the same problem, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cases.defects import defect_of
from cases.likeness import overlap, plain, rarity, words
from cases.recurrence import Part, Told, hints, marks, sought
from cases.sights import bands, near

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def case(number: int, text: str, part: str = "21154", **values: object) -> Told:
    made = Told(number, f"KS-{number}", 1, (Part(part, ""),), text, AT + timedelta(days=number))
    return replace(made, **values)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "text",
    [
        "The thread M2.5 is too wide, screws spin.",
        "Die Gewindebohrungen sind zu groß",
        "螺纹过大，螺丝打滑",
        "le taraudage est trop grand",
        "螺紋過大",
    ],
)
def test_one_defect_in_many_words(text: str) -> None:
    assert "thread" in defect_of(text).features
    assert defect_of(text).faults == {"too large"}


def test_what_is_not_complained_of_is_not_understood() -> None:
    assert defect_of("Dear Sirs, please see the attached file. Best regards").faults == frozenset()


def test_words_have_one_spelling() -> None:
    assert plain("Größe ÉCRASÉ Łódź ﬁ") == "grosse ecrase lodz fi"
    assert words("scratches") == words("Scratched") == {"scratc"}
    assert words("表面划伤") == {"表面", "面划", "划伤"}
    weight = rarity([{"a", "b"}, {"a", "c"}, {"a", "d"}])
    assert weight["a"] < weight["b"]
    assert overlap({"a", "b"}, {"a", "b"}, weight) == pytest.approx(1.0)
    assert overlap({"a"}, {"b"}, weight) == 0.0
    assert overlap(set(), {"b"}, weight) == 0.0


def test_the_reason_is_told_in_words() -> None:
    now, before = case(41, "Gewinde zu groß"), case(0, "thread too wide")
    (hint,) = hints(now, [before])
    assert (hint.later, hint.earlier) == (41, 0)
    assert hint.reason == (
        "same part 21154 of the same customer 41 days before; the same defect: thread, too large"
    )
    assert hints(before, [now]) == [hint]  # whoever looks


def test_same_words_that_nobody_understands() -> None:
    now, before = case(1, "the frobnitz gyres wildly"), case(0, "frobnitz gyres wildly again")
    (hint,) = hints(now, [before, case(2, "colour wrong"), case(3, "rust everywhere")])
    assert hint.reason.endswith("the same words: frobni, gyres, wildly")


def test_what_is_no_recurrence() -> None:
    now = case(10, "thread too wide")
    for other in (
        case(0, "thread too wide", part="21155"),
        case(0, "surface scratched"),
        case(0, "thread too wide", customer=2),
        case(0, "thread too wide", arrived_at=AT - timedelta(days=800)),
        case(0, "bore too big"),
    ):
        assert hints(now, [other]) == []
    assert hints(replace(now, apart=frozenset({0})), [case(0, "thread too wide")]) == []


def test_a_part_that_only_the_text_names() -> None:
    bare = case(0, "our 21154 has threads that are too wide", part="")
    assert hints(case(10, "thread too wide"), [bare])
    assert dict(sought(bare))["no part"] == "1"
    assert ("part", "1:21154") in marks(bare) & marks(case(10, ""))


def test_a_line_of_all_mails_says_nothing() -> None:
    usual = "\nAvoid scratches on the goods in transit."
    others = [case(n, f"{word}{usual}") for n, word in enumerate(("rust", "burrs", "leak", "bent"))]
    assert hints(case(9, f"wrong colour{usual}"), others) == []


def test_a_picture_in_all_mails_is_a_logo() -> None:
    seen = "0123456789abcdef0123456789abcdef"
    one = case(0, "rust", pictures=(seen,))
    assert hints(case(9, "bent", part="5", pictures=(seen,)), [one])[0].reason == (
        "the same picture as in KS-0"
    )
    many = [case(n, "rust", part=f"{n}00", pictures=(seen,)) for n in range(4)]
    assert hints(case(9, "bent", part="5", pictures=(seen,)), many) == []


def test_pictures_that_are_near_share_a_band() -> None:
    seen, cut = "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdee"
    assert near(seen, f"{'f' * 32}.{cut}")
    assert not near(seen, "f" * 32)
    assert set(bands(seen)) & set(bands(cut))
    assert list(bands("0" * 32)) == []
