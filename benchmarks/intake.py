"""How fast mails are registered, beside the bare limit of the same machine in the same minutes.

python -m benchmarks.intake [--mails N] [--seed S] [--rounds R] [--database sqlite|postgres]
                            [--load small|full|both] [--peers] [--fewer N]
                            [--profile FILE] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.ground import SECRET, configured
from benchmarks.load import Load
from benchmarks.peers import beside
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.process import HOST

_ROOT: Final = Path(__file__).resolve().parent.parent
_LOADS: Final = {"small": False, "full": True}  # with attachments?


@dataclass(slots=True)
class Delivered:
    """A load that waits in a mailbox, and the file that says what is expected of it."""

    name: str
    user: str
    manifest: Path
    bytes: int = 0


@dataclass(slots=True)
class Figures:
    """The rounds of one load, and their medians."""

    load: str
    mails: int
    bytes: int
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def median(self, *path: str) -> float:
        """The median over the rounds of one figure, as in `median("bare", "rate")`."""
        found = []
        for one in self.rounds:
            value: Any = one
            for name in path:
                value = value[name]
            found.append(float(value))
        return median(found)

    def wrong(self) -> list[str]:
        """What was not registered as it was sent, in any round."""
        return [line for one in self.rounds for line in one["wrong"]]


def main(args: Sequence[str] | None = None) -> int:
    """Bring up private servers, measure, print. 1 when a mail was lost or damaged."""
    options = _options(args)
    names = list(_LOADS) if options.load == "both" else [options.load]
    with (
        PrivateDovecot({_user(name): SECRET for name in names}) as dovecot,
        _servers(options.database) as postgres,
        tempfile.TemporaryDirectory(prefix="amends-bench-") as folder,
    ):
        run = Run(dovecot, postgres, Path(folder), options.profile)
        results = []
        for name in names:
            load = Load(options.mails, options.seed, _LOADS[name])
            run.beside = None
            if options.peers:
                fewer = Load(min(options.fewer, options.mails), options.seed, _LOADS[name])
                run.beside = beside.Beside.of(dovecot, run.folder / f"peers-{name}", fewer)
            results.append(run.measure(name, load, options.rounds))
    _print(results, options)
    return 1 if any(figures.wrong() for figures in results) else 0


@dataclass(slots=True)
class Run:
    """The servers of this run and a folder for what it makes."""

    dovecot: PrivateDovecot
    postgres: PrivatePostgres | None
    folder: Path
    profile: Path | None = None
    beside: beside.Beside | None = None
    count: int = 0

    def measure(self, name: str, load: Load, rounds: int) -> Figures:
        """Interleaved, and turned around each time: a slow minute of the machine hits both."""
        delivered = self._deliver(name, load)
        _tell(f"{name}: a first reading that does not count")
        self._bare(delivered)
        figures = Figures(name, load.mails, delivered.bytes)
        parts = ("bare", "ours", *(beside.PEERS if self.beside else ()))
        for number in range(1, rounds + 1):
            found: dict[str, Any] = {"peers": {}}
            for part in parts if number % 2 else reversed(parts):
                _tell(f"{name}: round {number} of {rounds}, {part}")
                if part == "bare":
                    found |= self._bare(delivered)
                elif part == "ours":
                    found |= self._ours(delivered)
                elif self.beside:
                    found["peers"][part] = self.beside.measure(part)
            found["ratio"] = found["ours"]["rate"] / found["bare"]["rate"]
            figures.rounds.append(found)
        return figures

    def _deliver(self, name: str, load: Load) -> Delivered:
        delivered = Delivered(name, _user(name), self.folder / f"{name}.json")
        manifest = []
        with smtplib.LMTP(HOST, self.dovecot.lmtp_port) as lmtp:
            for number, (raw, expected) in enumerate(load.made(), start=1):
                lmtp.sendmail(expected.sender, [delivered.user], raw)
                delivered.bytes += len(raw)
                manifest.append(asdict(expected))
                if number % 100 == 0:
                    _tell(f"{name}: {number} of {load.mails} mails delivered")
        delivered.manifest.write_text(json.dumps(manifest), encoding="utf-8")
        return delivered

    def _bare(self, delivered: Delivered) -> dict[str, Any]:
        where = (HOST, str(self.dovecot.imap_port), delivered.user, SECRET)
        found = _child("benchmarks.bare", *where)
        return {"bare": _rates(found, found["mails"])}

    def _ours(self, delivered: Delivered) -> dict[str, Any]:
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        with self._database(folder) as url:
            config = configured(folder, url, self.dovecot.imap_port, delivered.user, SECRET)
            profile = (str(self.profile.resolve()),) if self.profile else ()
            where = (str(config), str(delivered.manifest), *profile)
            found = _child("benchmarks.road", *where, servers=self._servers())
        mails = len(json.loads(delivered.manifest.read_text(encoding="utf-8")))
        letters = found["letters"]
        return {
            "ours": _rates(found["intake"], mails),
            "letters": _rates(letters, letters["letters"]),
            "wrong": found["wrong"],
        }

    def _servers(self) -> dict[str, int]:
        pids = {"imap": self.dovecot.pid}
        return pids if self.postgres is None else pids | {"postgres": self.postgres.pid}

    @contextmanager
    def _database(self, folder: Path) -> Iterator[str]:
        if self.postgres is None:
            yield f"sqlite:///{folder}/amends.db"
        else:
            with self.postgres.fresh_database() as url:
                yield url


def _child(module: str, *args: str, servers: Mapping[str, int] | None = None) -> dict[str, Any]:
    """A process of its own for each measured part: so the peaks of memory are its own, too."""
    done = subprocess.run(
        (sys.executable, "-m", module, *args),
        cwd=_ROOT,
        env={**os.environ, "AMENDS_BENCH_SERVERS": json.dumps(dict(servers or {}))},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _rates(cost: dict[str, Any], count: int) -> dict[str, float]:
    return {
        "rate": count / cost["seconds"],
        "cpu_ms": 1000 * cost["cpu_seconds"] / max(1, count),
        "children_ms": 1000 * cost["children_seconds"] / max(1, count),
        **{f"{x}_ms": 1000 * s / max(1, count) for x, s in cost["servers_seconds"].items()},
        "peak_mb": cost["peak_mb"],
        "seconds": cost["seconds"],
    }


def _user(name: str) -> str:
    return f"{name}@bench.example"


def _servers(database: str) -> Any:
    return PrivatePostgres() if database == "postgres" else nullcontext()


def _options(args: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench intake")
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--load", choices=(*_LOADS, "both"), default="both")
    parser.add_argument("--peers", action="store_true", help="measure other desks beside ours")
    parser.add_argument("--fewer", type=int, default=200, help="how many mails they get")
    parser.add_argument("--profile", type=Path, help="write cProfile's figures beside this name")
    parser.add_argument("--json", action="store_true", help="print all rounds as JSON")
    return parser.parse_args(args)


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


def _print(results: Sequence[Figures], options: argparse.Namespace) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if options.json:
        about = {"mails": options.mails, "seed": options.seed, "database": options.database}
        loads = [asdict(one) | {"ratio": one.median("ratio")} for one in results]
        json.dump(about | _machine() | {"loads": loads}, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    sys.stdout.write(
        f"{options.mails} mails, seed {options.seed}, {options.database}, "
        f"medians of {options.rounds} rounds\n"
        + ", ".join(f"{name} {value}" for name, value in _machine().items())
        + "\n"
    )
    for figures in results:
        sys.stdout.write("\n".join(_lines(figures)) + "\n")


def _machine() -> dict[str, str]:
    return {
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "dovecot": PrivateDovecot.version(),
    }


def _lines(figures: Figures) -> Iterator[str]:
    yield f"\n{figures.load}: {figures.bytes / 1e6:.0f} MB"
    yield f"  {'':20} {'per s':>8} {'CPU ms each':>12} {'peak MB':>8}"
    for part, label in (("bare", "bare limit"), ("ours", "registered"), ("letters", "letters")):
        rate, cpu, peak = (figures.median(part, name) for name in ("rate", "cpu_ms", "peak_mb"))
        yield f"  {label:20} {rate:8.0f} {cpu:12.2f} {peak:8.0f}"
    for part, label in (("ours", "registered"), ("letters", "letters")):
        names = [name for name in figures.rounds[0][part] if name.endswith("_ms")]
        told = ", ".join(f"{x.removesuffix('_ms')} {figures.median(part, x):.2f}" for x in names)
        yield f"  CPU ms each, {label}: {told}"
    each = ", ".join(f"{one['ratio']:.3f}" for one in figures.rounds)
    yield f"  registered / bare: {figures.median('ratio'):.3f} (each round: {each})"
    if figures.rounds[0]["peers"]:
        yield from beside.lines(figures.rounds)
    wrong = figures.wrong()
    yield f"  lost or damaged: {len(wrong)}"
    yield from (f"    {line}" for line in wrong)


if __name__ == "__main__":
    sys.exit(main())
