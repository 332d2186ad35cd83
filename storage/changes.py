"""What can change in a case: the same values for the table and for the history (R-46)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    """New values of some columns of the row `id`."""

    table: Table
    id: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Enter:
    """A row that was elsewhere (aside, or in another case) belongs to this case from now on.

    `values` is the whole row as it is from now on, so that the history can tell it alone.
    """

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Leave:
    """The row `id` belongs to this case no more; where it went `Enter` says."""

    table: Table
    id: int


Change = Insert | Update | Enter | Leave


@dataclass(frozen=True, slots=True)
class Entry:
    """One happening in one case."""

    case_id: int
    kind: str
    actor: str
    cause: str
    changes: tuple[Change, ...]


def payload_of(entry: Entry) -> str:
    """The changes of an entry as canonical JSON, without the columns that are not recorded."""
    return canonical([_told(change) for change in entry.changes])


def _told(change: Change) -> dict[str, Any]:
    name = change.table.name
    match change:
        case Leave(_, row_id):
            return {"leave": name, "id": row_id}
        case Update(table, row_id, values):
            return {"update": name, "id": row_id, "values": _recorded(table, values)}
        case Insert(table, values) | Enter(table, values):
            return {"insert": name, "values": _recorded(table, values)}


def _recorded(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    hidden = _not_recorded(table)
    return {name: plain(value) for name, value in values.items() if name not in hidden}


@cache
def _not_recorded(table: Table) -> frozenset[str]:
    return frozenset(one.name for one in table.c if not one.info.get("recorded", True))


def plain(value: Any) -> Any:
    """A column's value as JSON knows it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | Decimal):
        return str(value)
    return value


def canonical(value: Any) -> str:
    """One spelling for one value: what is hashed must not depend on the order of keys."""
    return _SPELL(value)


# Built once: `json.dumps` builds an encoder each time.
_SPELL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def payload_hash(salt: str, payload: str) -> str:
    """Salted, so that an erased payload cannot be guessed from its hash."""
    # As a list: no character can wander from the salt to the payload under the same hash.
    return hashlib.sha256(canonical([salt, payload]).encode()).hexdigest()


def chain_hash(record: Mapping[str, Any]) -> str:
    """The hash of one record of the history, which the next one carries."""
    chained = {name: plain(record[name]) for name in _CHAINED}
    return hashlib.sha256(canonical(chained).encode()).hexdigest()


_CHAINED: Final = (
    "case_id",
    "seq",
    "at",
    "actor",
    "cause",
    "kind",
    "payload_hash",
    "previous_hash",
)
