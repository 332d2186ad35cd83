"""Tables as files, CSV and XLSX: read as rows of text, written so that no cell is ever executed.

Everything in a file is data: a formula is the text that it is written as.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from cases.errors import BadInput

ENDINGS: Final = (".csv", ".xlsx")
_ZIP: Final = b"PK\x03\x04"
_MOST_UNPACKED: Final = 64 * 1024 * 1024
_MOST_ROWS: Final = 100_000
_MOST_COLUMNS: Final = 200
# What spreadsheet programs take for a formula in a CSV file; with a quote before it, it is text.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_QUOTED: Final = re.compile(r"'+[=+\-@\t\r]")


class NoSheet(BadInput):
    """This is no XLSX file that can be read."""


def is_xlsx(data: bytes) -> bool:
    """Whether these bytes begin as an XLSX file does."""
    return data.startswith(_ZIP)


def xlsx_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of every row of the first sheet that is not empty; NoSheet."""
    import openpyxl  # only here: it takes a quarter of a second, and few commands need it

    _check_size(data)
    try:
        with warnings.catch_warnings():  # of parts that we do not read, such as styles
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
            rows = list(_rows(book.worksheets[0])) if book.worksheets else []
            book.close()
    except NoSheet:
        raise
    except Exception as error:
        raise NoSheet(
            f"this is no XLSX file ({type(error).__name__})", mend="save it as XLSX or CSV again"
        ) from error
    yield from rows


def _check_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise NoSheet("this is no XLSX file", mend="save it as XLSX or CSV again") from error
    if unpacked > _MOST_UNPACKED:
        raise NoSheet("this XLSX file unpacks to more than 64 MiB", mend="import it in parts")


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    # The size that a sheet claims may be wrong.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > _MOST_ROWS:
            raise NoSheet(f"this file has over {_MOST_ROWS} rows", mend="import it in parts")
        cells = [_text(value) for value in row[:_MOST_COLUMNS]]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _text(value: object) -> str:
    """A cell as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def unquoted(cell: str) -> str:
    """A cell of a CSV file without the quote that kept it from being a formula."""
    return cell[1:] if _QUOTED.match(cell) else cell


def to_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV in UTF-8 with a mark, so that spreadsheet programs see it; no cell is a formula there."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\r\n")
    for row in rows:
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
    return made.getvalue().encode("utf-8-sig")


def to_xlsx(rows: Iterable[Sequence[str]], title: str) -> bytes:
    """XLSX with every cell as text: nothing in it is a formula or a link."""
    import xlsxwriter  # as above

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet(title), book.add_format({"bold": True})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, None if number else bold)
        sheet.freeze_panes(1, 0)
    return made.getvalue()
