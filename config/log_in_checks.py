"""What the keys of a log-in by tokens must be together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from config.log_in import DELEGATED, NEEDS_CLIENT, NEEDS_SECRET
from config.secrets import used_log_ins

Raw = Mapping[str, object]


def log_in_problems(raw: Raw, folder: Path) -> Iterator[str]:
    """One line for each; a [log_in.NAME] that nobody uses is not looked into."""
    there = raw.get("log_in")
    names = there if isinstance(there, Mapping) else {}
    for where, server in _servers(raw):
        wanted = server.get("log_in")
        if not isinstance(wanted, str) or not wanted:
            continue
        if wanted not in names:
            yield (
                f"{where}.log_in must be the name of a log-in of this file; add a section "
                f"[log_in.{wanted}], or write the name of one that is there"
            )
        if server.get("password_file") or server.get("password_env"):
            yield (
                f"{where}.log_in and a password must not both be written; "
                f"remove {where}.password_file and {where}.password_env, or {where}.log_in"
            )
        if not server.get("user"):
            yield f"{where}.user must be written with {where}.log_in; write the log-in name"
    for name, table in used_log_ins(raw).items():
        yield from _table(f"log_in.{name}", table, folder)


def _table(where: str, table: Raw, folder: Path) -> Iterator[str]:
    flow = table.get("flow")
    if flow in NEEDS_CLIENT:
        for key in ("tenant", "client_id"):
            if not table.get(key):
                yield f"{where}.{key} must be written for {flow}; copy it from the app registration"
    match bool(table.get("secret_file")) + bool(table.get("secret_env")):
        case 2:
            yield f"{where}.secret_file and {where}.secret_env must not both be written; remove one"
        case 0 if flow in NEEDS_SECRET:
            yield (
                f"{where} must name its secret for {flow}; write {where}.secret_file (a file) or "
                f"{where}.secret_env (an environment variable)"
            )
    if flow in DELEGATED and not table.get("token_file"):
        yield (
            f"{where}.token_file must be written for {flow}; "
            "write the path of a file that amends log-in may make"
        )
    ca_file = table.get("ca_file")
    if isinstance(ca_file, str) and ca_file and not (folder / ca_file).is_file():
        yield f"{where}.ca_file must be a file that is there; write its right path"


def _servers(raw: Raw) -> Iterator[tuple[str, Raw]]:
    boxes = raw.get("mailbox")
    for at, box in enumerate(boxes if isinstance(boxes, list) else ()):
        if isinstance(box, Mapping):
            yield f"mailbox[{at}]", box
    for name in ("smtp", "alarm"):
        server = raw.get(name)
        if isinstance(server, Mapping):
            yield name, server
