"""Pydantic's errors in our sentences: `KEY must be X, not VALUE; write Y`. Secrets never appear."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import date, time

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.shape import dotted, field_at, model_at, write

# By the type of pydantic's error; {..} are facts of its context. No entry: pydantic's words.
SENTENCES: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_pattern_mismatch": "must be in its proper form",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must not be empty",  # so called when the text passed a validator of ours first
    "too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "date_type": "must be a date",
    "path_type": "must be text",
    "is_instance_of": "must be text",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}

# A password may stand here by mistake: the value is not repeated, whatever it is.
_UNSHOWN = frozenset({"url", "password_file", "password_env", "secret_file", "secret_env"})
_MAY_HOLD_AT = frozenset({"address", "aliases", "user"})
_SECRETIVE = ("pass", "pwd", "secret", "token", "credential")


def problems_of(error: ValidationError) -> list[str]:
    """One line for each thing that is wrong, in the order of the settings."""
    found = error.errors(include_url=False)
    return [_unknown(each) if each["type"] == "extra_forbidden" else _line(each) for each in found]


def _line(error: ErrorDetails) -> str:
    loc = error["loc"]
    # Pydantic quotes as Python does, TOML wants the other quotes.
    facts = {name: str(value).replace("'", '"') for name, value in error.get("ctx", {}).items()}
    known = SENTENCES.get(error["type"])
    said = known.format_map(facts) if known else error["msg"]
    if error["type"] != "missing":
        said += _but(error)
    field = field_at(loc)
    return f"{dotted(loc)} {said}; write {write(field)}" if field else f"{dotted(loc)} {said}"


def _unknown(error: ErrorDetails) -> str:
    *where, name = error["loc"]
    table = model_at(tuple(where))
    near = difflib.get_close_matches(str(name), table.model_fields, 1, cutoff=0.7)
    if near == ["password_env"] or any(part in str(name).lower() for part in _SECRETIVE):
        keys = "secret" if "secret_file" in table.model_fields else "password"
        mend = (
            "secrets stay out of this file: put it into a file or an environment variable and "
            f"name that by {keys}_file or {keys}_env"
        )
    elif near:
        mend = f"did you mean {near[0]}?"
    else:
        mend = f"remove it; the keys there are {', '.join(table.model_fields)}"
    return f"{dotted(error['loc'])} is not a known key; {mend}"


def _but(error: ErrorDetails) -> str:
    """`, not VALUE`, unless that says nothing new, or the value may be or hold a secret."""
    value = error["input"]
    name = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
    if value in ("", [], {}) or (
        isinstance(value, list | dict) and not error["type"].endswith("_type")
    ):
        return ""
    if name in _UNSHOWN:
        return ""
    if isinstance(value, str) and "@" in value and name not in _MAY_HOLD_AT:
        return ""
    return f", not {_shown(value)}"


def _shown(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = json.dumps(value, ensure_ascii=not value.isprintable())
            return text if len(text) <= 60 else text[:56] + '.."'
        case int() | float():
            return str(value)
        case date() | time():
            return value.isoformat()
        case list() | tuple():
            return "a list"
        case _:
            return "a table"
