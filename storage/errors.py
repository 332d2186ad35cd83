"""What a database does not allow, in our words."""

from __future__ import annotations

from cases.errors import AmendsError


class DatabaseUnusable(AmendsError):
    """The database cannot be used as it is; somebody must act. Exit code 78 (EX_CONFIG)."""

    exit_code = 78


class Unwritable(AmendsError):
    """The database will never take this. Exit code 65 (EX_DATAERR)."""

    exit_code = 65
