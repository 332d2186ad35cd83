"""Which manager gets which parts."""

from __future__ import annotations

from typing import Annotated

from config.section import Section, key
from config.values import Line


class Assign(Section):
    """Who gets new cases about some parts (R-32); the first rule that fits wins."""

    part: Annotated[
        Line,
        key(
            "Pattern of part numbers or part names, as for files: * stands for anything.",
            write='a pattern such as "RK-*"',
            min_length=1,
            examples=["RK-*"],
        ),
    ]
    manager: Annotated[
        Line,
        key(
            "User who gets cases about these parts.",
            write='the name of a user, such as "li"',
            min_length=1,
            examples=["li"],
        ),
    ]
