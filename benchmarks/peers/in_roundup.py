"""roundup takes a mailbox file in. Runs in the peer's own environment, never in ours.

python -m benchmarks.peers.in_roundup FOLDER MBOX ROUNDS

ROUNDS: of its password hash for a new sender; 0 leaves its default.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import measured

# Its answers are written to this file: they are made, and carried nowhere.
_OPTIONS: Final = {
    "tracker_name": "Complaints",
    "tracker_web": "http://127.0.0.1/complaints/",
    "mail_domain": "parts.example",
    "mail_host": "127.0.0.1",
    "mail_debug": "/dev/null",
}
_ALLOWED: Final = "db.security.addPermissionToRole('Anonymous', 'Email Access')"


def main() -> None:
    """Print what it cost and what it holds, as JSON."""
    home, mbox, rounds = Path(sys.argv[1]) / "tracker", sys.argv[2], int(sys.argv[3])
    made_new(home, rounds)
    instance: Any = importlib.import_module("roundup.instance")
    gateway: Any = importlib.import_module("roundup.scripts.roundup_mailgw")
    sys.argv = ["roundup-mailgw", str(home), "mailbox", mbox]
    with measured() as cost, redirect_stdout(io.StringIO()):
        gateway.main(sys.argv[1:])
    db = instance.open(str(home)).open("admin")
    json.dump(asdict(cost) | {"cases": len(db.issue.list()), "held": held_by(db)}, sys.stdout)
    db.close()


def made_new(home: Path, rounds: int) -> None:
    """A classic tracker on SQLite to which strangers may write."""
    options = dict(_OPTIONS)
    if rounds:
        options["password_pbkdf2_default_rounds"] = str(rounds)
    told = ",".join(f"{name}={value}" for name, value in options.items())
    _admin(home, "install", "classic", "sqlite", told)
    schema = home / "schema.py"
    words = schema.read_text(encoding="utf-8")
    if f"#{_ALLOWED}" not in words:
        raise SystemExit("roundup's classic tracker is not the one that was known")
    schema.write_text(words.replace(f"#{_ALLOWED}", _ALLOWED), encoding="utf-8")
    _admin(home, "initialise", "only-for-the-benchmark")


def _admin(home: Path, *what: str) -> None:
    command = Path(sys.executable).with_name("roundup-admin")
    subprocess.run((command, "-i", home, *what), check=True, stdout=subprocess.DEVNULL)


def held_by(db: Any) -> dict[str, Any]:
    """By Message-ID: what is kept of each mail."""
    found = {}
    for number in db.msg.list():
        one = db.msg.getnode(number)
        sums = [
            hashlib.sha256(db.file.get(file, "binary_content")).hexdigest() for file in one.files
        ]
        found[one.messageid] = {"text": one.content, "attachments": sums}
    return found


if __name__ == "__main__":
    main()
