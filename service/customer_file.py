"""A file of customers (CSV, XLSX) becomes rows, or all that is wrong with it at once. Pure.

Everything in it is data: a name that looks like a formula of a spreadsheet stays a name.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cases.errors import BadInput
from cases.terms import TERMS, Value
from mailer.addresses import valid
from service.sheet import NoSheet, is_xlsx, unquoted, xlsx_rows

COLUMNS: Final = ("code", "name", "contact_name", "contact_email", "contact_phone", "language")
# a column for each term; "language" is that of the contact, so the term is written longer.
TERM_COLUMNS: Final[Mapping[str, str]] = {
    "terms.language" if name == "language" else name: name for name in TERMS
}
NOTHING: Final = "none"  # agreed upon as empty: an empty cell leaves what is there
_NEEDED: Final = ("code", "name")
_CODE: Final = re.compile(r"\S{1,40}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_NAME_CHARS: Final = 200
_PHONE_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One line: a customer and, if an address is given, one contact. `name` may be empty where an
    earlier line of the same code has it; `language` is None where none was agreed."""

    line: int
    code: str
    name: str
    contact_name: str
    address: str
    language: str | None
    phone: str = ""
    terms: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """The rows in their order, and what the reader should know though nothing is wrong."""

    rows: tuple[CustomerRow, ...]
    notices: tuple[str, ...]


class FileProblems(BadInput):
    """All problems of one file, one line each, with line number and mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("nothing was imported:\n" + "\n".join(problems))
        self.problems = tuple(problems)


def customer_file(data: bytes, languages: Sequence[str]) -> CustomerFile:
    """Read XLSX, or CSV: UTF-8, comma or semicolon. FileProblems tells everything that is wrong.

    `languages` are those in which letters exist; another one is a notice (R-33).
    """
    records = _all(data)
    if not records:
        raise FileProblems([f"the file is empty; write a first line {','.join(COLUMNS)}"])
    (_, head), *rest = records
    names = [name.strip().lower() for name in head]
    notices = _check_head(names)
    rows: list[CustomerRow] = []
    problems: list[str] = []
    for line, cells in rest:
        if len(cells) != len(names):
            problems.append(
                f"line {line}: {len(cells)} cells, the first line has {len(names)}; "
                'put a text with a separator in it between " signs'
            )
            continue
        row = _row(line, dict(zip(names, cells, strict=True)), problems)
        rows.append(row)
        problems += _wrong_cells(row)
    problems += _wrong_together(rows)
    if problems:
        raise FileProblems(sorted(problems, key=_line_of))
    return CustomerFile(tuple(rows), (*notices, *_unwritten(rows, languages)))


def _all(data: bytes) -> list[tuple[int, list[str]]]:
    """(line, cells) of everything; the rows of a sheet are as long as its first one."""
    if not is_xlsx(data):
        return [(at, [unquoted(one) for one in cells]) for at, cells in _records(_text(data))]
    try:
        rows = list(xlsx_rows(data))
    except NoSheet as error:
        problem = f"line 1: {error.what}; {error.mend}"
    else:
        head = list(rows[0][1]) if rows else []
        while head and not head[-1].strip():
            head.pop()
        return [(at, _as_long(cells, len(head))) for at, cells in rows]
    raise FileProblems([problem])


def _as_long(cells: list[str], width: int) -> list[str]:
    beyond = [cell for cell in cells[width:] if cell.strip()]
    return [*cells[:width], *[""] * (width - len(cells)), *beyond]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = f"line {line}: not UTF-8; save the file as CSV in UTF-8"
    raise FileProblems([problem])


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of every record that is not empty."""
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"line {line}: no CSV from here on ({error}); see that every quote is closed"
    else:
        return
    raise FileProblems([problem])


def _check_head(names: Sequence[str]) -> list[str]:
    problems = [
        f"line 1: there is no column {name}; write the columns {', '.join(COLUMNS)}"
        for name in _NEEDED
        if name not in names
    ]
    problems += [
        f"line 1: the column {name} is there twice; remove one"
        for name in (*COLUMNS, *TERM_COLUMNS)
        if names.count(name) > 1
    ]
    if problems:
        raise FileProblems(problems)
    return [
        f"the column {name or '(without a name)'} is not read"
        for name in dict.fromkeys(names)
        if name not in COLUMNS and name not in TERM_COLUMNS
    ]


def _row(line: int, cells: Mapping[str, str], problems: list[str]) -> CustomerRow:
    plain = {name: " ".join(cells.get(name, "").split()) for name in COLUMNS}
    return CustomerRow(
        line,
        plain["code"],
        plain["name"],
        plain["contact_name"],
        plain["contact_email"].lower(),
        plain["language"].lower() or None,
        plain["contact_phone"],
        _terms(line, cells, problems),
    )


def _terms(line: int, cells: Mapping[str, str], problems: list[str]) -> dict[str, Value]:
    found = {}
    for column, name in TERM_COLUMNS.items():
        cell = cells.get(column, "").strip()
        try:
            if cell:
                found[name] = TERMS[name].read("" if cell.lower() == NOTHING else cell)
        except BadInput as error:
            problems.append(f"line {line}: {column}: {error.what}; {error.mend}")
    return found


def _wrong_cells(row: CustomerRow) -> Iterator[str]:
    at = f"line {row.line}:"
    if not _CODE.fullmatch(row.code) or not _is_shown(row.code):
        yield f"{at} {row.code!r} is no code; write 1 to 40 signs without spaces, as in RK29"
    for what, name in (("name", row.name), ("contact_name", row.contact_name)):
        if len(name) > _NAME_CHARS or not _is_shown(name):
            yield (
                f"{at} the {what} has over {_NAME_CHARS} signs or one that is not shown; "
                "write it as it stands on a letter"
            )
    if len(row.phone) > _PHONE_CHARS or not _is_shown(row.phone):
        yield f"{at} the contact_phone has over {_PHONE_CHARS} signs; write one number"
    if row.address and not valid(row.address):
        yield f"{at} {row.address!r} is no address; write name@example.com"
    if not row.address and (row.contact_name or row.language or row.phone):
        yield f"{at} a contact without contact_email; write the address, or empty the contact"
    if row.language and not _LANGUAGE.fullmatch(row.language):
        yield f"{at} {row.language!r} is no language; write its code, as in de"


def _is_shown(text: str) -> bool:
    """Whether no control, direction or broken sign hides in it."""
    return not any(
        unicodedata.category(sign) in ("Cc", "Cs", "Cn", "Co") for sign in text
    ) and not (set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def _wrong_together(rows: Sequence[CustomerRow]) -> Iterator[str]:
    customers: dict[str, CustomerRow] = {}
    addresses: dict[str, int] = {}
    for row in rows:
        first = customers.setdefault(row.code.casefold(), row)
        at = f"line {row.line}:"
        if first is row and not row.name:
            yield f"{at} customer {row.code} has no name; write it where the code comes first"
        if first.code != row.code:
            yield f"{at} {row.code} is {first.code} in line {first.line}; write it in one way"
        elif row.name and first.name and row.name != first.name:
            yield (
                f"{at} {row.code} is called {row.name!r} here and {first.name!r} in line "
                f"{first.line}; write one name"
            )
        for name in row.terms.keys() & first.terms.keys():
            if row.terms[name] != first.terms[name]:
                yield f"{at} {row.code} has another {name} in line {first.line}; write it once"
        if row.address and addresses.setdefault(row.address, row.line) != row.line:
            yield f"{at} {row.address} is in line {addresses[row.address]} already; write it once"


def _unwritten(rows: Sequence[CustomerRow], languages: Sequence[str]) -> Iterator[str]:
    for row in rows:
        if row.language and row.language not in languages:
            yield (
                f"line {row.line}: no letters are written in {row.language}; "
                f"{row.address} gets them in the language of the company"
            )


def _line_of(problem: str) -> int:
    return int(problem.split(":", 1)[0].removeprefix("line "))
