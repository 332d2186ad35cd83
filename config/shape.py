"""The shape of the settings: which tables hold which keys. Problems and the manual walk it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.settings import Settings

Loc = tuple[int | str, ...]


class Table(NamedTuple):
    """One table of the file: its header there ("[smtp]", "[[mailbox]]") and its type."""

    name: str
    header: str
    model: type[BaseModel]


def tables() -> Iterator[Table]:
    """Every table of the file, in the order of the manual; the example shows each once."""
    for name, field in Settings.model_fields.items():
        model = table_of(field)
        assert model is not None, name
        header = f"[{name}]"
        if is_named(field):
            header = f"[{name}.default]"
        elif get_origin(field.annotation) is tuple:
            header = f"[[{name}]]"
        yield Table(name, header, model)
        yield from _inside(name, model)


def _inside(outer: str, model: type[BaseModel]) -> Iterator[Table]:
    """The named tables in a table: [terms.clock.NAME]; the example shows the first promise."""
    for name, field in model.model_fields.items():
        inner = table_of(field)
        if inner is not None and is_named(field):
            yield Table(f"{outer}.{name}", f"[{outer}.{name}.proposal]", inner)


def table_of(field: FieldInfo) -> type[BaseModel] | None:
    """The type of the table(s) that a key holds; None for a plain value."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def is_named(field: FieldInfo) -> bool:
    """Whether the tables of this key have names chosen by the operator: [calendar.NAME]."""
    return get_origin(field.annotation) is dict


def field_at(loc: Loc) -> FieldInfo | None:
    """The field of the innermost known key on the way to `loc`; a list counts as its key."""
    field: FieldInfo | None = None
    model: type[BaseModel] | None = Settings
    skip = False
    for part in loc:
        if isinstance(part, int) or skip:
            skip = False
            continue
        if model is None or part not in model.model_fields:
            break
        field = model.model_fields[part]
        model, skip = table_of(field), is_named(field)
    return field


def model_at(loc: Loc) -> type[BaseModel]:
    """The type of the table at `loc`."""
    field = field_at(loc)
    return (table_of(field) if field else None) or Settings


def write(field: FieldInfo) -> str:
    """What to write for this key, from the settings."""
    extra = field.json_schema_extra
    return str(extra["write"]) if isinstance(extra, dict) else ""


def dotted(loc: Loc) -> str:
    """`mailbox[0].poll_seconds`: where a key stands, as one word."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + (part if part.isprintable() else ascii(part))
    return text
