"""How rows look on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_WIDEST: Final = 48


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as columns; what is empty in every row is left out."""
    names = [name for name in (rows[0] if rows else ()) if any(row[name] for row in rows)]
    if not names:
        return "nothing"
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (names, *cells)
    )


def case_text(case: Mapping[str, Any]) -> str:
    """One case, a section a table."""
    flat = {n: v for n, v in case.items() if not isinstance(v, list) and v not in (None, False)}
    parts = ["\n".join(f"{name}: {_cell(value, None)}" for name, value in flat.items())]
    for name, rows in case.items():
        if isinstance(rows, list) and rows:
            columns = _SECTIONS.get(name) or tuple(rows[0])
            parts.append(f"{name}\n" + table([{c: row[c] for c in columns} for row in rows]))
    return "\n\n".join(parts)


_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "messages": ("id", "arrived_at", "direction", "kind", "from_address", "subject", "new_text"),
    "letters": ("id", "created_at", "template", "state", "language", "subject", "deliveries"),
    "lines": (
        "position",
        "po_pi_no",
        "part_name",
        "part_number",
        "quantity_delivered",
        "quantity_complained",
        "reason_customer",
        "confirmed_by",
    ),
    "clocks": ("name", "state", "started_at", "due_at", "stopped_at", "breached_at"),
    "tasks": ("id", "kind", "reason", "created_at", "resolved_at", "resolved_by", "resolution"),
    "measures": ("id", "kind", "text", "owner", "due_on", "done_at", "done_by"),
    "recurrences": ("other", "again", "state", "score", "reason", "decided_by", "why"),
    "stages": ("name", "standing", "shows", "lacks"),
    "disciplines": ("key", "name", "standing", "shows", "lacks"),
    "answers": ("verdict", "option", "phrase", "rule", "acted", "authority"),
}


def _cell(value: Any, widest: int | None = _WIDEST) -> str:
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {one}" for name, one in value.items() if one is not None)
    if isinstance(value, list):
        value = "; ".join(
            f"{one['address']} {one['state']}"
            if isinstance(one, Mapping) and "state" in one
            else str(one)
            for one in value
        )
    text = " ".join(str("" if value is None else value).split())
    return text if widest is None or len(text) <= widest else text[: widest - 1] + "…"
