"""How much memory the main process takes for one huge mail (reliability.md P6).

python -m tests.fault.memory [--mb 100]

Real Dovecot, the real service as a process; its peak is what the kernel says (VmHWM).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from imapclient import IMAPClient

from tests.fault.costs import peak_mib
from tests.fault.installation import Installation
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST
from tests.servers.smtp_sink import SmtpSink

LIMIT_MIB: Final = 200
_USER: Final = "complaints@acme.test"
_PATIENCE_SECONDS: Final = 120.0


def with_mail_of(megabytes: int) -> int:
    """The peak of the main process, MiB, once the mail is registered."""
    with (
        tempfile.TemporaryDirectory() as folder,
        PrivateDovecot({_USER: "secret"}) as dovecot,
        SmtpSink() as sink,
    ):
        url = f"sqlite:///{folder}/amends.sqlite"
        installation = Installation(Path(folder), url, _USER, dovecot.imap_port, sink.port)
        _append(dovecot, megabytes)
        with installation.serving() as process:
            began = time.monotonic()
            while " letter_accepted " not in installation.log.read_text():
                if time.monotonic() - began > _PATIENCE_SECONDS:
                    raise TimeoutError(installation.log.read_text())
                time.sleep(0.05)
            return peak_mib(process.pid)


def _append(dovecot: PrivateDovecot, megabytes: int) -> None:
    head = (
        "From: bob@shop.test\r\nSubject: many pictures\r\nMessage-ID: <big@shop.test>\r\n"
        "Content-Type: text/plain\r\n\r\nThe core hole is too wide.\r\n"
    )
    line = b"0123456789" * 7 + b"\r\n"
    with IMAPClient(HOST, dovecot.imap_port, ssl=False) as client:
        client.login(_USER, "secret")
        client.append("INBOX", head.encode() + line * (megabytes * 1_000_000 // len(line)))


def main() -> int:
    """Print the peak; 1 when it is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mb", type=int, default=100, help="size of the mail, 10^6 bytes")
    megabytes = parser.parse_args().mb
    peak = with_mail_of(megabytes)
    said = f"main process: peak {peak} MiB with a mail of {megabytes} MB (limit {LIMIT_MIB} MiB)"
    sys.stdout.write(f"{said}\n")
    return int(peak > LIMIT_MIB)


if __name__ == "__main__":
    raise SystemExit(main())
