"""The peers beside ours: a smaller load of the same make, and the same judge."""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.judge import Damage, damage
from benchmarks.load import Load
from benchmarks.peers.environment import ROOT, python_of
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST

# Rounds of roundup's password hash for each new sender (0: its own default, 250,000).
PEERS: Final = {"django-helpdesk": None, "roundup": 0, "roundup, 1000 rounds": 1000}
_SECRET: Final = "secret"  # of the server's spare users


@dataclass(slots=True)
class Beside:
    """A load for the peers: they do some ten mails a second, so they are given fewer."""

    dovecot: PrivateDovecot
    folder: Path
    mails: list[tuple[str, bytes]] = field(default_factory=list)  # sender, raw
    expected: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    @classmethod
    def of(cls, dovecot: PrivateDovecot, folder: Path, load: Load) -> Beside:
        """The mails of `load`, and environments to measure in."""
        made = cls(dovecot, folder)
        folder.mkdir()
        for raw, one in load.made():
            made.mails.append((one.sender, raw))
            made.expected.append(asdict(one))
        for peer in ("helpdesk", "roundup"):
            python_of(peer)
        return made

    def measure(self, name: str) -> dict[str, Any]:
        """Let this peer take the load in; what it cost, and what it lost."""
        self.count += 1
        home = self.folder / str(self.count)
        home.mkdir()
        rounds = PEERS[name]
        if rounds is None:
            user = self._delivered()
            where = (HOST, str(self.dovecot.imap_port), user, _SECRET)
            found = _child("helpdesk", str(home), *where)
        else:
            found = _child("roundup", str(home), str(self._mbox(home)), str(rounds))
        lost = damage(found.pop("held"), found.pop("cases"), self.expected)
        return found | {"rate": len(self.mails) / found["seconds"], "damage": asdict(lost)}

    def _delivered(self) -> str:
        """Each time anew: it empties the mailbox."""
        user = self.dovecot.fresh_user()
        with smtplib.LMTP(HOST, self.dovecot.lmtp_port) as lmtp:
            for sender, raw in self.mails:
                lmtp.sendmail(sender, [user], raw)
        return user

    def _mbox(self, home: Path) -> Path:
        path = home / "mails.mbox"
        with path.open("wb") as file:
            for _, raw in self.mails:
                lines = raw.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
                file.write(b"From bench@example Mon Mar  2 08:00:00 2026\n" + lines + b"\n\n")
        return path


def _child(peer: str, *args: str) -> dict[str, Any]:
    """In its own interpreter, with nothing of our environment."""
    command = (str(python_of(peer)), "-m", f"benchmarks.peers.in_{peer}", *args)
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": args[0]}
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def lines(rounds: Sequence[Mapping[str, Any]]) -> list[str]:
    """For people: rate, ratio of each round, and what each lost."""
    found = [f"  {'beside':22} {'per s':>8} {'ours is':>9}  each round"]
    for name in PEERS:
        each = [one["ours"]["rate"] / one["peers"][name]["rate"] for one in rounds]
        rates = sorted(one["peers"][name]["rate"] for one in rounds)
        middle = sorted(each)[len(each) // 2]
        told = ", ".join(f"{ratio:.1f}" for ratio in each)
        found.append(f"  {name:22} {rates[len(rates) // 2]:8.1f} {middle:8.1f}x  {told}")
        lost: Counter[str] = Counter()
        for one in rounds:
            lost.update(one["peers"][name]["damage"])
        summed = Damage(**lost)
        found.append(f"  {'':22} in {len(rounds)} rounds: {summed}")
    return found
