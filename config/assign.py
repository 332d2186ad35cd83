"""Which manager gets which parts."""

from __future__ import annotations

from typing import Annotated

from config.section import Section, key
from config.values import Line


class Assign(Section):
    """A rule of who gets new cases (R-32): parts or a product line, and their manager. The first
    that fits wins; a customer's own manager comes before."""

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
