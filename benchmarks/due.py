"""How many questions a second `amends due --json-lines` answers.

python -m benchmarks.due [--questions 2000]

The questions are those of tests/cases/due_times.toml, over and over, and shifted by days, so that
no answer is one that was given before. The start of the program is in the time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from tests.cases.due_table import ROWS, question

TARGET: Final = 100.0  # answers a second


def questions(count: int) -> str:
    """So many questions, a JSON object a line."""
    asked = []
    for number in range(count):
        row = ROWS[number % len(ROWS)]
        start = row.started + timedelta(days=number // len(ROWS))
        asked.append(json.dumps({**question(row), "start": start.isoformat()}))
    return "\n".join(asked)


def main(arguments: Sequence[str]) -> int:
    """Print the rate; 1 when it misses its target."""
    parser = argparse.ArgumentParser(prog="./run bench due")
    parser.add_argument("--questions", type=int, default=2000)
    given = parser.parse_args(arguments)
    asked = questions(given.questions)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "desk.cli", "due", "--json-lines"],
        input=asked.encode(),
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    answered = sum(b'"due"' in line for line in done.stdout.splitlines())
    rate = answered / seconds
    sys.stdout.write(f"{answered} of {given.questions} answered in {seconds:.1f} s: {rate:.0f}/s\n")
    return int(answered < given.questions or rate < TARGET)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
