"""The real service in a hurry: what it does again, it does after seconds and not after minutes.

python -m tests.fault.hasty serve --config FILE
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from desk.cli import main
from mailer import retry
from service import daemon, lookout

_PAUSES: Final = tuple(timedelta(seconds=one) for one in (0, 0.2, 0.5, 1))
_LATER: Final = timedelta(seconds=2)
_SWEEP_SECONDS: Final = 1


def hurry() -> None:
    """Change the pauses in this process; nothing else."""
    for where, name, value in (
        (retry, "FIRST_PAUSES", _PAUSES),
        (retry, "LATER_PAUSE", _LATER),
        (daemon, "_SWEEP_SECONDS", _SWEEP_SECONDS),
        (lookout, "_LOOK_SECONDS", _SWEEP_SECONDS),
    ):
        getattr(where, name)  # AttributeError: it is called otherwise by now
        setattr(where, name, value)


if __name__ == "__main__":
    hurry()
    main()
