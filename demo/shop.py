"""The sample company: its configuration, its people and its customers, made anew at every demo."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from config.load import load
from config.secrets import secrets_of
from demo.mail_server import HOST, EmbeddedMail
from service import people, wiring
from service.customers import Person, add_customer
from service.log_in import set_password
from service.wiring import Wiring

MAILBOX: Final = "complaints@parts.example"
PASSWORD: Final = "only-for-the-demo"
MANAGER: Final = "li"
RING = Person("Jana Vogt", "jana.vogt@sensorik.example", "en")
PLATE = Person("Thomas Kern", "t.kern@anlagenbau.example", "de")
VISITOR: Final = "visitor@customer.example"
USERS: Final = dict.fromkeys((MAILBOX, RING.address, PLATE.address, VISITOR), PASSWORD)

_CONFIG: Final = """\
# Made by ./run demo, and made anew by the next one.
[company]
name = "Example Precision Parts"
timezone = "Europe/Berlin"
manager = "li"

[calendar.default]
country = "DE"
subdivision = "BY"

[[mailbox]]
name = "complaints"
address = "{mailbox}"
host = "{host}"
port = {imap_port}
security = "plain"
user = "{mailbox}"
password_file = "mailbox.password"
first_start = "all"
acknowledge_old = true
poll_seconds = 5

[smtp]
host = "{host}"
port = {smtp_port}
security = "plain"

[outbox]
undo_seconds = 10

[desk]
port = {desk_port}
files_url = "http://localhost:{desk_port}"

[log]
level = "warning"
"""


def set_up(folder: Path, server: EmbeddedMail, desk_port: int) -> Wiring:
    """Write the configuration into an emptied `folder` and open the shop."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    secret = folder / "mailbox.password"
    with open(os.open(secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.write(PASSWORD)
    config = folder / "amends.toml"
    config.write_text(
        _CONFIG.format(
            mailbox=MAILBOX,
            host=HOST,
            imap_port=server.imap_port,
            smtp_port=server.smtp_port,
            desk_port=desk_port,
        )
    )
    settings = load(config, os.environ)
    w = wiring.wire(settings, secrets_of(settings, os.environ))
    people.add_user(
        w,
        MANAGER,
        full_name="Li Wei",
        email="li.wei@parts.example",
        phone="+86 755 5550 1234",
        role="manager",
    )
    set_password(w, MANAGER, PASSWORD)
    add_customer(w, "RK29", "Beispiel Sensorik GmbH", [RING])
    add_customer(w, "RK48", "Kern Anlagenbau", [PLATE])
    return w
