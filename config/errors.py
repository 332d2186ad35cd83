"""What is wrong with the configuration, wholly: an operator mends everything in one go."""

from __future__ import annotations

from collections.abc import Iterable


class ConfigError(Exception):
    """All problems of one configuration, one line each. Exit code 78 (sysexits EX_CONFIG)."""

    exit_code = 78

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)
