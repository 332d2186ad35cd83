"""Complaints as they are counted (R-42): the rows, and the figures of each customer and year."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from cases.counting import CaseRow, by_year, total
from storage import tables


def rows(connection: Connection, zone: ZoneInfo) -> dict[str, list[CaseRow]]:
    """All cases by their customer's code ("" for one without). The complaint date is that of the
    arrival, in the company's zone."""
    cases, customers, lines = tables.cases, tables.customers, tables.lines
    count = select(func.count()).where(lines.c.case_id == cases.c.id).scalar_subquery()
    found = connection.execute(
        select(cases, customers.c.code, count.label("lines"))
        .outerjoin(customers, customers.c.id == cases.c.customer_id)
        .order_by(cases.c.id)
    )
    every: dict[str, list[CaseRow]] = {}
    for row in found:
        day = row.arrived_at.astimezone(zone).date()
        case = CaseRow(row.id, row.state, day, row.round, row.lines, row.predecessor_id)
        every.setdefault(row.code or "", []).append(case)
    return every


def counts(connection: Connection, zone: ZoneInfo) -> list[dict[str, Any]]:
    """A row for each customer and year, and the total of each customer."""
    found: list[dict[str, Any]] = []
    for code, cases in sorted(rows(connection, zone).items()):
        years = by_year(cases)
        figures = [*((str(year), one) for year, one in years.items())]
        figures.append(("total", total(years.values())))
        found += ({"customer": code, "year": year, **asdict(one)} for year, one in figures)
    return found
