"""The bare limit, a process of its own: fetch by 50, parse, decode every leaf, keep nothing.

python -m benchmarks.bare HOST PORT USER PASSWORD
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from email import message_from_bytes
from typing import Any, Final

from imapclient import IMAPClient

from benchmarks.measure import measured

_AT_ONCE: Final = 50


def bare(host: str, port: int, user: str, password: str) -> tuple[int, int]:
    """Read the whole INBOX; return mails and bytes."""
    mails = size = 0
    with IMAPClient(host, port, ssl=False) as client:
        client._imap.debug = 0  # as our own road does; it makes the limit higher
        client.login(user, password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search(["ALL"])
        for start in range(0, len(uids), _AT_ONCE):
            answer: dict[int, Any] = client.fetch(uids[start : start + _AT_ONCE], ["BODY.PEEK[]"])
            for one in answer.values():
                raw = one[b"BODY[]"]
                for part in message_from_bytes(raw).walk():
                    if not part.is_multipart():
                        part.get_payload(decode=True)
                mails, size = mails + 1, size + len(raw)
    return mails, size


def main() -> None:
    """Print what it cost as JSON."""
    host, port, user, password = sys.argv[1:]
    with measured() as cost:
        mails, size = bare(host, int(port), user, password)
    json.dump(asdict(cost) | {"mails": mails, "bytes": size}, sys.stdout)


if __name__ == "__main__":
    main()
