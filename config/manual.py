"""The manual and the example, both printed from the typed settings.

`python -m config.manual` writes them anew: docs/configuration.md, config/amends.example.toml.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from config.business_time import Week
from config.shape import Table, is_named, tables, write

EXAMPLE = Path("config/amends.example.toml")
MANUAL = Path("docs/configuration.md")

_EXAMPLE_HEAD = """\
# Every key of the configuration of Amends, with its meaning. Keys marked "required" are needed;
# all others are shown with a sample or with what holds without them and may be left out.
# Relative paths are meant from the folder of this file. Passwords never stand in this file.
# This file is printed from the settings: python -m config.manual
"""

_MANUAL_HEAD = """\
# Configuration

One TOML file says everything; it is read once, at start. All problems are told at once, each with
its key and its mend, and the exit code is then 78. `config/amends.example.toml` holds every key.

- Relative paths are meant from the folder of the configuration file.
- Passwords never stand in the file: `password_file` names a file that only its owner can read,
  `password_env` an environment variable. Neither is ever printed.
- Numbers like R-28 are those of the business rules.

This page is printed from the settings: `python -m config.manual`.
"""


def example() -> str:
    """The text of config/amends.example.toml: every key with its meaning; it loads as it is."""
    return "\n".join([_EXAMPLE_HEAD, *(_example_table(table) for table in tables())])


def manual() -> str:
    """The text of docs/configuration.md: every key with type, default and meaning."""
    return "\n".join([_MANUAL_HEAD, *(_manual_table(table) for table in tables())])


def _example_table(table: Table) -> str:
    parts = [f"# {_summary(table)}", table.header]
    for name, field in table.model.model_fields.items():
        if is_named(field):
            continue  # tables of their own follow
        needed = " Required." if field.is_required() else ""
        said = f"{field.description}{needed} Write {write(field)}."
        parts += ["", *_comment(said), f"{name} = {_toml(_sample(field))}"]
    return "\n".join(parts) + "\n"


def _manual_table(table: Table) -> str:
    rows = [
        f"## `{_manual_header(table)}`\n\n{_summary(table)}\n",
        "| key | type | default | meaning | write |",
        "|---|---|---|---|---|",
    ]
    for name, field in table.model.model_fields.items():
        default = "required" if field.is_required() else f"`{_toml(field.default)}`"
        cells = (f"`{name}`", _type(field), default, field.description or "", write(field))
        rows.append("| " + " | ".join(_cells(cells)) + " |")
    return "\n".join(rows) + "\n"


def _manual_header(table: Table) -> str:
    return table.header.replace(".default]", ".NAME]").replace(".proposal]", ".NAME]")


def _cells(texts: Iterable[str]) -> list[str]:
    return [text.replace("|", "\\|") for text in texts]


def _summary(table: Table) -> str:
    return (table.model.__doc__ or "").strip()


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 98, initial_indent="# ", subsequent_indent="# ")


def _sample(field: FieldInfo) -> object:
    return field.examples[0] if field.examples else field.default


def _toml(value: object) -> str:
    if value is None:  # a path that is not set
        return '""'
    return json.dumps(value, ensure_ascii=False)


def _type(field: FieldInfo) -> str:
    kinds = {str: "text", int: "whole number", bool: "true or false", Week: "text or table"}
    plain = field.annotation
    if plain in kinds:
        return kinds[plain]
    inside = get_args(plain)
    if Path in (plain, *inside):
        return "path"
    if dict in (plain, get_origin(plain)):
        return "tables"
    if Ellipsis in inside and int in inside:
        return "list of whole numbers"
    if Ellipsis in inside:
        return "list of dates" if "dates" in write(field) else "list of texts"
    return "text"


def _main() -> None:
    here = Path(__file__).parent.parent
    (here / EXAMPLE).write_text(example(), encoding="utf-8")
    (here / MANUAL).write_text(manual(), encoding="utf-8")


if __name__ == "__main__":
    _main()
