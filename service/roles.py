"""What a node of an installation does: all of it, or some (`amends serve --role`)."""

from __future__ import annotations

from typing import Final

ROLES: Final = frozenset({"intake", "outbox", "clocks", "desk"})
"""intake: watch mailboxes, register. outbox: compose, carry. clocks: strike, seal, send the mails
that must come back. desk: pages for people."""

EVERY_NODE: Final = "every node"
"""Looks after itself: health, alarms."""
