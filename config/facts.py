"""How a company's own numbers look in the mails of its customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from config.section import Section, key
from config.values import Pattern

_WRITE = "a list of regular expressions, such as ['PI\\d{8}']"


def _shapes(what: str) -> Any:
    return key(
        f"Regular expressions for {what}, tried before the built-in reading; the first group is "
        "the fact, or all that matches.",
        write=_WRITE,
        strict=False,
    )


class FactPatterns(Section):
    """What your numbers look like, where the built-in reading of complaints does not suffice."""

    po_pi_no: Annotated[tuple[Pattern, ...], _shapes("order numbers")] = ()
    part_number: Annotated[tuple[Pattern, ...], _shapes("part numbers")] = ()
    drawing_revision: Annotated[tuple[Pattern, ...], _shapes("revisions of drawings")] = ()
    lot: Annotated[tuple[Pattern, ...], _shapes("lot numbers")] = ()
    customer_reference: Annotated[
        tuple[Pattern, ...], _shapes("complaint numbers of customers")
    ] = ()

    @property
    def of_fact(self) -> Mapping[str, tuple[str, ...]]:
        """The regular expressions by fact, without the facts that have none."""
        every = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: shapes for name, shapes in every.items() if shapes}
