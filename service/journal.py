"""The operators' log: one `event key=value ...` line per happening. Never bodies, never addresses.

The log is for operators; the record is `storage.history`.
"""

from __future__ import annotations

import logging
from typing import Final

_LOG: Final = logging.getLogger("amends")


def say(event: str, **facts: object) -> None:
    """Something happened as it should."""
    _LOG.info("%s", _line(event, facts))


def warn(event: str, **facts: object) -> None:
    """Something waits or went wrong; the service goes on."""
    _LOG.warning("%s", _line(event, facts))


def fault(event: str, error: BaseException, **facts: object) -> None:
    """A fault of our own: with its traceback, because somebody must mend the program."""
    _LOG.error("%s", _line(event, facts | {"error": repr(error)}), exc_info=error)


def _line(event: str, facts: dict[str, object]) -> str:
    return " ".join((event, *(f"{name}={_value(value)}" for name, value in facts.items())))


def _value(value: object) -> str:
    text = str(value).replace("\n", " ").replace("\r", " ")
    return f'"{text}"' if " " in text or not text else text
