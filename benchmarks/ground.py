"""The configuration of the measured installations: everything switched on, the brakes wide."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.load import TO
from tests.servers.process import HOST

SECRET: Final = "only-for-the-benchmark"

_CONFIG: Final = """\
[company]
name = "Example Precision Parts"
timezone = "Europe/Berlin"
languages = ["en", "de", "zh"]

[calendar.default]
country = "DE"
subdivision = "BY"

[database]
url = "{database}"

[[mailbox]]
name = "{name}"
address = "{address}"
host = "{host}"
port = {port}
security = "plain"
user = "{user}"
password_file = "mailbox.password"
first_start = "all"
acknowledge_old = true

[smtp]
host = "{host}"
port = 1
security = "plain"

# What is measured is composing, not the brakes on a thousand strangers in one minute.
[outbox]
address_per_day = 100000
domain_per_hour = 100000
all_per_hour = 100000
promises_per_hour = 100000
promises_per_day = 100000
"""


def configured(
    folder: Path, url: str, port: int, user: str, secret: str, name: str = "complaints"
) -> Path:
    """A configuration in `folder` for one mailbox on our own server."""
    file = folder / "mailbox.password"
    file.touch(mode=0o600)
    file.write_text(secret)
    config = folder / "amends.toml"
    config.write_text(
        _CONFIG.format(database=url, address=TO, host=HOST, port=port, user=user, name=name)
    )
    return config
