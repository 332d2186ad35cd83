"""The dates that were promised in letters, each with what moved it (R-15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage import promised
from storage.database import Connection
from storage.records import Case

View = Mapping[str, Any]


def promised_dates(connection: Connection, found: Case, case: View) -> list[dict[str, Any]]:
    """Each date that runs or ran, with those before it and the letters that said so."""
    owed = [one for one in case["clocks"] if one["name"] == "promised_date"]
    told = promised.dates(connection, found.id) if owed else {}
    said = {one["id"]: (one["facts"] or {}).get("promised_date") for one in case["letters"]}
    return [
        {
            **clock,
            "dates": [
                {**date, "day": said.get(date["letter_id"])} for date in told.get(clock["id"], ())
            ],
        }
        for clock in owed
    ]
