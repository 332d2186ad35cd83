"""What a run of kills showed, as one page for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.fault.installation import STAGES
from tests.fault.oracle import Facts, Violation, judge, most_copies, repeats

# reliability.md P7; of fewer kills one repeat says nothing.
MOST_REPEATS: Final = 0.005
_ENOUGH_KILLS: Final = 2000
_MOST_SHOWN: Final = 40


@dataclass(frozen=True)
class Kill:
    """One start of the service and its end. `taken`: the mails that the SMTP server took by then.
    `point` "": at a random moment, `moment` seconds after the ready line."""

    number: int
    point: str
    moment: float
    stage: str
    taken: int
    repeats: bool = False  # dying at this point sends a letter again, by its nature

    def __str__(self) -> str:
        how = self.point or f"{self.moment:.3f} s after ready, {self.stage}"
        return f"kill {self.number} ({how})"


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    seed: int
    kills: tuple[Kill, ...]
    facts: Facts
    reconciling: bool
    renumbered: int
    seconds: float
    came_with: Mapping[str, int] = field(default_factory=dict)  # sha256: the kill it came before
    unreached: tuple[str, ...] = ()

    @property
    def stages(self) -> Counter[str]:
        """How far the service had come when it was killed at a random moment."""
        return Counter(kill.stage for kill in self.kills if not kill.point)

    @property
    def at_points(self) -> int:
        """How many kills were at named points."""
        return sum(bool(kill.point) for kill in self.kills)

    @property
    def repeats(self) -> tuple[int, int]:
        """Letters sent again: because of random kills, and because of those at points whose nature
        it is (between the final dot and the commit of its answer)."""
        seen: dict[tuple[str, str], int] = {}
        caused: Counter[bool] = Counter()
        for place, mail in enumerate(self.facts.taken):
            which = (mail.message_id, mail.recipient)
            if which in seen:
                caused[self._repeats_by_nature(seen[which])] += 1
            seen[which] = place
        return caused[False], caused[True]

    @property
    def share(self) -> float:
        """Repeats because of random kills, of these kills."""
        return self.repeats[0] / max(1, len(self.kills) - self.at_points)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All broken promises."""
        return (*judge(self.facts), *self._too_many_repeats(), *self._unreached())

    def _too_many_repeats(self) -> Sequence[Violation]:
        if self.reconciling and (count := repeats(self.facts)):
            return (Violation("repeats with reconciling", str(count)),)
        if len(self.kills) >= _ENOUGH_KILLS and self.share > MOST_REPEATS:
            return (Violation("repeats", f"{self.share:.2%} of random kills"),)
        return ()

    def _unreached(self) -> Sequence[Violation]:
        return tuple(Violation("point never reached", name) for name in self.unreached)

    def _repeats_by_nature(self, place: int) -> bool:
        kill = next((kill for kill in self.kills if place < kill.taken), None)
        return kill is not None and kill.repeats

    # --- the page

    def __str__(self) -> str:
        found = self.violations
        broken = Counter(violation.name for violation in found)
        return "\n".join(
            (
                *self._summary(broken),
                *(f"VIOLATION {self._explained(one)}" for one in found[:_MOST_SHOWN]),
                *(f"BROKEN {name}: {count} times" for name, count in sorted(broken.items())),
            )
        )

    def _summary(self, broken: Counter[str]) -> tuple[str, ...]:
        facts, kills, at_points = self.facts, len(self.kills), self.at_points
        customers = sum(not mail.own for mail in facts.appended)
        by_chance, by_nature = self.repeats
        same = "no" if broken["letter with other bytes"] else "yes"
        stages = ", ".join(f"{stage} {self.stages[stage]}" for stage in STAGES)
        return (
            f"seed {self.seed}: {kills} kills ({kills - at_points} at random moments, {at_points} "
            f"at {len({kill.point for kill in self.kills} - {''})} named points), "
            f"{self.renumbered} UIDVALIDITY changes, {self.seconds:.0f} s "
            f"({self.seconds / max(1, kills):.2f} s a kill)",
            f"{customers} mails, {len(facts.cases)} cases, {len(facts.copies)} letters",
            f"lost {broken['mail lost']}, double {broken['mail registered twice']}, "
            f"acknowledgments missing {broken['acknowledgment never sent']}",
            f"copies: at most {most_copies(facts)} of a letter, byte-identical: {same}; letters "
            f"repeated: {by_chance} at random moments ({self.share:.2%}), {by_nature} at points "
            f"after the final dot; reconciling: {'yes' if self.reconciling else 'no'}",
            f"processes left over: {len(facts.left_over)}",
            f"killed at random after: {stages}",
        )

    def _explained(self, violation: Violation) -> str:
        """The violation, with the kill that came after the mail or the letter it names."""
        for word in violation.where.split():
            if (number := self._kill_of(word)) and number <= len(self.kills):
                return f"{violation} [{self.kills[number - 1]}]"
        return str(violation)

    def _kill_of(self, word: str) -> int | None:
        if word in self.came_with:
            return self.came_with[word]
        taken = [place for place, one in enumerate(self.facts.taken) if one.message_id == word]
        return next((kill.number for kill in self.kills if taken and taken[0] < kill.taken), None)
