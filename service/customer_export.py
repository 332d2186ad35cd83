"""Customers leave as a file (CSV, XLSX) that comes in again as the same (R-11, R-33)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cases.errors import BadInput
from cases.terms import Value, written
from service.customer_file import COLUMNS, NOTHING, TERM_COLUMNS
from service.sheet import ENDINGS, to_csv, to_xlsx
from storage import terms
from storage.customers import customer_list
from storage.database import Connection

_OF_CONTACT: Final = ("name", "address", "phone", "language")


def export_customers(connection: Connection, ending: str) -> bytes:
    """The file with this ending (".csv", ".xlsx"); BadInput for another.

    Provisional customers and contacts are left out: an import would confirm them (R-33).
    """
    if ending.lower() not in ENDINGS:
        raise BadInput(f"{ending!r} is no kind of file", mend=f"use {' or '.join(ENDINGS)}")
    agreed = terms.of_customers(connection)
    used = {name for one in agreed.values() for name in one}
    columns = {column: name for column, name in TERM_COLUMNS.items() if name in used}
    rows = [(*COLUMNS, *columns)]
    for one in customer_list(connection):
        if one["code"] and one["confirmed"]:
            rows += _rows(one, agreed.get(int(one["id"]), {}), tuple(columns.values()))
    return to_csv(rows) if ending.lower() == ".csv" else to_xlsx(rows, "Customers")


def _rows(
    customer: Mapping[str, Any], agreed: Mapping[str, Value], names: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """A line for each contact; the terms stand in the first."""
    known = [one for one in customer["contacts"] if one["confirmed"]]
    for number, contact in enumerate(known or [{}]):
        person = (str(contact.get(name) or "") for name in _OF_CONTACT)
        cells = ("" if number or name not in agreed else _cell(agreed[name]) for name in names)
        yield (customer["code"], customer["name"], *person, *cells)


def _cell(value: Value) -> str:
    return written(value) or NOTHING
