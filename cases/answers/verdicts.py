"""From things said to a verdict, and whether it acts: R-29's table, and when in doubt a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["approval", "proposal", "question", "nothing", "closed"]
Verdict = Literal[
    "approve",
    "reject",
    "choose",
    "accept_with_change",
    "question",
    "thanks_only",
    "withdraw",
    "unclear",
]


@dataclass(frozen=True)
class Asked:
    """What the customer was asked last. A proposal offers options: letters, and their texts.

    "closed": nothing any more, but the closing letter may be answered with a plain no (R-28).
    """

    kind: Kind
    options: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a reply means. `certain`: acts without a person. `rule` names the list that decided."""

    verdict: Verdict
    option: str | None
    change: str | None
    phrase: str
    rule: str
    certain: bool

    @property
    def partly(self) -> bool:
        """Whether words remain that nobody understood: then it is only what is likeliest."""
        return self.verdict == "unclear" or MORE in self.rule


COMPLAINT: Final = "a complaint, and no answer"
DEMAND: Final = "a demand, and no answer"
MORE: Final = "with more than is understood"
YES: Final = frozenset({"approve", "approve_results", "approve_proposal", "yes"})
NO: Final = frozenset({"reject", "reject_results", "reject_proposal", "none_of", "no"})
# An "OK" alone may only say that the mail has come; "go ahead" alone answers a proposal.
WEAK: Final = frozenset({"ok", "go"})
AGAINST: Final = frozenset({"reason", "demand"})
# "Yes, we have received it" and "no, we have checked it" answer something else.
_OTHER_MATTERS: Final = frozenset({"received"})
# Said of something else than was asked, they decide nothing.
_ABOUT: Final[Mapping[str, str]] = {
    "approve_results": "approval",
    "reject_results": "approval",
    "approve_proposal": "proposal",
    "reject_proposal": "proposal",
    "none_of": "proposal",
}


def verdict(
    meanings: frozenset[str], options: frozenset[str], asked: Asked
) -> tuple[Verdict, bool, str]:
    """What the things said mean together, whether that acts, and why not if it does not.

    Every word of the text is accounted for when this is called.
    """
    for_it = meanings & (YES | WEAK | {"choose"})
    against = meanings & (NO | AGAINST)
    if "withdraw" in meanings:
        return ("unclear", False, "two meanings") if for_it else ("withdraw", False, "")
    if for_it and against:
        return "unclear", False, "more than one meaning"
    if len(options) > 1:
        return "unclear", False, "more than one option"
    if "choose" in meanings:
        return _chosen(meanings, asked)
    if for_it:
        return _approved(meanings, asked)
    if against:
        return _rejected(meanings, asked)
    if meanings & {"thanks", "received"}:
        return "thanks_only", False, ""
    return "unclear", False, "nothing is answered"


def _chosen(meanings: frozenset[str], asked: Asked) -> tuple[Verdict, bool, str]:
    if _elsewhere(meanings, asked):
        return "unclear", False, "something else is approved"
    return "choose", asked.kind == "proposal", ""


def _approved(meanings: frozenset[str], asked: Asked) -> tuple[Verdict, bool, str]:
    if _elsewhere(meanings, asked):
        return "unclear", False, "something else is approved"
    if asked.kind == "proposal" and len(asked.options) > 1:
        return "approve", False, "more than one option was offered"
    if meanings & _OTHER_MATTERS and not meanings & (YES - {"yes"}):
        return "approve", False, "it may only say that the mail has come"
    goes_ahead = asked.kind == "proposal" and "go" in meanings
    if not meanings & YES and not goes_ahead:
        return "approve", False, "it may only say that the mail has come"
    return "approve", asked.kind in ("approval", "proposal"), ""


def _rejected(meanings: frozenset[str], asked: Asked) -> tuple[Verdict, bool, str]:
    if _elsewhere(meanings, asked):
        return "unclear", False, "something else is rejected"
    if not meanings & NO:
        return "unclear", False, COMPLAINT if "reason" in meanings else DEMAND
    if meanings & _OTHER_MATTERS and not meanings & (NO - {"no"}):
        return "reject", False, "it may say no to something else"
    return "reject", asked.kind in ("approval", "proposal", "closed"), ""


def _elsewhere(meanings: Iterable[str], asked: Asked) -> bool:
    about = "approval" if asked.kind == "closed" else asked.kind
    wrong = {_ABOUT[one] for one in meanings if one in _ABOUT} - {about}
    return bool(wrong) and asked.kind in ("approval", "proposal", "closed")
