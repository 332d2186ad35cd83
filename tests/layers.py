"""Judges one source file: may it import what it imports, and does it look at a clock?

The house rules as data (docs/flow.md tells them in words). Nothing is imported or run; the syntax
tree is read, with imports inside functions and under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

_SIBLINGS = ("cases", "config", "intake", "mailer", "storage")
_BELOW_SERVICE = (*_SIBLINGS, "reports")

LAYERS: dict[str, tuple[str, ...]] = {
    "config": (),
    "cases": (),
    "intake": ("cases", "config"),
    "mailer": ("cases", "config"),
    "storage": ("cases", "config"),
    "reports": ("cases", "config", "storage"),
    "service": _BELOW_SERVICE,
    "desk": (*_BELOW_SERVICE, "service"),
    "demo": (*_BELOW_SERVICE, "service"),
}
"""Room: the other rooms it may import."""

ONLY_STANDARD_LIBRARY = ("cases",)

DOORS: dict[str, tuple[str, ...]] = {
    "imapclient": ("intake/",),
    "mailparser": ("intake/",),
    "aiosmtplib": ("mailer/",),
    "sqlalchemy": ("storage/",),
    "obstore": ("storage/objects/s3.py",),
    "alembic": ("storage/",),
    "psycopg": ("storage/",),
    "msal": ("service/tokens/",),
    "google": ("service/tokens/",),
    "requests": ("service/tokens/",),
    "apscheduler": ("service/daemon.py",),
    "starlette": ("desk/",),
    "pymap": ("demo/",),
    "aiosmtpd": ("demo/",),
    "pysasl": ("demo/",),
    "proxyprotocol": ("demo/",),
}
"""Third-party package: the paths that may import it."""

CLOCKS = (
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.ctime",
    "time.localtime",
    "time.gmtime",
    "time.clock_gettime",
    "email.utils.formatdate",
    "email.utils.localtime",
    "email.utils.make_msgid",
)
CHANCE = ("random", "secrets", "uuid", "os.urandom", "os.getrandom")
DATABASE_CLOCK = tuple(
    f"sqlalchemy.func.{name}"
    for name in ("now", "current_timestamp", "clock_timestamp", "statement_timestamp")
)

# Business time and chance are arguments; the demo's people and servers live outside the product.
CLOCK_OWNERS = ("service/wiring.py", "demo/")
# A lease must hold between nodes whose clocks differ.
DATABASE_CLOCK_OWNERS = ("storage/lease.py",)


@dataclass(frozen=True)
class Fault:
    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def faults(path: str, source: str) -> list[Fault]:
    """What is wrong with a file; `path` is relative to the project, such as "cases/number.py"."""
    tree = ast.parse(source, path)
    found = [
        Fault(path, line, what)
        for line, module in _imports(path, tree)
        for what in _import_faults(path, module)
    ]
    found += [
        Fault(path, line, what)
        for line, name in _names(path, tree)
        for what in _clock_faults(path, name)
    ]
    return sorted(set(found), key=lambda fault: (fault.line, fault.what))


def _import_faults(path: str, module: str) -> Iterator[str]:
    room, package = path.split("/")[0], module.split(".")[0]
    first_party = package in LAYERS or package in ("tests", "benchmarks")
    if first_party and package != room and package not in LAYERS[room]:
        yield f"{room} may not import {package}"
    if package in DOORS and not _owns(path, DOORS[package]):
        yield f"only {' and '.join(DOORS[package])} may import {package}"
    foreign = not first_party and package not in sys.stdlib_module_names
    if room in ONLY_STANDARD_LIBRARY and foreign:
        yield f"{room} uses the standard library only, not {package}"


def _clock_faults(path: str, name: str) -> Iterator[str]:
    if _is_one_of(name, CLOCKS) and not _owns(path, CLOCK_OWNERS):
        yield f"{name}: time is an argument; only {CLOCK_OWNERS[0]} looks at the clock"
    if _is_one_of(name, CHANCE) and not _owns(path, CLOCK_OWNERS):
        yield f"{name}: chance is an argument; only {CLOCK_OWNERS[0]} throws dice"
    if _is_one_of(name, DATABASE_CLOCK) and not _owns(path, DATABASE_CLOCK_OWNERS):
        yield f"{name}: only {DATABASE_CLOCK_OWNERS[0]} asks the database for the time"


def _owns(path: str, owners: tuple[str, ...]) -> bool:
    """An owner is a file, or a folder with its slash."""
    return any(path == owner or (owner[-1] == "/" and path.startswith(owner)) for owner in owners)


def _is_one_of(name: str, banned: tuple[str, ...]) -> bool:
    """random.choice is random; so is random itself, when it is imported."""
    return any(name == ban or name.startswith(f"{ban}.") for ban in banned)


def _imports(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, also of those made by a call with a literal name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(path, node)
            # "from . import x" above the rooms names rooms.
            yield from ((node.lineno, base or alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func).split(".")[-1]
            name = node.args[0]
            literal = isinstance(name, ast.Constant) and isinstance(name.value, str)
            if called in ("import_module", "__import__") and literal:
                yield node.lineno, str(ast.literal_eval(name))


def _names(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of everything imported, and of every use of what was imported."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{_base(path, node)}.{alias.name}"
                yield node.lineno, full
                known[alias.asname or alias.name] = full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            head, _, rest = ast.unparse(node).partition(".")
            if head in known:
                yield node.lineno, f"{known[head]}.{rest}"


def _base(path: str, node: ast.ImportFrom) -> str:
    """The full name of the module after "from", relative imports resolved."""
    if not node.level:
        return node.module or ""
    folder = PurePosixPath(path).parent.parts
    kept = folder[: len(folder) - node.level + 1]
    return ".".join((*kept, *(node.module or "").split("."))).strip(".")
