"""What can be agreed with a customer, or for one case, as one table (R-11 to R-13)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cases.clocks import CLOCKS, check_warn, earlier
from cases.duration import Duration
from cases.errors import BadInput, NotFound

Value = bool | int | str | tuple[str, ...] | tuple[int, ...]

# the steps of which customers are told by themselves.
STATUS_STEPS: Final = (
    "containment",
    "solution_agreed",
    "measures_started",
    "measures_confirmed",
    "results",
    "shipped",
    "closed",
    "registered_anew",
)
_LONGEST_DAYS: Final = 365
_YES: Final = frozenset({"yes", "true", "1", "on"})
_NO: Final = frozenset({"no", "false", "0", "off"})


@dataclass(frozen=True)
class Term:
    """One thing that can be agreed. `read` takes it from text, as a form, a cell or a command has
    it (BadInput with what can be written); `default` holds where nothing was agreed."""

    name: str
    rule: str
    says: str
    read: Callable[[str], Value]
    default: Value


def _flag(text: str) -> Value:
    plain = text.strip().lower()
    if plain not in _YES | _NO:
        raise BadInput(f"{text!r} is neither yes nor no", mend='write "yes" or "no"')
    return plain in _YES


def _days(text: str) -> Value:
    plain = text.strip()
    if not plain.isascii() or not plain.isdigit() or int(plain) > _LONGEST_DAYS:
        raise BadInput(f"{text!r} is no number of days", mend=f"write 0 to {_LONGEST_DAYS}")
    return int(plain)


def _many_days(text: str) -> Value:
    found = tuple(int(str(_days(one))) for one in _parts(text))
    if list(found) != sorted(set(found)) or 0 in found:
        raise BadInput(f"{text!r} does not rise", mend='write days that rise, such as "3, 7"')
    return found


def _words(text: str) -> Value:
    return " ".join(text.split())


def _addresses(text: str) -> Value:
    found = tuple(one.lower() for one in _parts(text))
    for one in found:
        if not re.fullmatch(r"[^\s@]+@[^\s@]+", one):
            raise BadInput(f"{one!r} is no address", mend="write name@example.com")
    return found


def _steps(text: str) -> Value:
    found = tuple(_parts(text))
    for one in found:
        if one not in STATUS_STEPS:
            raise BadInput(f"{one!r} is no step", mend=f"some of {', '.join(STATUS_STEPS)}")
    return found


def _time(text: str) -> Value:
    return str(Duration.parse(text))


def _warns(text: str) -> Value:
    return tuple(check_warn(one) for one in _parts(text))


def _parts(text: str) -> Iterator[str]:
    return (one.strip() for one in re.split(r"[,;]", text) if one.strip())


TERMS: Final[Mapping[str, Term]] = {
    term.name: term
    for term in (
        Term("calendar", "R-8", "calendar of business time", _words, ""),
        Term("timezone", "R-11", "time zone in which letters name moments", _words, ""),
        Term("language", "R-11", "language of letters to new contacts", _words, ""),
        Term("manager", "R-32", "user who gets the cases", _words, ""),
        Term("priority", "R-32", "expedited: shown first, warned earlier", _flag, False),
        Term("formal", "R-32", "every complaint is formal (8D demanded)", _flag, False),
        Term("automatic_mails", "R-11", "mails leave by themselves", _flag, True),
        Term("status_mails", "R-13", "steps of which the customer is told", _steps, STATUS_STEPS),
        Term("interim_days", "R-13", "business days of quiet before a notice; 0: none", _days, 5),
        Term(
            "reminder_days", "R-12", "business days after which he is reminded", _many_days, (3, 7)
        ),
        Term(
            "deemed_accepted_days", "R-12", "days after which silence accepts; 0: never", _days, 0
        ),
        Term("own_system", "R-11", "the customer's own system: name and address", _words, ""),
        Term("approvers", "R-29", "addresses that may also decide, if named", _addresses, ()),
        *(
            term
            for clock in CLOCKS.values()
            if not clock.fixed
            for term in (
                Term(f"{clock.name}.time", clock.rule, f"time of {clock.name}", _time, clock.time),
                Term(
                    f"{clock.name}.warns",
                    "R-10",
                    f"when {clock.name} warns",
                    _warns,
                    clock.warns,
                ),
            )
        ),
    )
}


class Terms(Mapping[str, Value]):
    """What holds for one case: each layer wins over those before it (company, customer, case)."""

    def __init__(self, *layers: Mapping[str, Value]) -> None:
        self._agreed = {name: value for layer in layers for name, value in layer.items()}

    def __getitem__(self, name: str) -> Value:
        return self._agreed.get(name, term(name).default)

    def __iter__(self) -> Iterator[str]:
        return iter(TERMS)

    def __len__(self) -> int:
        return len(TERMS)

    def agreed(self, name: str) -> bool:
        """Whether any layer says something of this term."""
        return name in self._agreed

    def flag(self, name: str) -> bool:
        """A term that is yes or no."""
        return bool(self[name])

    def days(self, name: str) -> int:
        """A term that is a number of days."""
        return int(str(self[name]))

    def text(self, name: str) -> str:
        """A term in words; "" where nothing was agreed."""
        return str(self[name])

    def many(self, name: str) -> tuple[str, ...]:
        """A term that is a list."""
        found = self[name]
        return tuple(str(one) for one in found) if isinstance(found, tuple | list) else ()


def time_of(terms: Terms, clock: str) -> str:
    """The time of a clock; "" for one whose limit is a promised date."""
    return "" if CLOCKS[clock].fixed else terms.text(f"{clock}.time")


def warns_of(terms: Terms, clock: str, *, expedited: bool) -> tuple[str, ...]:
    """When a clock warns: as it was agreed; else as the table says, earlier if expedited (R-32)."""
    name = f"{clock}.warns"
    if name in TERMS and terms.agreed(name):
        return terms.many(name)
    usual = CLOCKS[clock].warns
    return earlier(usual) if expedited else usual


def moves_clocks(name: str) -> bool:
    """Whether clocks that run are due or warn at other times by this term."""
    return name == "calendar" or "." in name


def written(value: Value) -> str:
    """A value as `Term.read` takes it, for a form, a cell or a terminal."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def term(name: str) -> Term:
    """The term of this name; NotFound."""
    if name not in TERMS:
        raise NotFound(f"there is no term {name}", mend=f"terms are: {', '.join(TERMS)}")
    return TERMS[name]
