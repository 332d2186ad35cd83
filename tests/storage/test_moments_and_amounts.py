"""A moment and an amount come back from both databases as they went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from storage import tables
from storage.changes import Insert, plain
from storage.database import Database
from tests.storage.rows import new_case, record, row, writing

MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def round_trip(db: Database, moment: datetime) -> datetime:
    with db.write() as tx:
        tx.execute(tables.raws.delete())
        raw = row(tables.raws, sha256="a" * 64, stored_at=moment)
        tx.execute(insert(tables.raws).values(raw))
        back = tx.scalar(select(tables.raws.c.stored_at))
    assert isinstance(back, datetime)
    return back


ANY_MOMENT = st.datetimes(timezones=st.timezones() | st.just(UTC)).filter(
    lambda moment: 1 < moment.year < 9999
)


@MANY
@given(ANY_MOMENT)
def test_a_moment_comes_back_in_utc(db: Database, moment: datetime) -> None:
    back = round_trip(db, moment)
    assert back == moment.astimezone(UTC)
    assert back.tzinfo is UTC
    assert plain(back) == plain(moment)


@pytest.mark.parametrize(
    "moment",
    [
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_moment_at_the_edge_comes_back(db: Database, moment: datetime) -> None:
    assert round_trip(db, moment) == moment


def test_a_moment_without_a_zone_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        round_trip(db, datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - that is the point


def test_moments_are_ordered_by_the_database(db: Database) -> None:
    """On SQLite they are texts, and must all be of one length."""
    moments = [
        datetime(999, 12, 31, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=2))),
    ]
    rows = [row(tables.raws, sha256=f"{n:064}", stored_at=m) for n, m in enumerate(moments)]
    with db.write() as tx:
        tx.execute(insert(tables.raws), rows[::-1])
        by_moment = select(tables.raws.c.stored_at).order_by(tables.raws.c.stored_at)
        assert tx.scalars(by_moment).all() == moments
        before = select(tables.raws.c.sha256).where(tables.raws.c.stored_at < moments[2])
        assert len(tx.scalars(before).all()) == 2


@MANY
@given(st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=6))
def test_an_amount_is_exact(db: Database, amount: Decimal) -> None:
    case_id = new_case(db)
    line = row(tables.lines, case_id=case_id, position=1, compensation_amount=amount)
    with writing(db) as book:
        record(book, case_id, Insert(tables.lines, line))
    with db.read() as connection:
        held = select(tables.lines.c.compensation_amount).where(tables.lines.c.id == line["id"])
        back = connection.scalar(held)
    assert back == amount
    assert str(back) == str(amount)  # 0.10 stays 0.10


@pytest.mark.parametrize("no_amount", [0.1, 7, "7", Decimal("NaN"), Decimal("-Infinity")])
def test_what_is_no_exact_amount_is_refused(db: Database, no_amount: object) -> None:
    with pytest.raises(StatementError, match="not an exact amount"):
        new_case(db, order_value=no_amount)
