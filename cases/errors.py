"""What can go wrong, as a tree. The class says who must act.

AmendsError
├── TryLater        the same call may succeed later; nothing was lost or half-done
│   └── Stale       somebody else changed the case in between; do it again
├── NeedsMending    an operator must mend something outside; trying again alone does not help
├── NotFound        what was named does not exist
├── NotAllowed      the actor has no right to this act
├── IllegalStep     the lifecycle has no such step from the present state (R-21)
├── BadInput        what was given cannot be used as it is
└── Tampered        the record does not agree with itself (R-46)
"""


class AmendsError(Exception):
    """A fault that the caller is told in one line: what, why, and the mend."""

    exit_code = 1

    def __init__(self, what: str, *, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.what}; {self.mend}" if self.mend else self.what


class TryLater(AmendsError):
    """Temporary: the same call may succeed later. Exit code 75 (sysexits EX_TEMPFAIL)."""

    exit_code = 75


class Stale(TryLater):
    """The case was changed by somebody else since it was read."""


class NeedsMending(AmendsError):
    """Something outside is not as it must be, and stays so. Exit code 78 (EX_CONFIG)."""

    exit_code = 78


class NotFound(AmendsError):
    """Nothing by that name. Exit code 66 (EX_NOINPUT)."""

    exit_code = 66


class NotAllowed(AmendsError):
    """The actor has no right to do this. Exit code 77 (EX_NOPERM)."""

    exit_code = 77


class IllegalStep(AmendsError):
    """R-21: the lifecycle has no such step. Exit code 65 (EX_DATAERR)."""

    exit_code = 65


class BadInput(AmendsError):
    """The input cannot be used as it is. Exit code 65 (EX_DATAERR)."""

    exit_code = 65


class Tampered(AmendsError):
    """R-46: the record was altered. Exit code 76 (EX_PROTOCOL)."""

    exit_code = 76
