"""The real service, whose reader does what a mail tells it (tests/service/hostile.py).

python -m tests.fault.hostile_service SLOW_SECONDS serve --config FILE
"""

from __future__ import annotations

import sys
from functools import partial

from desk.cli import main
from service.children import Children, Limits
from tests.fault.points import put


def obey(slow_seconds: float) -> None:
    """Let mails of this process be read so; a mail alone has so many seconds."""
    limits = Limits(slow=slow_seconds)
    reader = partial(Children, "tests.service.hostile:understand", limits)
    put("service.wiring.Children", lambda _: reader)


if __name__ == "__main__":
    obey(float(sys.argv.pop(1)))
    main()
