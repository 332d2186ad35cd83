"""A first configuration: the commented example with an operator's own values in it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from config.manual import example
from config.problems import problems_of
from config.settings import Settings

Key = tuple[str, str]
"""Header without brackets, and key: ("mailbox", "address")."""


def draft(values: Mapping[Key, object]) -> str:
    """The example with these values. KeyError: the example has no such key."""
    left, lines, header = dict(values), [], ""
    for line in example().splitlines():
        if found := re.fullmatch(r"\[+([\w.]+)\]+", line):
            header = found[1]
        name = line.partition(" = ")[0]
        if (header, name) in left:
            line = f"{name} = {json.dumps(left.pop((header, name)), ensure_ascii=False)}"
        lines.append(line)
    if left:
        raise KeyError(*left)
    return "\n".join(lines) + "\n"


def problem_with(key: Key, value: object, folder: Path) -> str:
    """What is wrong with one value, with its mend; "" when nothing is."""
    raw = tomllib.loads(draft({key: value}))
    try:
        Settings.model_validate(raw, context={"folder": folder})
    except ValidationError as error:
        told = [line for line in problems_of(error) if key[1] in line.partition(" ")[0]]
        return told[0] if told else ""
    return ""
