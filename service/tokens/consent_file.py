"""The consent of a person (a refresh token) in a file that only its owner can read."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from cases.errors import NeedsMending
from config.secrets import read_private
from service import journal

_AGAIN = "log in once: amends log-in MAILBOX"


def read_consent(file: Path, flow: str) -> str:
    """The refresh token. NeedsMending: nobody has consented, or others can read the file."""
    data, problem = read_private(file)
    if not file.exists():
        raise NeedsMending("nobody has consented yet: there is no log_in.token_file", mend=_AGAIN)
    if problem:
        raise NeedsMending(f"log_in.token_file {problem}")
    try:
        found = json.loads(data)
        kept, token = found["flow"], found["refresh_token"]
    except (ValueError, KeyError, TypeError):
        kept = token = ""
    if kept != flow or not isinstance(token, str) or not token:
        raise NeedsMending(f"log_in.token_file holds no consent for {flow}", mend=_AGAIN)
    return token


def keep_consent(file: Path, flow: str, old: str, new: object) -> None:
    """Keep what the provider gave instead of the consent that was used, if it did."""
    if isinstance(new, str) and new and new != old:
        try:
            write_consent(file, flow, new)
        except OSError as error:  # the old one is mostly good for some time yet
            journal.warn("consent_not_kept", reason=error.strerror or "OSError")


def first_consent(file: Path, flow: str, token: str) -> None:
    """Keep what a person has just given. NeedsMending."""
    try:
        write_consent(file, flow, token)
    except OSError as error:
        raise NeedsMending(
            f"log_in.token_file cannot be written: {error.strerror}",
            mend="make its folder, or give write permission; then log in again",
        ) from error


def write_consent(file: Path, flow: str, token: str) -> None:
    """Whole or not at all, with mode 0600. OSError."""
    descriptor, half = tempfile.mkstemp(".half", f"{file.name}.", file.parent)  # mode 0600
    try:
        with open(descriptor, "w", encoding="utf-8") as out:
            json.dump({"flow": flow, "refresh_token": token}, out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(half, file)
    except OSError:
        os.unlink(half)
        raise
