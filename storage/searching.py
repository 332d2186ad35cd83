"""Cases by a word, the newest first: what the desk's search asks."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Connection, Select, Table, func, or_, select, union

from storage.tables import cases, contacts, customers, lines
from storage.worklist import OPEN, ROWS, Page, columns, page_of, plain_row

# Where a word is looked for.
_IN_CASES: Final = columns(cases, "number", "subject", "customer_reference")
_IN_CONTACTS: Final = columns(contacts, "name", "address")
_IN_CUSTOMERS: Final = columns(customers, "name", "code")
_IN_LINES: Final = columns(lines, "po_pi_no", "part_name", "part_number", "lot")


def found(connection: Connection, wanted: str, page: int, *, only_open: bool) -> Page:
    """Cases in whose number, subject, people or lines `wanted` is found; the newest first."""
    query = (
        select(
            *columns(cases, "number", "state", "subject", "manager", "arrived_at"),
            contacts.c.name.label("contact"),
            customers.c.name.label("customer"),
        )
        .outerjoin(contacts, contacts.c.id == cases.c.contact_id)
        .outerjoin(customers, customers.c.id == cases.c.customer_id)
        .order_by(cases.c.id.desc())
    )
    if only_open:
        query = query.where(cases.c.state.in_(OPEN))
    if not wanted:
        return page_of(connection, query, page)
    if only_open:  # few: their people and lines are looked at beside them
        of_case = select(lines.c.id).where(lines.c.case_id == cases.c.id)
        of_people = [_has(_IN_CONTACTS, wanted), _has(_IN_CUSTOMERS, wanted)]
        in_lines = of_case.where(_has(_IN_LINES, wanted)).exists()
        query = query.where(or_(in_lines, _has(_IN_CASES, wanted), *of_people))
        return _counted(connection, query, func.count().over(), page)
    hits = _hits(wanted)
    count = select(func.count()).select_from(hits).scalar_subquery()
    return _counted(connection, query.where(cases.c.id.in_(select(hits.c.id))), count, page)


def _hits(wanted: str) -> CTE:
    """The ids of all cases that have it. Each table is read once from end to end, which is much
    quicker than to look beside every case for its people and lines."""

    def beside(table: Table, texts: list[Any]) -> Any:
        return select(table.c.id).where(_has(texts, wanted))

    return union(
        select(cases.c.id).where(_has(_IN_CASES, wanted)),
        select(lines.c.case_id).where(_has(_IN_LINES, wanted)),
        select(cases.c.id).where(cases.c.contact_id.in_(beside(contacts, _IN_CONTACTS))),
        select(cases.c.id).where(cases.c.customer_id.in_(beside(customers, _IN_CUSTOMERS))),
    ).cte("hits")


def _has(texts: list[Any], wanted: str) -> ColumnElement[bool]:
    return or_(*(text.icontains(wanted, autoescape=True) for text in texts))


def _counted(
    connection: Connection, query: Select[Any], count: ColumnElement[int], page: int
) -> Page:
    """The rows with how many there are, in one question: finding them is the dear part of it."""
    page = max(1, page)
    some = query.add_columns(count.label("total")).limit(ROWS)
    rows = [plain_row(row) for row in connection.execute(some.offset((page - 1) * ROWS))]
    if not rows and page > 1:  # beyond the end: the last page
        first = connection.execute(some.limit(1)).first()
        last = -(-first.total // ROWS) if first else 1
        return _counted(connection, query, count, last)
    total = rows[0].pop("total") if rows else 0
    for row in rows:
        row.pop("total", None)
    return Page(rows, page, total)
