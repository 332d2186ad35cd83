"""What a measure of reading returns: how many expectations hold, and which do not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """`least`: the share (0 to 1) that must hold. `misses` name each that does not, in a line."""

    name: str
    right: int
    of: int
    least: float
    misses: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.of > 0 and self.right >= self.least * self.of

    def __str__(self) -> str:
        share = 100 * self.right / self.of if self.of else 0.0
        verdict = "holds" if self.holds else "BROKEN"
        need = f"must be {100 * self.least:.0f} %"
        return f"{self.name}: {self.right} of {self.of} ({share:.1f} %, {need}): {verdict}"
