"""The oracle: what may never happen, judged from the outside after any fault run.

It compares three lists that do not depend on each other: what the driver appended to the mailbox,
what the database holds, and what the SMTP server took. Pure; `tests.fault.collect` gathers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

# reliability.md 6 B: a repeat is the same bytes, and there are at most two copies ever.
MOST_COPIES = 2


@dataclass(frozen=True)
class Appended:
    """A mail that was put into the mailbox. `answers`: the complaint into whose case it belongs;
    None for a complaint, which makes a case. Both are sha256 of the raw bytes. `flood`: the sender
    who wrote so much that one case may collect it; `own`: a letter of ours, which makes none."""

    sha256: str
    answers: str | None = None
    flood: str = ""
    own: bool = False


@dataclass(frozen=True)
class Filed:
    """A mail that came in, as the database knows it. `case_id` None: set aside."""

    sha256: str
    case_id: int | None


@dataclass(frozen=True)
class CaseRow:
    """A case and what `storage.history.faults` says about it."""

    id: int
    number: str
    series: str  # the series with its year: numbers count within it
    seq: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copy:
    """One delivery of a letter that answers a complaint by itself. `by_hand`: an open task says
    that a person must decide."""

    case_id: int
    letter_id: int
    message_id: str
    sha256: str
    state: str
    by_hand: bool = False


@dataclass(frozen=True)
class Taken:
    """One mail that the SMTP server took."""

    message_id: str
    recipient: str
    sha256: str


@dataclass(frozen=True)
class Facts:
    """Everything that is judged."""

    appended: tuple[Appended, ...] = ()
    filed: tuple[Filed, ...] = ()
    waiting: tuple[str, ...] = ()  # sha256 of sightings that are still "fetched"
    cases: tuple[CaseRow, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)  # series: last number given
    acknowledgments: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # case: letters
    copies: tuple[Copy, ...] = ()
    taken: tuple[Taken, ...] = ()
    object_rows: frozenset[str] = frozenset()  # evidence that must be an object
    objects: frozenset[str] = frozenset()  # evidence objects in the folder
    unreadable: tuple[str, ...] = ()  # evidence that does not prove its name
    errors: tuple[str, ...] = ()  # faults of its own that the service told in its log
    left_over: tuple[str, ...] = ()  # processes that outlived the one that had started them


@dataclass(frozen=True)
class Violation:
    """A broken promise: its name, and where."""

    name: str
    where: str

    def __str__(self) -> str:
        return f"{self.name}: {self.where}"


def judge(facts: Facts) -> tuple[Violation, ...]:
    """Every promise that these facts break; nothing when all is well."""
    return tuple(
        Violation(name, where) for name, find in PROMISES.items() for where in sorted(find(facts))
    )


def repeats(facts: Facts) -> int:
    """How many mails the SMTP server took once more than needed."""
    seen = _times(facts)
    return sum(seen.values()) - len(seen)


def most_copies(facts: Facts) -> int:
    """How often the SMTP server took the letter that it took most often."""
    return max(_times(facts).values(), default=0)


def _times(facts: Facts) -> Counter[tuple[str, str]]:
    return Counter((mail.message_id, mail.recipient) for mail in facts.taken)


# --- intake


def _lost(facts: Facts) -> Iterator[str]:
    known = {mail.sha256 for mail in facts.filed}
    yield from {mail.sha256 for mail in facts.appended} - known


def _doubled(facts: Facts) -> Iterator[str]:
    times = Counter(mail.sha256 for mail in facts.filed)
    yield from (f"{sha256} {count} times" for sha256, count in times.items() if count > 1)


def _never_appended(facts: Facts) -> Iterator[str]:
    yield from {mail.sha256 for mail in facts.filed} - {mail.sha256 for mail in facts.appended}


def _still_waiting(facts: Facts) -> Iterator[str]:
    yield from facts.waiting


def _set_aside(facts: Facts) -> Iterator[str]:
    own = _own(facts)
    yield from (
        mail.sha256 for mail in facts.filed if mail.case_id is None and mail.sha256 not in own
    )


def _own_in_a_case(facts: Facts) -> Iterator[str]:
    own = _own(facts)
    for mail in facts.filed:
        if mail.sha256 in own and mail.case_id is not None:
            yield f"{mail.sha256} in case {mail.case_id}"


def _own(facts: Facts) -> set[str]:
    return {mail.sha256 for mail in facts.appended if mail.own}


def _makers(facts: Facts) -> Iterator[str]:
    """A case is made by exactly one complaint; replies join and make none."""
    made, collecting = _made(facts), _collecting(facts)
    for case in facts.cases:
        if (count := len(made[case.id])) != 1 and case.id not in collecting:
            yield f"{case.number} has {count} complaints"


def _made(facts: Facts) -> dict[int, dict[str, str]]:
    """By case: the complaints in it, with the flood that each is of."""
    complaints = {
        mail.sha256: mail.flood for mail in facts.appended if mail.answers is None and not mail.own
    }
    made: dict[int, dict[str, str]] = defaultdict(dict)
    for mail in facts.filed:
        if mail.case_id is not None and mail.sha256 in complaints:
            made[mail.case_id][mail.sha256] = complaints[mail.sha256]
    return made


def _collecting(facts: Facts) -> dict[int, str]:
    """Cases without acknowledgment that hold complaints of one flood and no other, and whose."""
    floods = {case_id: set(mails.values()) for case_id, mails in _made(facts).items()}
    return {
        case_id: flood
        for case_id, (flood, *others) in floods.items()
        if flood and not others and not facts.acknowledgments.get(case_id)
    }


def _flood_apart(facts: Facts) -> Iterator[str]:
    for flood, count in Counter(_collecting(facts).values()).items():
        if count > 1:
            yield f"{flood} in {count} cases"


def _astray(facts: Facts) -> Iterator[str]:
    at = {mail.sha256: mail.case_id for mail in facts.filed}
    for mail in facts.appended:
        if mail.answers and mail.sha256 in at and at[mail.sha256] != at.get(mail.answers):
            yield f"{mail.sha256} is in case {at[mail.sha256]}, not {at.get(mail.answers)}"


# --- numbers and history


def _number_reused(facts: Facts) -> Iterator[str]:
    for name in ("number", "id"):
        times = Counter(str(getattr(case, name)) for case in facts.cases)
        yield from (f"{name} {value}" for value, count in times.items() if count > 1)


def _number_gaps(facts: Facts) -> Iterator[str]:
    used: dict[str, set[int]] = defaultdict(set)
    for case in facts.cases:
        used[case.series].add(case.seq)
    for series in used.keys() | facts.counters.keys():
        last, seqs = facts.counters.get(series, 0), used[series]
        if seqs != set(range(1, last + 1)):
            odd = sorted(seqs ^ set(range(1, last + 1)))
            yield f"{series}: the counter stands at {last}, and {odd} do not fit"


def _history(facts: Facts) -> Iterator[str]:
    yield from (f"{case.number}: {fault}" for case in facts.cases for fault in case.faults)


# --- letters


def _not_one_acknowledgment(facts: Facts) -> Iterator[str]:
    collecting = _collecting(facts)
    for case in facts.cases:
        count = len(facts.acknowledgments.get(case.id, ()))
        if count != 1 and case.id not in collecting:
            yield f"{case.number} has {count}"


def _never_seen(facts: Facts) -> Iterator[str]:
    """An acknowledgment without a copy at the SMTP server, also one that was never composed."""
    seen = {mail.message_id for mail in facts.taken}
    gone = {copy.letter_id for copy in facts.copies if copy.message_id in seen}
    for case_id, letters in facts.acknowledgments.items():
        yield from (f"letter {one} of case {case_id}" for one in letters if one not in gone)


def _unsettled(facts: Facts) -> Iterator[str]:
    for copy in facts.copies:
        if copy.state != "accepted" and not (copy.state == "uncertain" and copy.by_hand):
            yield f"letter {copy.letter_id} is {copy.state}"


def _too_often(facts: Facts) -> Iterator[str]:
    for (message_id, recipient), count in _times(facts).items():
        if count > MOST_COPIES:
            yield f"{message_id} to {recipient}: {count} times"


def _other_bytes(facts: Facts) -> Iterator[str]:
    """Repeats are the same bytes, and those that the evidence keeps."""
    frozen: dict[str, set[str]] = defaultdict(set)
    for copy in facts.copies:
        frozen[copy.message_id].add(copy.sha256)
    for mail in facts.taken:
        if mail.message_id in frozen and mail.sha256 not in frozen[mail.message_id]:
            yield f"{mail.message_id} to {mail.recipient}"


def _unknown_letter(facts: Facts) -> Iterator[str]:
    known = {copy.message_id for copy in facts.copies}
    yield from {mail.message_id for mail in facts.taken} - known


# --- evidence, and the service itself


def _object_without_row(facts: Facts) -> Iterator[str]:
    yield from facts.objects - facts.object_rows


def _row_without_object(facts: Facts) -> Iterator[str]:
    yield from facts.object_rows - facts.objects


PROMISES: Mapping[str, Callable[[Facts], Iterator[str]]] = {
    "mail lost": _lost,
    "mail registered twice": _doubled,
    "mail that nobody wrote": _never_appended,
    "mail still waiting": _still_waiting,
    "mail set aside": _set_aside,
    "own mail in a case": _own_in_a_case,
    "case not made by one complaint": _makers,
    "flood in several cases": _flood_apart,
    "reply in another case": _astray,
    "number used twice": _number_reused,
    "number missing": _number_gaps,
    "history broken": _history,
    "not exactly one acknowledgment": _not_one_acknowledgment,
    "acknowledgment never sent": _never_seen,
    "delivery without end": _unsettled,
    "letter sent too often": _too_often,
    "letter with other bytes": _other_bytes,
    "letter that nobody promised": _unknown_letter,
    "evidence object without row": _object_without_row,
    "evidence row without object": _row_without_object,
    "evidence altered": lambda facts: iter(facts.unreadable),
    "fault of the service": lambda facts: iter(facts.errors),
    "process left over": lambda facts: iter(facts.left_over),
}
"""Name of a violation: where it is found."""
