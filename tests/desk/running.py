"""Runs `amends` as a shell does, inside this process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click.testing
import pytest

from desk.cli import main
from service import wiring
from tests.shop import PASSWORD, letters_once


class Desk:
    """Runs `amends` inside this process."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.runner = click.testing.CliRunner()

    def run(self, *words: str) -> click.testing.Result:
        with pytest.MonkeyPatch.context() as patch:
            # Compiled once a folder, not once a command (1 s); the words are the same.
            patch.setattr(wiring, "letters", letters_once)
            result = self.runner.invoke(main, ("--config", str(self.config), *words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        assert PASSWORD not in result.output
        return result

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def tasks(self, *words: str) -> list[dict[str, Any]]:
        """The tasks but for late clocks: the mails are of another year than the commands."""
        found = self.json("task", "list", *words)
        return [one for one in found if one["kind"] != "clock_breached"]

    def fault(self, *words: str) -> tuple[int, str]:
        """The exit code and the one line that was told."""
        result = self.run(*words)
        assert result.stdout == ""
        lines = [x for x in result.stderr.splitlines() if not re.match(r"\d{4}-\d\d-\d\d ", x)]
        assert len(lines) == 1, result.stderr
        assert "Traceback" not in result.stderr
        return result.exit_code, lines[0]
