"""The facts of every letter, as the product's own samples give them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mailer.templates import (
    Templates,
    product_folder,
)


@cache
def _english() -> Templates:
    return Templates([product_folder()], ["en"])


def facts(name: str, **changed: object) -> Mapping[str, object]:
    _, full = next(_english().samples(name, "en"))
    return {**full, **changed}
